// What this shell process has launched, for `wait` without arguments; and the list
// of the session, for whoever finds that nobody is left to record a launch.
#include "launch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

/// The ids, as `,7,8`, and the process that they belong to: a fork has launched nothing yet.
static struct {
  pid_t process;
  struct text ids;
} launched;

void bgsh_forget_others_tasks(void) {
  if (launched.process == getpid()) return;
  launched.process = getpid();
  bgsh_clear(&launched.ids);
}

bool bgsh_make_room_for_launched(void) { return bgsh_make_room(&launched.ids, sizeof ((struct launch *)0)->id); }

/// Adds the record to the session's list. The list is only read when bgsh, supervisor and task have all died before the task
/// was on record; where it cannot be written, the task is launched all the same. NULs separate the records, more than there
/// are in a row in one, so that a record that a full disk cuts off spoils no other.
static void leave_record(const struct launch *launch) {
  static char separator[bgsh_record_separator_length];
  struct iovec parts[] = {{separator, sizeof separator}, {launch->record.bytes, launch->record.length}};
  int file = bgsh_open_in(bgsh_session.run_path, BGSH_LAUNCHED_LIST, "", O_WRONLY | O_APPEND | O_CLOEXEC);
  // Where the user's limit of file sizes is too small, the write is to fail and not to end the shell.
  struct sigaction ignoring = {.sa_handler = SIG_IGN}, before;
  sigaction(SIGXFSZ, &ignoring, &before);
  ssize_t count;
  do count = file >= 0 ? writev(file, parts, 2) : 0;
  while (count < 0 && errno == EINTR);
  sigaction(SIGXFSZ, &before, NULL);
  if (file >= 0) close(file);
}

void bgsh_add_launched(const struct launch *launch) {
  bgsh_forget_others_tasks();
  bgsh_add_string(&launched.ids, ",");
  bgsh_add_string(&launched.ids, launch->id);
  leave_record(launch);
}

const char *bgsh_launched_tasks(void) { return launched.process == getpid() ? launched.ids.bytes : NULL; }

void bgsh_forget_launched_tasks(void) { bgsh_clear(&launched.ids); }

void bgsh_forget_launched_task(const char *id) {
  size_t size = strlen(id);
  for (char *comma = launched.ids.bytes; comma && (comma = strchr(comma, ',')) != NULL; comma++) {
    char *end = comma + 1 + size;
    if (strncmp(comma + 1, id, size) != 0 || (*end != ',' && *end != '\0')) continue;
    memmove(comma, end, strlen(end) + 1);
    launched.ids.length = strlen(launched.ids.bytes);
    return;
  }
}
