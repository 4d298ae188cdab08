// Reads keys for bash's readline. Its own function looks for signals and then
// waits for a key, and a signal that comes in between is not heeded before the
// next key: a Ctrl-C, or the hang-up of the terminal. Here signals are blocked
// between the look and the wait.
#include "library.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>

// Readline's headers first want stdio.h, which bash.h brings.
#include <readline/readline.h>

/// No header declares this one.
extern int volatile _rl_caught_signal;

// A bash that has readline 8.1 does not have this function, and neither do its headers.
#pragma weak rl_timeout_remaining
#if RL_READLINE_VERSION < 0x0802
int rl_timeout_remaining(unsigned *seconds, unsigned *microseconds);
#endif

static bool has_signal(void) { return _rl_caught_signal || interrupt_state || terminating_signal; }

/// Whether it is a terminal, or was one before it closed.
static bool is_device(int descriptor) {
  struct stat state;
  return fstat(descriptor, &state) == 0 && S_ISCHR(state.st_mode);
}

/// Waits until there is a key or a signal has been handled. False after a signal.
static bool await_key(int descriptor) {
  sigset_t blocked, before;
  sigfillset(&blocked);
  sigprocmask(SIG_BLOCK, &blocked, &before);
  int result = -1;
  if (!has_signal()) {
    struct pollfd key = {.fd = descriptor, .events = POLLIN};
    result = ppoll(&key, 1, NULL, &before);
    // The terminal has closed: bgsh, which leads its session, has the signal and hands it on.
    struct timespec patience = {.tv_sec = 1};
    if (result > 0 && key.revents & (POLLHUP | POLLERR) && is_device(descriptor)) result = ppoll(NULL, 0, &patience, &before) < 0 ? -1 : 1;
  }
  sigprocmask(SIG_SETMASK, &before, NULL);
  return result > 0;
}

/// Whether there is one, as by TMOUT: readline watches its clock itself then.
static bool has_time_limit(void) {
  unsigned seconds, microseconds;
  return rl_timeout_remaining && rl_timeout_remaining(&seconds, &microseconds) >= 0;
}

static int get_key(FILE *stream) {
  if (has_time_limit()) return rl_getc(stream);
  while (!await_key(fileno(stream))) {
    rl_check_signals();
    // A signal that came before readline began has set the hook in vain: readline takes it away at its start.
    if ((interrupt_state || terminating_signal) && !rl_signal_event_hook) bashline_set_event_hook();
    if (rl_signal_event_hook) rl_signal_event_hook();
    // One that came before readline began has no hook: at the end of the line bash sees to it.
    if (terminating_signal) return EOF;
    if (has_signal()) break;
  }
  return rl_getc(stream);
}

void bgsh_follow_keys(void) {
  if (rl_getc_function == rl_getc) rl_getc_function = get_key;
}
