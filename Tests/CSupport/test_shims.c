#define _GNU_SOURCE
#include "test_shims.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

int bgtest_open_terminal(int rows, int columns, char *name, size_t capacity) {
  int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
  if (master < 0) return -1;
  int failure = 0;
  if (grantpt(master) != 0 || unlockpt(master) != 0) failure = errno;
  if (failure == 0) failure = ptsname_r(master, name, capacity);
  if (failure == 0 && bgtest_resize_terminal(master, rows, columns) != 0) failure = errno;
  if (failure == 0) return master;
  close(master);
  errno = failure;
  return -1;
}

int bgtest_resize_terminal(int master, int rows, int columns) {
  struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns};
  return ioctl(master, TIOCSWINSZ, &size);
}

// ---------------------------------------------------------------------------
// Between fork and exec: async-signal-safe calls only; the tests have threads.
// ---------------------------------------------------------------------------

/// Above the standard descriptors, so that no source is overwritten before it is copied.
enum { parking_number = 64 };

/// Lets every later fork fail as for lack of memory, but not those that share the memory of their parent.
static int deny_forks(void) {
  enum { number = offsetof(struct seccomp_data, nr), flags = offsetof(struct seccomp_data, args) };
  struct sock_filter steps[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, number),
#ifdef SYS_fork
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_fork, 4, 0),
#endif
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 2),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, flags),
      BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_VM, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOMEM),
  };
  struct sock_fprog filter = {.len = sizeof steps / sizeof *steps, .filter = steps};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return -1;
  return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter);
}

static void run_child(const struct bgtest_spawn_request *request, int report) {
  int parked[3];

  for (int number = 1; number < NSIG; number++) {
    if (number == SIGKILL || number == SIGSTOP) continue;
    struct sigaction action = {.sa_handler = SIG_DFL};
    sigaction(number, &action, NULL);
  }

  if (setsid() < 0) goto failed;
  if (request->terminal != NULL) {
    int terminal = open(request->terminal, O_RDWR | O_CLOEXEC);
    if (terminal < 0) goto failed;
    if (ioctl(terminal, TIOCSCTTY, 0) != 0) goto failed;
    parked[0] = parked[1] = parked[2] = fcntl(terminal, F_DUPFD_CLOEXEC, parking_number);
  } else {
    for (int index = 0; index < 3; index++)
      parked[index] = fcntl(request->descriptors[index], F_DUPFD_CLOEXEC, parking_number);
  }
  for (int index = 0; index < 3; index++)
    if (dup2(parked[index], index) < 0) goto failed;

  if (request->denies_forks && deny_forks() != 0) goto failed;
  if (request->directory != NULL && chdir(request->directory) != 0) goto failed;

  // Whatever runs the tests may have left descriptors open for its children.
  close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  execve(request->path, request->arguments, request->environment);

failed:;
  int failure = errno;
  ssize_t ignored = write(report, &failure, sizeof failure);
  (void)ignored;
  _exit(127);
}

// ---------------------------------------------------------------------------

int bgtest_spawn(const struct bgtest_spawn_request *request, int *process_id) {
  int report[2];
  if (pipe2(report, O_CLOEXEC) != 0) return errno;

  sigset_t every, before;
  sigfillset(&every);
  pthread_sigmask(SIG_BLOCK, &every, &before);
  pid_t child = fork();
  int failure = errno;
  if (child == 0) {
    int parked = fcntl(report[1], F_DUPFD_CLOEXEC, parking_number);
    run_child(request, parked < 0 ? report[1] : parked);
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  close(report[1]);
  if (child < 0) {
    close(report[0]);
    return failure;
  }

  ssize_t count;
  do count = read(report[0], &failure, sizeof failure);
  while (count < 0 && errno == EINTR);
  close(report[0]);
  if (count == (ssize_t)sizeof failure) {
    waitpid(child, NULL, 0);
    return failure;
  }
  *process_id = child;
  return 0;
}

int bgtest_reap(int process_id, int *exit_code, int *signal_number) {
  int status;
  pid_t child;
  do child = waitpid(process_id, &status, WNOHANG);
  while (child < 0 && errno == EINTR);
  if (child <= 0) return child;
  *exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
  *signal_number = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  return 1;
}

int bgtest_pidfd_open(int process_id) { return (int)syscall(SYS_pidfd_open, process_id, 0); }
int bgtest_pidfd_signal(int pidfd, int signal_number) {
  return (int)syscall(SYS_pidfd_send_signal, pidfd, signal_number, NULL, 0);
}

int bgtest_connect_as(unsigned user, const char *name, size_t length) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (length > sizeof address.sun_path) return -1;
  memcpy(address.sun_path, name, length);
  int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return -1;
  // Not the C library's, which would change all threads.
  syscall(SYS_setresuid, -1, user, -1);
  int result = connect(descriptor, (struct sockaddr *)&address, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length));
  int failure = errno;
  syscall(SYS_setresuid, -1, getuid(), -1);
  if (result == 0) return descriptor;
  close(descriptor);
  errno = failure;
  return -1;
}

int bgtest_pipe(int *descriptors) { return pipe2(descriptors, O_CLOEXEC); }

int bgtest_set_nonblocking(int descriptor) {
  int flags = fcntl(descriptor, F_GETFL);
  return flags < 0 ? -1 : fcntl(descriptor, F_SETFL, flags | O_NONBLOCK);
}

void bgtest_ignore_broken_pipes(void) {
  struct sigaction action = {.sa_handler = SIG_IGN};
  sigaction(SIGPIPE, &action, NULL);
}
