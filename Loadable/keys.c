// Reads keys for bash's readline. Its own function looks for signals and then
// waits for a key, and a signal that comes in between is not heeded before the
// next key: a Ctrl-C, or the hang-up of the terminal. Here signals are blocked
// between the look and the wait.
#include "library.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

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

/// What ends the wait for a key.
enum event { event_key, event_signal, event_news, event_timeout };

/// Waits for a key, for a signal, for something to tell, or for the end of readline's patience, -1 for ever.
///
/// Something to tell is heard on a connection, and only where no key is there already.
static enum event await_key(int descriptor, int milliseconds, int *news) {
  sigset_t blocked, before;
  sigfillset(&blocked);
  sigprocmask(SIG_BLOCK, &blocked, &before);
  struct pollfd ready[] = {{.fd = descriptor, .events = POLLIN}, {.fd = -1, .events = POLLIN}};
  struct timespec limit = {.tv_sec = milliseconds / 1000, .tv_nsec = milliseconds % 1000 * 1000000};
  int result = -1;
  if (!has_signal()) {
    if (bgsh_tells_at_once() && poll(ready, 1, 0) == 0) ready[1].fd = bgsh_ask_for_news();
    result = ppoll(ready, 2, milliseconds < 0 ? NULL : &limit, &before);
    // The terminal has closed: bgsh, which leads its session, has the signal and hands it on.
    struct timespec patience = {.tv_sec = 1};
    if (result > 0 && ready[0].revents & (POLLHUP | POLLERR) && is_device(descriptor)) result = ppoll(NULL, 0, &patience, &before) < 0 ? -1 : 1;
  }
  sigprocmask(SIG_SETMASK, &before, NULL);
  bool has_news = result > 0 && !ready[0].revents;
  if (has_news) *news = ready[1].fd;
  else if (ready[1].fd >= 0) close(ready[1].fd);
  return result < 0 ? event_signal : result == 0 ? event_timeout : has_news ? event_news : event_key;
}

/// How long readline waits for a key, in milliseconds, as by TMOUT; -1 if it waits for ever.
static int patience_left(void) {
  unsigned seconds, microseconds;
  if (!rl_timeout_remaining || rl_timeout_remaining(&seconds, &microseconds) < 0) return -1;
  return seconds > INT_MAX / 1000 - 1 ? INT_MAX : (int)(seconds * 1000 + microseconds / 1000);
}

static int get_key(FILE *stream) {
  while (true) {
    int news, patience = patience_left();
    // Readline watches its clock itself.
    if (patience >= 0 && !bgsh_tells_at_once()) break;
    enum event event = await_key(fileno(stream), patience, &news);
    if (event == event_key || event == event_timeout) break;
    if (event == event_news) {
      bgsh_hear_news(news);
      continue;
    }
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
