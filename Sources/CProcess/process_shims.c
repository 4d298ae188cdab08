#define _GNU_SOURCE
#include "process_shims.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <linux/sockios.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

static sigset_t ignored_at_start;

static void set_action(int signal_number, void (*handler)(int)) {
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

// ---------------------------------------------------------------------------
// Between vfork and exec: async-signal-safe calls only, no allocation, no stdio,
// and nothing that the suspended parent could miss: its memory is shared.
// ---------------------------------------------------------------------------

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

/// Does that with all that have these numbers. Before Linux 5.11, and where a filter does not know the call, /proc tells
/// which there are.
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

/// Makes of this process what the request says, up to its program. Returns 0 or an errno.
static int prepare_child(const struct bgsh_spawn_request *request, unsigned close_flags) {
  int parked[most_mappings];

  if (request->directory && chdir(request->directory) != 0) return errno;
  if (request->process_group >= 0 && setpgid(0, request->process_group) != 0) return errno;
  // Every signal is blocked here: without that, SIGTTOU would stop a group that is not yet in the foreground.
  if (request->foreground_terminal >= 0) tcsetpgrp(request->foreground_terminal, getpgrp());

  for (int number = 1; number < NSIG; number++) {
    if (number == SIGKILL || number == SIGSTOP) continue;
    set_action(number, sigismember(&ignored_at_start, number) == 1 ? SIG_IGN : SIG_DFL);
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

/// Leads a group of its own, adopts orphans, and starts what it is to keep; `kept` says whether it could.
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

/// Takes away what has ended without becoming anything.
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

/// Tells the kernel where the arguments of this process stand that it shows to others; false if it will not be told.
static bool show_arguments(const char *start, const char *end) {
  char text[1024];
  int file = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  ssize_t count = read(file, text, sizeof text - 1);
  close(file);
  if (count <= 0) return false;
  text[count] = 0;
  // The fields are numbered as in proc(5); the third follows the name, which is in parentheses.
  uint64_t fields[52] = {0};
  char *next = strrchr(text, ')');
  for (size_t number = 3; next && number < 52; number++) {
    next = strchr(next + 1, ' ');
    if (next) fields[number] = strtoull(next + 1, NULL, 10);
  }
  struct prctl_mm_map map = {
      .start_code = fields[26], .end_code = fields[27], .start_data = fields[45], .end_data = fields[46],
      .start_brk = fields[47], .brk = (uint64_t)sbrk(0), .start_stack = fields[28],
      .arg_start = (uintptr_t)start, .arg_end = (uintptr_t)end, .env_start = fields[50], .env_end = fields[51],
      .exe_fd = (uint32_t)-1};
  return next && prctl(PR_SET_MM, PR_SET_MM_MAP, &map, sizeof map, 0) == 0;
}

static char *first_argument, *last_argument;

__attribute__((constructor)) static void find_arguments(int count, char **arguments) {
  if (count > 0) (first_argument = arguments[0], last_argument = arguments[count - 1]);
}

/// Shows others these arguments, and the first as the name of this process. Where the kernel has no other way they stand
/// in the place of the old ones, as far as there is room.
static void rename_process(char *const *words) {
  static char shown[PATH_MAX + 256];
  size_t length = 0;
  prctl(PR_SET_NAME, words[0], 0, 0, 0);
  for (; *words; words++) {
    size_t size = strlen(*words) + 1;
    if (size > sizeof shown - length) break;
    memcpy(shown + length, *words, size);
    length += size;
  }
  if (show_arguments(shown, shown + length) || !first_argument) return;
  size_t room = (size_t)(last_argument - first_argument) + strlen(last_argument);
  memset(first_argument, 0, room);
  memcpy(first_argument, shown, length < room ? length : room);
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
    rename_process(request->arguments);
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
    if (sigismember(&ignored_at_start, number) != 1) sigaction(number, &action, &action_at_death[number]);
  }
}

void bgsh_pass_failures_to(int process_id) {
  failure_taker = process_id;
  if (process_id > 0 && kept_failure != 0) kill(process_id, kept_failure);
  kept_failure = 0;
}

void bgsh_restore_ignored(void) {
  for (int number = 1; number < NSIG; number++)
    if (sigismember(&ignored_at_start, number) == 1) set_action(number, SIG_IGN);
}

void bgsh_ignore_signal(int signal_number) { set_action(signal_number, SIG_IGN); }
void bgsh_default_signal(int signal_number) { set_action(signal_number, SIG_DFL); }

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

int bgsh_become_subreaper(void) { return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); }
int bgsh_pidfd_open(int process_id) { return (int)syscall(SYS_pidfd_open, process_id, 0); }
int bgsh_memory_file(const char *name) { return memfd_create(name, MFD_CLOEXEC); }

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

int bgsh_epoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }

