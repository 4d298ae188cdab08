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
  static const int floors[] = {BGSH_DESCRIPTOR_FLOOR, BGSH_LOWER_DESCRIPTOR_FLOOR, BGSH_LOWEST_DESCRIPTOR_FLOOR};
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

// MARK: Reading and writing

// The connection to bgsh does not block: bgsh may be stopped, and who waits too long may interrupt the wait.

int bgsh_connect_to_name(const char *name) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  size_t length = strlen(name);
  if (length == 0 || length + 1 > sizeof address.sun_path) return -1;
  memcpy(address.sun_path + 1, name, length);
  return connect_to(&address, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + length), SOCK_NONBLOCK);
}

// Signals are blocked between the look for one and the wait: it may be long.
bool bgsh_await(int descriptor, short event) {
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
    if (written < 0 && (errno == EINTR || (errno == EAGAIN && bgsh_await(descriptor, POLLOUT)))) continue;
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
    if (received < 0 && (errno == EINTR || (errno == EAGAIN && bgsh_await(descriptor, POLLIN)))) continue;
    if (received <= 0) return false;
    next += received;
    count -= (size_t)received;
  }
  return true;
}

// MARK: Frames

bool bgsh_send_frame(int descriptor, struct bgsh_frame_header header, const struct text *payload) {
  header.length = (uint32_t)payload->length;
  // In one piece: who listens wakes up once.
  struct text message = {0};
  bgsh_add(&message, (const char *)&header, sizeof header);
  if (payload->length > 0) bgsh_add(&message, payload->bytes, payload->length);
  bool is_sent = !message.is_cut && write_all(descriptor, message.bytes, message.length);
  free(message.bytes);
  return is_sent;
}

bool bgsh_read_frame_header(int descriptor, struct bgsh_frame_header *header) {
  return read_all(descriptor, header, sizeof *header);
}

bool bgsh_read_payload(int descriptor, size_t length, struct text *payload) {
  while (length > 0) {
    char part[4096];
    size_t count = length < sizeof part ? length : sizeof part;
    if (!read_all(descriptor, part, count)) return false;
    bgsh_add(payload, part, count);
    if (payload->is_cut) return false;
    length -= count;
  }
  return true;
}

// MARK: Questions

static void say_other_version(void) {
  static bool is_said;
  if (is_said) return;
  is_said = true;
  bgsh_say(STDERR_FILENO, "this session's bgsh and the library in its bash are of different versions; "
                          "start another session");
}

/// Reads the answer to that question, and no other.
static enum bgsh_answer read_answer(int descriptor, uint32_t serial, struct text *answer) {
  struct bgsh_frame_header header;
  bgsh_clear(answer);
  if (!bgsh_read_frame_header(descriptor, &header)) return bgsh_answer_none;
  if (header.version != bgsh_question_version) {
    say_other_version();
    return bgsh_answer_none;
  }
  if (header.serial != serial || !bgsh_read_payload(descriptor, header.length, answer)) return bgsh_answer_none;
  return (enum bgsh_answer)header.kind;
}

int bgsh_pose(enum bgsh_question question, const struct text *fields, uint32_t *serial) {
  static uint32_t last_serial;
  if (fields->is_cut || fields->length > bgsh_longest_question) return -1;
  int descriptor = bgsh_connect_to_name(bgsh_session.socket_name);
  if (descriptor < 0) return -1;
  *serial = ++last_serial;
  struct bgsh_frame_header header = {.serial = *serial, .version = bgsh_question_version, .kind = (uint16_t)question};
  if (bgsh_send_frame(descriptor, header, fields)) return descriptor;
  close(descriptor);
  return -1;
}

enum bgsh_answer bgsh_hear(int descriptor, uint32_t serial, struct text *answer) {
  enum bgsh_answer kind = read_answer(descriptor, serial, answer);
  close(descriptor);
  return kind;
}

enum bgsh_answer bgsh_ask(enum bgsh_question question, const struct text *fields, struct text *answer) {
  uint32_t serial;
  int descriptor = bgsh_pose(question, fields, &serial);
  return descriptor < 0 ? bgsh_answer_none : bgsh_hear(descriptor, serial, answer);
}
