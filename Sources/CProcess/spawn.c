// The law of fork-to-exec: between fork and exec only async-signal-safe calls are made, no memory is allocated, stdio is not
// used, and nothing is changed that the suspended parent could miss, since its memory is shared.
//
// This holds for the first part of the file, up to the line of dashes. C because Swift code may allocate anywhere.
#define _GNU_SOURCE
#include "bgsh_spawn.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "process_name.h"
#include "signal_actions.h"

enum {
  /// Above every number that a child is given, so that no source is overwritten before it has been copied.
  parking_number = 256,
  most_mappings = 16,
};

/// Closes a descriptor, at once or when a program is executed.
static void close_number(int number, unsigned flags) {
  if (flags & CLOSE_RANGE_CLOEXEC) fcntl(number, F_SETFD, FD_CLOEXEC);
  else close(number);
}

/// Does the same with all descriptors in a range. Linux before 5.11 cannot do it in one call, nor can a process whose filter
/// of system calls does not know the call: then /proc lists the descriptors.
static void close_numbers(unsigned first, unsigned last, unsigned flags) {
  if (close_range(first, last, flags) == 0) return;
  int directory = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return;
  _Alignas(struct dirent64) char entries[4096];
  ssize_t size;
  while ((size = getdents64(directory, entries, sizeof entries)) > 0) {
    for (ssize_t offset = 0; offset < size;) {
      const struct dirent64 *entry = (const struct dirent64 *)(entries + offset);
      offset += entry->d_reclen;
      unsigned number = 0;
      const char *digit = entry->d_name;
      for (; *digit >= '0' && *digit <= '9'; digit++) number = number * 10 + (unsigned)(*digit - '0');
      if (*digit || number < first || number > last || number == (unsigned)directory) continue;
      close_number((int)number, flags);
    }
  }
  close(directory);
}

/// Gives this process all that the request says, except the program. Returns 0 or an errno.
static int prepare_child(const struct bgsh_spawn_request *request, unsigned close_flags) {
  int parked[most_mappings];

  if (request->directory && chdir(request->directory) != 0) return errno;
  if (request->process_group >= 0 && setpgid(0, request->process_group) != 0) return errno;
  // Every signal is blocked here: without that, SIGTTOU would stop a group that is not yet in the foreground.
  if (request->foreground_terminal >= 0) tcsetpgrp(request->foreground_terminal, getpgrp());

  for (int number = 1; number < NSIG; number++) {
    if (number == SIGKILL || number == SIGSTOP) continue;
    bgsh_set_action(number, bgsh_was_ignored(number) ? SIG_IGN : SIG_DFL);
  }

  for (size_t index = 0; index < request->mapping_count; index++) {
    parked[index] = fcntl(request->mappings[index].source, F_DUPFD_CLOEXEC, parking_number);
    if (parked[index] < 0) return errno;
  }
  for (size_t index = 0; index < request->mapping_count; index++) {
    if (dup2(parked[index], request->mappings[index].target) < 0) return errno;
  }

  if (request->closes_others) {
    unsigned next = 3;
    for (;;) {
      unsigned target = UINT_MAX;
      for (size_t index = 0; index < request->mapping_count; index++) {
        unsigned candidate = (unsigned)request->mappings[index].target;
        if (candidate >= next && candidate < target) target = candidate;
      }
      if (target > next) close_numbers(next, target - 1, close_flags);
      if (target == UINT_MAX) break;
      next = target + 1;
    }
  }

  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  return 0;
}

static void run_child(const struct bgsh_spawn_request *request, volatile int *failure) {
  *failure = prepare_child(request, CLOSE_RANGE_CLOEXEC);
  if (*failure == 0) {
    execve(request->path, request->arguments, request->environment);
    *failure = errno;
  }
  _exit(127);
}

static void write_decimal(char *text, int number) {
  char digits[12];
  size_t count = 0;
  do digits[count++] = (char)('0' + number % 10);
  while ((number /= 10) > 0);
  while (count > 0) *text++ = digits[--count];
  *text = 0;
}

/// Makes this process a group leader that adopts orphans, and starts the kept program. `kept` receives the outcome.
static void keep(struct bgsh_kept_child *kept) {
  volatile int failure = 0;
  pid_t child = -1;
  if (setpgid(0, 0) == 0 && prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0) child = vfork();
  if (child == 0) run_child(kept->request, &failure);
  kept->failure = child < 0 ? errno : failure;
  if (kept->failure != 0) return;
  kept->process_id = child;
  write_decimal(kept->identifier, child);
}

/// Starts the grandchild first: it need not wait until the child has started.
static void run_keeper(const struct bgsh_spawn_request *request, struct bgsh_kept_child *kept, volatile int *failure) {
  keep(kept);
  if (kept->failure != 0) _exit(127);
  run_child(request, failure);
}

// ---------------------------------------------------------------------------
// From here on: the parent, and a fork that executes no program.
// ---------------------------------------------------------------------------

/// Reaps a child that ended before it executed its program.
static void reap_failed(pid_t child) {
  while (waitpid(child, NULL, 0) < 0 && errno == EINTR) continue;
}

int bgsh_spawn(const struct bgsh_spawn_request *request, struct bgsh_kept_child *kept, int *process_id) {
  volatile int failure = 0;
  if (request->mapping_count > most_mappings) return EINVAL;
  if (kept && kept->request->mapping_count > most_mappings) return EINVAL;

  // No handler of this process may run in the child, whose memory is this process's own.
  sigset_t every, before;
  sigfillset(&every);
  sigprocmask(SIG_BLOCK, &every, &before);
  // Not fork: copying the page tables and the pages written since costs more than everything else here.
  pid_t child = vfork();
  if (child == 0) {
    if (kept) run_keeper(request, kept, &failure);
    run_child(request, &failure);
  }
  int fork_failure = errno;
  sigprocmask(SIG_SETMASK, &before, NULL);
  if (child < 0) return fork_failure;
  if (failure != 0 || (kept && kept->failure != 0)) {
    if (kept && kept->process_id > 0) kill(kept->process_id, SIGKILL);
    reap_failed(child);
    return failure;
  }
  *process_id = child;
  return 0;
}

int bgsh_fork_keeper(const struct bgsh_spawn_request *request, struct bgsh_kept_child *kept, int *process_id) {
  int ends[2];
  if (request->mapping_count > most_mappings || kept->request->mapping_count > most_mappings) return EINVAL;
  if (pipe2(ends, O_CLOEXEC) != 0) return errno;
  sigset_t every, before;
  sigfillset(&every);
  sigprocmask(SIG_BLOCK, &every, &before);
  pid_t child = fork();
  int failure = errno;
  if (child == 0) {
    keep(kept);
    const int report[2] = {kept->failure, kept->process_id};
    if (write(ends[1], report, sizeof report) != sizeof report || kept->failure != 0) _exit(127);
    if (prepare_child(request, 0) != 0) _exit(127);
    bgsh_rename_process(request->arguments);
    *process_id = 0;
    return 0;
  }
  sigprocmask(SIG_SETMASK, &before, NULL);
  close(ends[1]);
  if (child > 0) {
    int report[2] = {0, 0};
    ssize_t count;
    do count = read(ends[0], report, sizeof report);
    while (count < 0 && errno == EINTR);
    failure = count == sizeof report ? 0 : ECHILD;
    kept->failure = report[0];
    kept->process_id = report[1];
    if (failure != 0 || kept->failure != 0) reap_failed(child);
  }
  close(ends[0]);
  *process_id = child;
  return failure;
}
