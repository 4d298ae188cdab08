// Connections to the session's processes. The one to bgsh is made by name and
// made again when it is lost: a user may close any descriptor, or put a file of
// his own at its number.
#include "library.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static struct {
  int descriptor;
  dev_t device;
  ino_t inode;
  /// Who has made it. A fork makes its own: one that is killed would leave its answer to the shell.
  pid_t process;
} channel = {.descriptor = -1};

int bgsh_move_up(int descriptor) {
  static const int floors[] = {230, 60, 20};
  for (size_t index = 0; index < sizeof floors / sizeof *floors; index++) {
    int moved = fcntl(descriptor, F_DUPFD_CLOEXEC, floors[index]);
    if (moved < 0) continue;
    close(descriptor);
    return moved;
  }
  return descriptor;
}

static bool is_open(void) {
  struct stat state;
  return channel.descriptor >= 0 && fstat(channel.descriptor, &state) == 0 && state.st_dev == channel.device &&
         state.st_ino == channel.inode;
}

/// What stands at its number may be the user's by now.
static void close_channel(void) {
  if (is_open()) close(channel.descriptor);
  channel.descriptor = -1;
}

static bool is_own(int descriptor) {
  struct ucred peer;
  socklen_t size = sizeof peer;
  return getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid == geteuid();
}

/// Connects to a process of the same user; -1 if there is none.
static int connect_to(const struct sockaddr_un *address, socklen_t size) {
  int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return -1;
  int result;
  do result = connect(descriptor, (const struct sockaddr *)address, size);
  while (result != 0 && errno == EINTR);
  if (result == 0 && is_own(descriptor)) return descriptor;
  int error = result == 0 ? EACCES : errno;
  close(descriptor);
  errno = error;
  return -1;
}

int bgsh_connect_in(const char *directory, const char *name) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  int folder = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return -1;
  // A path may be longer than an address: the kernel follows the link in /proc.
  snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/%s", folder, name);
  int descriptor = connect_to(&address, sizeof address);
  int error = errno;
  close(folder);
  errno = error;
  return descriptor;
}

static bool connect_to_bgsh(void) {
  close_channel();
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  size_t length = strlen(bgsh_session.socket_name);
  if (length == 0 || length + 1 > sizeof address.sun_path) return false;
  memcpy(address.sun_path + 1, bgsh_session.socket_name, length);
  int descriptor = connect_to(&address, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + length));
  if (descriptor < 0) return false;
  descriptor = bgsh_move_up(descriptor);
  struct stat state;
  if (fstat(descriptor, &state) != 0) {
    close(descriptor);
    return false;
  }
  channel.descriptor = descriptor;
  channel.device = state.st_dev;
  channel.inode = state.st_ino;
  channel.process = getpid();
  return true;
}

/// Who waits too long may interrupt the wait.
static bool is_interrupted(void) { return interrupt_state || terminating_signal; }

bool bgsh_send(int descriptor, const void *bytes, size_t count) {
  const char *next = bytes;
  while (count > 0) {
    ssize_t written = send(descriptor, next, count, MSG_NOSIGNAL);
    if (written < 0 && errno == EINTR && !is_interrupted()) continue;
    if (written <= 0) return false;
    next += written;
    count -= (size_t)written;
  }
  return true;
}

/// Waits until there is something to read. Signals are blocked between the look for one and the wait: the wait may be long.
static bool await_bytes(void) {
  sigset_t blocked, before;
  sigfillset(&blocked);
  sigprocmask(SIG_BLOCK, &blocked, &before);
  struct pollfd ready = {.fd = channel.descriptor, .events = POLLIN};
  int result = -1;
  while (result < 0 && !is_interrupted()) {
    result = ppoll(&ready, 1, NULL, &before);
    if (result < 0 && errno != EINTR) break;
  }
  sigprocmask(SIG_SETMASK, &before, NULL);
  return result > 0;
}

static bool read_all(void *bytes, size_t count) {
  char *next = bytes;
  while (count > 0) {
    ssize_t received = recv(channel.descriptor, next, count, MSG_DONTWAIT);
    if (received < 0 && errno == EINTR) continue;
    if (received < 0 && errno == EAGAIN && await_bytes()) continue;
    if (received <= 0) return false;
    next += received;
    count -= (size_t)received;
  }
  return true;
}

// MARK: Questions

/// What precedes each message, in the machine's byte order (BashEngine/ShellMessage.swift). Its form is that of all versions.
struct header {
  /// How many bytes follow.
  uint32_t length;
  /// The question's number, which its answer has too.
  uint32_t serial;
  uint16_t version;
  uint16_t kind;
};

enum {
  protocol_version = 1,
  /// The longest question, in bytes.
  longest_question = 64 * 1024 * 1024,
};

static bool send_question(uint32_t serial, char kind, const struct text *fields) {
  struct header header = {.length = (uint32_t)fields->length, .serial = serial, .version = protocol_version,
                          .kind = (unsigned char)kind};
  return bgsh_send(channel.descriptor, &header, sizeof header) &&
         bgsh_send(channel.descriptor, fields->bytes, fields->length);
}

static void say_other_version(void) {
  static bool is_said;
  if (is_said) return;
  is_said = true;
  bgsh_say(STDERR_FILENO, "this session's bgsh and the library in its bash are of different versions; "
                          "start another session");
}

/// Reads the answer to that question, and no other; its kind, or 0.
static char read_answer(uint32_t serial, struct text *answer) {
  struct header header;
  bgsh_clear(answer);
  if (!read_all(&header, sizeof header)) return 0;
  if (header.version != protocol_version) {
    say_other_version();
    return 0;
  }
  if (header.serial != serial) return 0;
  while (answer->length < header.length) {
    char part[4096];
    size_t count = header.length - answer->length;
    if (count > sizeof part) count = sizeof part;
    if (!read_all(part, count)) return 0;
    bgsh_add(answer, part, count);
    if (answer->is_cut) return 0;
  }
  return (char)header.kind;
}

char bgsh_ask(char kind, const struct text *fields, struct text *answer) {
  static uint32_t serial;
  if (fields->is_cut || fields->length > longest_question) return 0;
  serial++;
  bool is_mine = is_open() && channel.process == getpid();
  bool is_sent = is_mine && send_question(serial, kind, fields);
  // A connection that has been given up meanwhile is made again, once. What was sent is not sent again: bgsh may know it.
  if (!is_sent && !is_interrupted()) is_sent = connect_to_bgsh() && send_question(serial, kind, fields);
  char answer_kind = is_sent ? read_answer(serial, answer) : 0;
  // What is still to come on it would be taken for the next answer. A source has few questions, and may count its
  // descriptors.
  if (!answer_kind || !interactive_shell) close_channel();
  return answer_kind;
}