int bgsh_epoll_control(int epoll, int operation, int descriptor, uint32_t events, uint64_t token) {
  struct epoll_event event = {.events = events, .data = {.u64 = token}};
  return epoll_ctl(epoll, operation, descriptor, &event);
}

int bgsh_epoll_wait(int epoll, uint64_t *tokens, uint32_t *events, int capacity, int timeout_milliseconds) {
  struct epoll_event ready[64];
  int count = epoll_wait(epoll, ready, capacity < 64 ? capacity : 64, timeout_milliseconds);
  for (int index = 0; index < count; index++) {
    tokens[index] = ready[index].data.u64;
    events[index] = ready[index].events;
  }
  return count;
}

int bgsh_make_packet_fifo(int descriptor, int packets) {
  // Each packet has a page of its own.
  if (fcntl(descriptor, F_SETPIPE_SZ, packets * (int)sysconf(_SC_PAGESIZE)) < 0) return -1;
  int flags = fcntl(descriptor, F_GETFL);
  return flags < 0 ? -1 : fcntl(descriptor, F_SETFL, flags | O_DIRECT);
}

int bgsh_stream_pair(int *descriptors) { return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, descriptors); }

int bgsh_readable_bytes(int descriptor) {
  int count;
  return ioctl(descriptor, FIONREAD, &count) == 0 ? count : -1;
}

/// sun_path holds 107 characters and a state directory may be deeper: the kernel follows the link in /proc.
static int address_in(int directory, const char *name, struct sockaddr_un *address) {
  memset(address, 0, sizeof *address);
  address->sun_family = AF_UNIX;
  int length = snprintf(address->sun_path, sizeof address->sun_path, "/proc/self/fd/%d/%s", directory, name);
  if (length >= 0 && (size_t)length < sizeof address->sun_path) return 0;
  errno = ENAMETOOLONG;
  return -1;
}

static int socket_in(int directory, const char *name,
                     int (*attach)(int, const struct sockaddr *, socklen_t)) {
  struct sockaddr_un address;
  if (address_in(directory, name, &address) != 0) return -1;
  int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return -1;
  if (attach(descriptor, (const struct sockaddr *)&address, sizeof address) == 0) return descriptor;
  int failure = errno;
  close(descriptor);
  errno = failure;
  return -1;
}

static int bind_and_listen(int descriptor, const struct sockaddr *address, socklen_t length) {
  if (bind(descriptor, address, length) != 0) return -1;
  return listen(descriptor, SOMAXCONN);
}

int bgsh_listen_in(int directory, const char *name) { return socket_in(directory, name, bind_and_listen); }

/// A listener that does not accept holds nobody up: EAGAIN where too many wait, and when nothing is taken for seconds.
static int connect_at_once(int descriptor, const struct sockaddr *address, socklen_t length) {
  struct timeval patience = {.tv_sec = 5};
  int flags = fcntl(descriptor, F_GETFL);
  if (flags < 0 || fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) != 0) return -1;
  if (connect(descriptor, address, length) != 0) return -1;
  setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  return fcntl(descriptor, F_SETFL, flags);
}

int bgsh_connect_in(int directory, const char *name) { return socket_in(directory, name, connect_at_once); }

int bgsh_peer_process(int descriptor) {
  struct ucred credentials;
  socklen_t length = sizeof credentials;
  return getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &length) == 0 ? credentials.pid : -1;
}

int bgsh_listen_abstract(const char *name) {
  struct sockaddr_un address;
  memset(&address, 0, sizeof address);
  address.sun_family = AF_UNIX;
  size_t length = strlen(name);
  if (length + 1 > sizeof address.sun_path) {
    errno = ENAMETOOLONG;
    return -1;
  }
  memcpy(address.sun_path + 1, name, length);
  int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (descriptor < 0) return -1;
  socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + length);
  if (bind_and_listen(descriptor, (const struct sockaddr *)&address, size) == 0) return descriptor;
  int failure = errno;
  close(descriptor);
  errno = failure;
  return -1;
}

int bgsh_accept(int descriptor, unsigned *peer_user, int *peer_process) {
  int connection = accept4(descriptor, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (connection < 0) return -1;
  struct ucred credentials;
  socklen_t length = sizeof credentials;
  if (getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &credentials, &length) == 0) {
    *peer_user = credentials.uid;
    if (peer_process) *peer_process = credentials.pid;
    return connection;
  }
  int failure = errno;
  close(connection);
  errno = failure;
  return -1;
}

