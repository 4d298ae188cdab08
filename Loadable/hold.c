// A command of a source that bash reads and does not run yet: bash finds its end
// with `set -n` in effect. What it would say or do meanwhile waits.
#include "reader.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

static struct {
  bool is_held;
  /// What bash changes when it runs nothing.
  void *statuses;
  /// What bash says meanwhile, and where it says it otherwise.
  FILE *messages, *errors;
  char *said;
  size_t length_said;
  /// The traps that would not be run meanwhile, and the signals as they were before those that are trapped had to wait.
  int traps[NSIG];
  sigset_t signals;
} hold;

bool bgsh_is_held(void) { return hold.is_held; }

/// Keeps what bash says: about a command that it reads twice it would be said twice.
static void begin_keeping_messages(void) {
  hold.errors = stderr;
  hold.messages = echo_input_at_read ? NULL : open_memstream(&hold.said, &hold.length_said);
  if (hold.messages) stderr = hold.messages;
}

static void end_keeping_messages(bool shows) {
  stderr = hold.errors;
  if (!hold.messages) return;
  fclose(hold.messages);
  if (shows) bgsh_write(STDERR_FILENO, hold.said, hold.length_said);
  free(hold.said);
}

void bgsh_end_hold(bool shows_messages) {
  if (!hold.is_held) return;
  hold.is_held = false;
  read_but_dont_execute = 0;
  end_keeping_messages(shows_messages);
  if (hold.statuses) restore_pipestatus_array(hold.statuses);
  sigprocmask(SIG_SETMASK, &hold.signals, NULL);
  if (hold.traps[SIGCHLD]) queue_sigchld_trap(hold.traps[SIGCHLD]);
  for (int signal = 1; signal < NSIG; signal++)
    if (hold.traps[signal] && signal != SIGCHLD) raise(signal);
}

void bgsh_run_again(void) { bgsh_end_hold(true); }

static void run_again(void *argument) {
  (void)argument;
  bgsh_run_again();
}

void bgsh_hold(bool is_text) {
  static bool is_cleaned_up;
  if (hold.is_held) return;
  // A syntax error ends `-c`, and a trap of EXIT is to run all the same.
  if (is_text && !is_cleaned_up) add_unwind_protect(run_again, NULL);
  is_cleaned_up = true;
  sigset_t trapped;
  sigemptyset(&trapped);
  for (int signal = 1; signal < NSIG; signal++)
    if (signal_is_trapped(signal)) sigaddset(&trapped, signal);
  sigprocmask(SIG_BLOCK, &trapped, &hold.signals);
  for (int signal = 1; signal < NSIG; signal++) {
    hold.traps[signal] = pending_traps[signal];
    pending_traps[signal] = 0;
  }
  hold.statuses = save_pipestatus_array();
  begin_keeping_messages();
  hold.is_held = true;
  read_but_dont_execute = 1;
}
