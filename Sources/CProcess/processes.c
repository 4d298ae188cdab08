// Processes: their ends, their directory, their memory, their user's home. C because the macros of a wait status, pidfd_open
// and the linker's names are not importable into Swift.
#define _GNU_SOURCE
#include "processes.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int bgsh_become_subreaper(void) { return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); }
int bgsh_pidfd_open(int process_id) { return (int)syscall(SYS_pidfd_open, process_id, 0); }

// MARK: Ends of children

static int64_t microseconds(struct timeval time) { return (int64_t)time.tv_sec * 1000000 + time.tv_usec; }

static void set_usage(struct bgsh_usage *usage, const struct rusage *resources) {
  usage->user_microseconds = microseconds(resources->ru_utime);
  usage->system_microseconds = microseconds(resources->ru_stime);
  usage->peak_memory_kib = resources->ru_maxrss;
}

int bgsh_reap_child(int process_id, int *status, struct bgsh_usage *usage) {
  struct rusage resources;
  pid_t child;
  do child = wait4(process_id, status, WNOHANG | WUNTRACED | WCONTINUED, &resources);
  while (child < 0 && errno == EINTR);
  if (child > 0) set_usage(usage, &resources);
  return child;
}

int bgsh_reap(int *status, struct bgsh_usage *usage) { return bgsh_reap_child(-1, status, usage); }

/// The status as wait4 would put it.
static int wait_status(const siginfo_t *information) {
  switch (information->si_code) {
    case CLD_EXITED: return (information->si_status & 0xff) << 8;
    case CLD_KILLED: return information->si_status & 0x7f;
    case CLD_DUMPED: return (information->si_status & 0x7f) | 0x80;
    case CLD_CONTINUED: return 0xffff;
    default: return (information->si_status & 0xff) << 8 | 0x7f;
  }
}

int bgsh_peek(int *status, struct bgsh_usage *usage) {
  siginfo_t information = {0};
  struct rusage resources;
  const int options = WEXITED | WSTOPPED | WCONTINUED | WNOHANG | WNOWAIT;
  long result;
  // Not waitid: the C library's has no room for the resources.
  do result = syscall(SYS_waitid, P_ALL, 0, &information, options, &resources);
  while (result < 0 && errno == EINTR);
  if (result < 0) return -1;
  if (information.si_pid > 0) {
    *status = wait_status(&information);
    set_usage(usage, &resources);
  }
  return information.si_pid;
}

int bgsh_status_is_signaled(int status) { return WIFSIGNALED(status); }
int bgsh_status_is_stopped(int status) { return WIFSTOPPED(status); }
int bgsh_status_is_continued(int status) { return WIFCONTINUED(status); }
int bgsh_status_exit_code(int status) { return WEXITSTATUS(status); }
int bgsh_status_signal(int status) { return WTERMSIG(status); }
int bgsh_status_stop_signal(int status) { return WSTOPSIG(status); }

// MARK: Surroundings

int bgsh_follow_directory(int process_id) {
  char link[32], there[PATH_MAX], here[PATH_MAX];
  snprintf(link, sizeof link, "/proc/%d/cwd", process_id);
  ssize_t length = readlink(link, there, sizeof there);
  if (length < 0) return -1;
  if (readlink("/proc/self/cwd", here, sizeof here) == length && memcmp(here, there, (size_t)length) == 0) return 0;
  return chdir(link);
}

const char *bgsh_home_directory(void) {
  static char directory[PATH_MAX];
  FILE *file = fopen("/etc/passwd", "re");
  if (!file) return NULL;
  char *line = NULL;
  size_t size = 0;
  bool is_found = false;
  while (!is_found && getline(&line, &size, file) > 0) {
    // NAME:PASSWORD:USER:GROUP:COMMENT:DIRECTORY:SHELL
    char *rest = line, *fields[6] = {NULL};
    size_t count = 0;
    while (count < 6 && (fields[count] = strsep(&rest, ":")) != NULL) count++;
    if (count < 6 || !rest || strtoul(fields[2], NULL, 10) != getuid() || fields[2][0] < '0') continue;
    is_found = strlen(fields[5]) < sizeof directory;
    if (is_found) strcpy(directory, fields[5]);
  }
  free(line);
  fclose(file);
  return is_found ? directory : NULL;
}

// The linker's own names for where the program begins and its text ends.
extern char __executable_start[], etext[];

void bgsh_release_program_text(void) {
  uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
  uintptr_t first = ((uintptr_t)__executable_start + page - 1) & ~(page - 1);
  uintptr_t last = (uintptr_t)etext & ~(page - 1);
  if (last > first) madvise((void *)first, last - first, MADV_DONTNEED);
}
