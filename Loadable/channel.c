// Connections to the session's processes. Each question to bgsh has one of its
// own: a descriptor that stayed open would be seen in every fork, and bash gives
// the user no number at which there is one that closes on exec.
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

static bool is_own(int descriptor) {
  struct ucred peer;
  socklen_t size = sizeof peer;
  return getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid == geteuid();
}

/// Connects to a process of the same user; -1 if there is none.
static int connect_to(const struct sockaddr_un *address, socklen_t size, int type) {
  int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | type, 0);
  if (descriptor < 0) return -1;
  int result;
  do result = connect(descriptor, (const struct sockaddr *)address, size);
  while (result != 0 && errno == EINTR);
  if (result == 0 && is_own(descriptor)) return descriptor;
  close(descriptor);
  return -1;
}

int bgsh_connect_in(const char *directory, const char *name) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  int folder = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return -1;
  // A path may be longer than an address: the kernel follows the link in /proc.
  snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/%s", folder, name);
  int descriptor = connect_to(&address, sizeof address, 0);
  int error = errno;
  close(folder);
  errno = error;
  return descriptor;
}

bool bgsh_send(int descriptor, const void *bytes, size_t count) {
  const char *next = bytes;
  while (count > 0) {
    ssize_t written = send(descriptor, next, count, MSG_NOSIGNAL);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    next += written;
    count -= (size_t)written;
  }
  return true;
}

// MARK: The connection to bgsh

// It does not block: bgsh may be stopped, and who waits too long may interrupt the wait.

static int connect_to_bgsh(void) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  size_t length = strlen(bgsh_session.socket_name);
  if (length == 0 || length + 1 > sizeof address.sun_path) return -1;
  memcpy(address.sun_path + 1, bgsh_session.socket_name, length);
  return connect_to(&address, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + length), SOCK_NONBLOCK);
}

/// Waits until the descriptor is ready. Signals are blocked between the look for one and the wait: it may be long.
static bool await(int descriptor, short event) {
  sigset_t blocked, before;
  sigfillset(&blocked);
  sigprocmask(SIG_BLOCK, &blocked, &before);
  struct pollfd ready = {.fd = descriptor, .events = event};
  int result = -1;
  while (result < 0 && !interrupt_state && !terminating_signal) {
    result = ppoll(&ready, 1, NULL, &before);
    if (result < 0 && errno != EINTR) break;
  }
  sigprocmask(SIG_SETMASK, &before, NULL);
  return result > 0;
}

static bool write_all(int descriptor, const void *bytes, size_t count) {
  const char *next = bytes;
  while (count > 0) {
    ssize_t written = send(descriptor, next, count, MSG_NOSIGNAL);
    if (written < 0 && (errno == EINTR || (errno == EAGAIN && await(descriptor, POLLOUT)))) continue;
    if (written <= 0) return false;
    next += written;
    count -= (size_t)written;
  }
  return true;
}

static bool read_all(int descriptor, void *bytes, size_t count) {
  char *next = bytes;
  while (count > 0) {
    ssize_t received = recv(descriptor, next, count, 0);
    if (received < 0 && (errno == EINTR || (errno == EAGAIN && await(descriptor, POLLIN)))) continue;
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

static bool send_question(int descriptor, uint32_t serial, char kind, const struct text *fields) {
  struct header header = {.length = (uint32_t)fields->length, .serial = serial, .version = protocol_version,
                          .kind = (unsigned char)kind};
  // In one piece: bgsh wakes up once.
  struct text message = {0};
  bgsh_add(&message, (const char *)&header, sizeof header);
  if (fields->length > 0) bgsh_add(&message, fields->bytes, fields->length);
  bool is_sent = !message.is_cut && write_all(descriptor, message.bytes, message.length);
  free(message.bytes);
  return is_sent;
}

static void say_other_version(void) {
  static bool is_said;
  if (is_said) return;
  is_said = true;
  bgsh_say(STDERR_FILENO, "this session's bgsh and the library in its bash are of different versions; "
                          "start another session");
}

/// Reads the answer to that question, and no other; its kind, or 0.
static char read_answer(int descriptor, uint32_t serial, struct text *answer) {
  struct header header;
  bgsh_clear(answer);
  if (!read_all(descriptor, &header, sizeof header)) return 0;
  if (header.version != protocol_version) {
    say_other_version();
    return 0;
  }
  if (header.serial != serial) return 0;
  while (answer->length < header.length) {
    char part[4096];
    size_t count = header.length - answer->length;
    if (count > sizeof part) count = sizeof part;
    if (!read_all(descriptor, part, count)) return 0;
    bgsh_add(answer, part, count);
    if (answer->is_cut) return 0;
  }
  return (char)header.kind;
}

char bgsh_ask(char kind, const struct text *fields, struct text *answer) {
  static uint32_t serial;
  if (fields->is_cut || fields->length > longest_question) return 0;
  int descriptor = connect_to_bgsh();
  if (descriptor < 0) return 0;
  serial++;
  char answer_kind =
      send_question(descriptor, serial, kind, fields) ? read_answer(descriptor, serial, answer) : 0;
  close(descriptor);
  return answer_kind;
}
