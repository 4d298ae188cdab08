// How a task is forked. bash's own `( ... )` makes a child of the shell, and the
// supervisor adopts only what has lost its parent. So bash's fork of a launch is
// made by way of a process in between, which shares the shell's memory, forks
// the task and ends: one copy of the shell instead of two. bash sees that
// process come and go as it sees any subshell.
#include "library.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/// Ends in place of a list that is not to run.
static pid_t fork_in_vain(int status) {
  pid_t child = vfork();
  if (child == 0) _exit(status);
  // With EAGAIN bash would try again, by a fork that runs it.
  if (child < 0) errno = ECANCELED;
  return child;
}

static pid_t fork_task(void) {
  // What a signal does must not happen to memory that two processes share.
  sigset_t all, before;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, &before);
  volatile int failure = 0;
  pid_t between = vfork();
  if (between == 0) {
    pid_t task = fork();
    if (task < 0) failure = errno;
    if (task != 0) _exit(0);
    // The task has a copy of its own of all this, also of the stack.
    bgsh_begin_task();
    sigprocmask(SIG_SETMASK, &before, NULL);
    return 0;
  }
  int error = between < 0 ? errno : failure;
  while (error && between > 0 && waitpid(between, NULL, 0) < 0 && errno == EINTR) continue;
  sigprocmask(SIG_SETMASK, &before, NULL);
  if (!error) {
    bgsh_confirm_task();
    return between;
  }
  bgsh_abandon_task();
  bgsh_say(STDERR_FILENO, "no task can be started: no process can be made: %s", strerror(error));
  errno = ECANCELED;
  return -1;
}

static pid_t make_fork(void) {
  int status;
  switch (bgsh_purpose_of_fork(&status)) {
    case fork_for_task: return fork_task();
    case fork_for_nothing: return fork_in_vain(status);
    default: return fork();
  }
}

bool bgsh_follow_forks(void) { return bgsh_replace_function("fork", (void *)make_fork); }
