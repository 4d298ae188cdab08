// A failure that the status hides: a member of the last pipeline has failed, and
// the last member has not. Whoever runs a task or a call is told of it.
#include "launch.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
  /// How long the end of a task waits for a supervisor that is to be told, in all and each time.
  telling_patience_milliseconds = 3000,
  answer_milliseconds = 1000,
  telling_pause_milliseconds = 10,
};

/// Whether one of the statuses, with blanks between them, is a failure that the last one hides. A member that has written to
/// one that had enough, as in `yes | head`, has ended as is usual. The condition of an `if` or a loop leaves its status here,
/// and so does what stands behind `!`: then the last one is a failure, too.
static bool has_failure(const char *statuses) {
  bool is_found = false;
  long last = 0;
  for (char *next; *statuses; statuses = next) {
    last = strtol(statuses, &next, 10);
    if (next == statuses) return false;
    is_found |= last != 0 && last != BGSH_STATUS_SIGNALED + SIGPIPE;
  }
  return is_found && last == 0;
}

bool bgsh_find_hidden_failure(int status, struct text *statuses) {
  bgsh_set(statuses, "");
  void *pipeline = status == 0 ? save_pipestatus_array() : NULL;
  if (!pipeline) return false;
  char blank[] = " ", *all = array_to_string(pipeline, blank, 0);
  array_dispose(pipeline);
  bool is_hidden = all && has_failure(all);
  if (is_hidden) bgsh_set(statuses, all);
  free(all);
  return is_hidden;
}

/// Tells the supervisor once; false if it has died.
static bool tell(const struct text *statuses) {
  int supervisor = bgsh_connect_in(bgsh_session.run_path, BGSH_LAUNCHES_SOCKET);
  if (supervisor < 0) return false;
  struct bgsh_frame_header header = {.version = bgsh_launch_version, .kind = bgsh_launch_hidden};
  struct pollfd answer = {.fd = supervisor, .events = POLLIN};
  char byte;
  // One that is stopped is not waited for.
  bool is_told = bgsh_send_frame(supervisor, header, statuses) &&
                 (poll(&answer, 1, answer_milliseconds) == 0 || read(supervisor, &byte, 1) == 1);
  close(supervisor);
  return is_told;
}

// The status is the kernel's to tell, and comes later: by then it is on record what it hides.
void bgsh_tell_hidden_failure(int status) {
  struct text statuses = {0};
  if (bgsh_find_hidden_failure(status, &statuses)) {
    int64_t end = bgsh_milliseconds_now() + telling_patience_milliseconds;
    while (!tell(&statuses) && bgsh_milliseconds_now() < end) poll(NULL, 0, telling_pause_milliseconds);
  }
  free(statuses.bytes);
}

static pid_t task;

/// Its forks end by way of this, too.
static void task_ends(int status, void *unused) {
  (void)unused;
  if (getpid() == task) bgsh_tell_hidden_failure(status & 0xff);
}

void bgsh_follow_end_of_task(void) {
  task = getpid();
  on_exit(task_ends, NULL);
}