int bgsh_terminal_size(int descriptor, int *rows, int *columns) {
  struct winsize size;
  if (ioctl(descriptor, TIOCGWINSZ, &size) != 0) return -1;
  *rows = size.ws_row;
  *columns = size.ws_col;
  return 0;
}

int bgsh_try_lock(int descriptor) { return flock(descriptor, LOCK_EX | LOCK_NB); }

int bgsh_is_unlocked(int descriptor) { return flock(descriptor, LOCK_SH | LOCK_NB); }

int bgsh_follow_directory(int process_id) {
  char link[32], there[PATH_MAX], here[PATH_MAX];
  snprintf(link, sizeof link, "/proc/%d/cwd", process_id);
  ssize_t length = readlink(link, there, sizeof there);
  if (length < 0) return -1;
  if (readlink("/proc/self/cwd", here, sizeof here) == length && memcmp(here, there, (size_t)length) == 0) return 0;
  return chdir(link);
}

int bgsh_open(const char *path, int flags, unsigned mode) { return open(path, flags | O_CLOEXEC, (mode_t)mode); }

int bgsh_closes_on_exec(int descriptor) {
  int flags = fcntl(descriptor, F_GETFD);
  return flags >= 0 && (flags & FD_CLOEXEC) != 0;
}

int bgsh_set_nonblocking(int descriptor) {
  int flags = fcntl(descriptor, F_GETFL);
  return flags < 0 ? -1 : fcntl(descriptor, F_SETFL, flags | O_NONBLOCK);
}

// The linker's own names for where the program begins and its text ends.
extern char __executable_start[], etext[];

void bgsh_release_program_text(void) {
  uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
  uintptr_t first = ((uintptr_t)__executable_start + page - 1) & ~(page - 1);
  uintptr_t last = (uintptr_t)etext & ~(page - 1);
  if (last > first) madvise((void *)first, last - first, MADV_DONTNEED);
}

int bgsh_network_file_system(const char *path, const char **name) {
  static const struct {
    unsigned number;
    const char *name;
  } known[] = {
      {0x6969, "NFS"},         {0x517B, "SMB"},          {0xFF534D42, "CIFS"},     {0xFE534D42, "SMB"},
      {0x01021997, "9p"},      {0x5346414F, "AFS"},      {0x6B414653, "AFS"},      {0x00C36400, "Ceph"},
      {0x73757245, "Coda"},    {0x0BD00BD0, "Lustre"},   {0x47504653, "GPFS"},     {0x19830326, "BeeGFS"},
      {0x01161970, "GFS2"},    {0x7461636F, "OCFS2"},    {0x20030528, "OrangeFS"}, {0xAAD7AAEA, "PanFS"},
      {0x61636673, "ACFS"},    {0x564C, "NCP"},          {0x786F4256, "VirtualBox"}, {0xBACBACBC, "VMware"},
      {0x7C7C6673, "Parallels"},
  };
  struct statfs information;
  if (statfs(path, &information) != 0) return -1;
  unsigned number = (unsigned)information.f_type;
  if (number == 0x65735546) return 2;  // FUSE
  for (size_t index = 0; index < sizeof known / sizeof *known; index++) {
    if (known[index].number != number) continue;
    if (name) *name = known[index].name;
    return 1;
  }
  return 0;
}

unsigned bgsh_device_major(uint64_t device) { return major(device); }
unsigned bgsh_device_minor(uint64_t device) { return minor(device); }

int bgsh_punch_hole(int file, int64_t offset, int64_t length) {
  return fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, length);
}

int64_t bgsh_next_data(int file, int64_t offset) { return lseek(file, offset, SEEK_DATA); }

int64_t bgsh_next_hole(int file, int64_t offset) { return lseek(file, offset, SEEK_HOLE); }

int bgsh_identify_file(int directory, const char *path, int follows_link, uint64_t *device, uint64_t *number) {
  struct statx information;
  int flags = AT_STATX_DONT_SYNC | (follows_link ? 0 : AT_SYMLINK_NOFOLLOW);
  if (statx(directory, path, flags, STATX_TYPE | STATX_INO, &information) != 0) return -1;
  if (!S_ISREG(information.stx_mode)) {
    errno = EINVAL;
    return -1;
  }
  *device = (uint64_t)information.stx_dev_major << 32 | information.stx_dev_minor;
  *number = information.stx_ino;
  return 0;
}

int bgsh_has_writers(int file) {
  // Who opens the file meanwhile has the kernel send a signal, and this one does nothing by default.
  fcntl(file, F_SETSIG, SIGURG);
  if (fcntl(file, F_SETLEASE, F_RDLCK) != 0) return errno == EAGAIN ? 1 : -1;
  fcntl(file, F_SETLEASE, F_UNLCK);
  return 0;
}
