// What bash's fork of a launch's list becomes: a task, in a process group of its
// own, which waits until the supervisor lets it start.
#include "launch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
  /// How long a task waits where there is no supervisor, and how often it looks for one.
  start_patience_milliseconds = 10000,
  start_pause_milliseconds = 10,
};

/// Opens what the task finds on standard input: what the session says, or nothing, if that cannot be opened or the task was
/// launched with `--no-input`.
static void take_input(const struct launch *launch) {
  int file = bgsh_is_given(launch, bgsh_task_flag_noInput) ? -1 : open(bgsh_session.task_input, O_RDONLY | O_NOCTTY);
  if (file < 0) file = open("/dev/null", O_RDONLY);
  if (file <= STDIN_FILENO) return;
  dup2(file, STDIN_FILENO);
  close(file);
}

/// What the supervisor has to say to a task.
struct answer {
  bool may_start;
  /// Why not; empty where there is no answer.
  struct text reason;
  /// Why it cannot be asked, as an errno.
  int failure;
};

/// Reads what the supervisor answers; false if it has died.
static bool read_answer(int supervisor, struct answer *answer) {
  struct bgsh_frame_header header;
  if (!bgsh_read_frame_header(supervisor, &header)) return false;
  if (header.version != bgsh_launch_version || (header.kind != bgsh_launch_go && header.kind != bgsh_launch_refused)) {
    bgsh_add_string(&answer->reason, "the session's supervisor and the library in its bash are of different versions; "
                                     "start another session");
    return true;
  }
  if (header.length > bgsh_longest_reason) header.length = bgsh_longest_reason;
  if (!bgsh_read_payload(supervisor, header.length, &answer->reason)) return false;
  answer->may_start = header.kind == bgsh_launch_go;
  return true;
}

/// Asks the supervisor to start the task, and waits for its answer; false if it has died.
static bool ask_to_start(const struct launch *launch, struct answer *answer) {
  free(answer->reason.bytes);
  *answer = (struct answer){0};
  int supervisor = bgsh_connect_in(bgsh_session.run_path, BGSH_LAUNCHES_SOCKET);
  if (supervisor < 0) {
    answer->failure = errno;
    return false;
  }
  struct bgsh_frame_header header = {.version = bgsh_launch_version, .kind = bgsh_launch_record};
  // A supervisor of before the frames reads up to the end.
  bool is_answered = bgsh_send_frame(supervisor, header, &launch->record) && shutdown(supervisor, SHUT_WR) == 0 &&
                     read_answer(supervisor, answer);
  close(supervisor);
  return is_answered;
}

/// Asks until there is an answer, for longer than it takes to put another supervisor in the place of one that died. There is no
/// reason if there is none.
static void await_start(const struct launch *launch, struct answer *answer) {
  int64_t end = bgsh_milliseconds_now() + start_patience_milliseconds;
  while (!ask_to_start(launch, answer)) {
    bgsh_clear(&answer->reason);
    if (bgsh_is_without_descriptors(answer->failure)) break;
    if (bgsh_has_supervisor()) end = bgsh_milliseconds_now() + start_patience_milliseconds;
    if (bgsh_milliseconds_now() >= end) break;
    poll(NULL, 0, start_pause_milliseconds);
  }
}

static void export_variable(const char *name, char *content) {
  struct variable *variable = bind_variable(name, content, 0);
  if (!variable) return;
  variable->attributes |= attribute_exported;
  array_needs_making = 1;
}

/// Goes to a directory by `cd`, which keeps PWD as the user knows it; else to the place that has been held open for it.
static bool enter(char *directory, int place) {
  struct builtin *cd = builtin_address_internal("cd", 1);
  char end[] = "--";
  struct word_desc words[] = {{end, 0}, {directory, 0}};
  struct word_list second = {NULL, &words[1]}, first = {&second, &words[0]};
  return (cd && cd->function && cd->function(&first) == 0) || fchdir(place) == 0;
}

/// Drops signals that a key sent to the shell's group before the task had a group of its own: one that stops the task would
/// stop it for good. They are blocked now, and a signal that is ignored for a moment does not wait any more.
static void forget_signals_of_group(void) {
  static const int signals[] = {SIGINT, SIGQUIT, SIGTSTP};
  struct sigaction ignored = {.sa_handler = SIG_IGN}, before;
  for (size_t index = 0; index < sizeof signals / sizeof *signals; index++) {
    if (sigaction(signals[index], &ignored, &before) == 0) sigaction(signals[index], &before, NULL);
  }
}

// A task has a process group of its own, also without a terminal, and `$?` as a plain `&` would leave it.
void bgsh_begin_task(void) {
  struct launch *launch = bgsh_pending_launch();
  // Where a shell may become a task itself, its session is that task's.
  if (!*bgsh_session.calls_name || setsid() < 0) setpgid(0, 0);
  forget_signals_of_group();
  bgsh_leave_calls();
  job_control = 0;
  running_in_background = 1;
  last_command_exit_value = launch->status;
  dup2(launch->output, STDOUT_FILENO);
  dup2(launch->errors >= 0 ? launch->errors : launch->output, STDERR_FILENO);
  bgsh_keep_output();
  int place = launch->place;
  launch->place = -1;
  bgsh_close_files(launch);
  take_input(launch);
  export_variable(BGSH_TASK_ID_VARIABLE, launch->id);
  export_variable(BGSH_TASK_NAME_VARIABLE, (char *)bgsh_string(&launch->flags[bgsh_task_flag_name]));
  bool is_there = !launch->directory.length || enter(launch->directory.bytes, place);
  if (place >= 0) close(place);
  if (!is_there) _exit(BGSH_STATUS_UNKNOWN);
  struct answer answer = {0};
  await_start(launch, &answer);
  if (!answer.may_start) {
    const char *reason = bgsh_is_without_descriptors(answer.failure) ? BGSH_NO_DESCRIPTORS : bgsh_string(&answer.reason);
    bgsh_say(STDERR_FILENO, "not started: %s", *reason ? reason : "the supervisor of this session is gone");
    _exit(BGSH_STATUS_UNKNOWN);
  }
  // Launches that were interrupted by a trap are the shell's, not the task's.
  bgsh_forget_launches();
  bgsh_follow_end_of_task();
}
