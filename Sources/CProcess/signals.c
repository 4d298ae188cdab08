// Signals: their actions, those that arrive by a descriptor, and what is said before this process dies of one. C because
// Swift cannot write a signal handler, and its Glibc module leaves out signalfd.
#define _GNU_SOURCE
#include "signals.h"

#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "signal_actions.h"

static sigset_t ignored_at_start;

void bgsh_set_action(int signal_number, void (*handler)(int)) {
  struct sigaction action = {.sa_handler = handler};
  sigaction(signal_number, &action, NULL);
}

void bgsh_keep_ignored(void) {
  sigemptyset(&ignored_at_start);
  for (int number = 1; number < NSIG; number++) {
    struct sigaction action;
    if (sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN) sigaddset(&ignored_at_start, number);
  }
}

bool bgsh_was_ignored(int signal_number) { return sigismember(&ignored_at_start, signal_number) == 1; }

void bgsh_restore_ignored(void) {
  for (int number = 1; number < NSIG; number++)
    if (bgsh_was_ignored(number)) bgsh_set_action(number, SIG_IGN);
}

void bgsh_ignore_signal(int signal_number) { bgsh_set_action(signal_number, SIG_IGN); }
void bgsh_default_signal(int signal_number) { bgsh_set_action(signal_number, SIG_DFL); }

// MARK: Failures of this process

static const char *last_words;
static struct sigaction action_at_death[NSIG];

static volatile pid_t failure_taker;
static volatile sig_atomic_t kept_failure;

static void say_last_words(int signal_number, siginfo_t *information, void *context) {
  (void)context;
  if (failure_taker != 0 && information->si_code <= 0 && information->si_pid != getpid()) {
    if (failure_taker > 0) kill(failure_taker, signal_number);
    else kept_failure = signal_number;
    return;
  }
  ssize_t ignored = write(STDERR_FILENO, last_words, strlen(last_words));
  (void)ignored;
  sigaction(signal_number, &action_at_death[signal_number], NULL);
  raise(signal_number);
}

void bgsh_say_at_death(const char *text) {
  static const int failures[] = {SIGABRT, SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE, SIGSYS};
  last_words = text;
  struct sigaction action = {.sa_sigaction = say_last_words, .sa_flags = SA_NODEFER | SA_SIGINFO};
  for (size_t index = 0; index < sizeof failures / sizeof *failures; index++) {
    int number = failures[index];
    if (!bgsh_was_ignored(number)) sigaction(number, &action, &action_at_death[number]);
  }
}

void bgsh_pass_failures_to(int process_id) {
  failure_taker = process_id;
  if (process_id > 0 && kept_failure != 0) kill(process_id, kept_failure);
  kept_failure = 0;
}

// MARK: Arrivals

int bgsh_signal_descriptor(const int *signal_numbers, size_t count) {
  sigset_t set;
  sigemptyset(&set);
  for (size_t index = 0; index < count; index++) sigaddset(&set, signal_numbers[index]);
  if (sigprocmask(SIG_BLOCK, &set, NULL) != 0) return -1;
  return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

struct bgsh_arrival bgsh_next_arrival(int descriptor) {
  struct signalfd_siginfo information;
  struct bgsh_arrival arrival = {0, 0, 0};
  if (read(descriptor, &information, sizeof information) != sizeof information) return arrival;
  arrival.signal_number = (int)information.ssi_signo;
  arrival.sender = (int)information.ssi_pid;
  arrival.is_from_kernel = information.ssi_code > 0;
  return arrival;
}

// MARK: Stopping and dying

void bgsh_stop_by_signal(int signal_number) {
  sigset_t set, before;
  sigemptyset(&set);
  sigaddset(&set, signal_number);
  bgsh_default_signal(signal_number);
  kill(getpid(), signal_number);
  sigprocmask(SIG_UNBLOCK, &set, &before);
  sigprocmask(SIG_SETMASK, &before, NULL);
}

void bgsh_die_of_signal(int signal_number) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, signal_number);
  struct rlimit none = {0, 0};
  setrlimit(RLIMIT_CORE, &none);
  bgsh_default_signal(signal_number);
  sigprocmask(SIG_UNBLOCK, &set, NULL);
  kill(getpid(), signal_number);
}
