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

/// Forks a process that only ends, in place of a list that is not to run.
static pid_t fork_in_vain(int status) {
  pid_t child = vfork();
  if (child == 0) _exit(status);
  // Bash would try EAGAIN again, with a fork that runs the list.
  if (child < 0) errno = ECANCELED;
  return child;
}

static pid_t fork_task(void) {
  // The two processes share their memory for a moment: no signal handler may run in it.
  sigset_t all, before;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, &before);
  volatile int failure = 0;
  pid_t between = vfork();
  if (between == 0) {
    pid_t task = fork();
    if (task < 0) failure = errno;
    if (task != 0) _exit(0);
    // From here on this is the task, which has a copy of all memory, the stack included.
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
