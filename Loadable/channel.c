// Connections to the session's processes. The one to bgsh is made by name and
// made again when it is lost: a user may close any descriptor, or put a file of
// his own at its number.
#include "library.h"

#include <errno.h>
#include <fcntl.h>
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
  close(descriptor);
  return -1;
}

int bgsh_connect_in(const char *directory, const char *name) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  int folder = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return -1;
  // A path may be longer than an address: the kernel follows the link in /proc.
  snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/%s", folder, name);
  int descriptor = connect_to(&address, sizeof address);
  close(folder);
  return descriptor;
}

static bool connect_to_bgsh(void) {
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
  return true;
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

static bool read_all(void *bytes, size_t count) {
  char *next = bytes;
  while (count > 0) {
    ssize_t received = read(channel.descriptor, next, count);
    // Who waits too long may interrupt the wait.
    if (received < 0 && errno == EINTR && !interrupt_state && !terminating_signal) continue;
    if (received <= 0) return false;
    next += received;
    count -= (size_t)received;
  }
  return true;
}

/// What precedes each message, in the machine's byte order: the number of bytes that follow, and their kind.
struct header {
  uint32_t length;
  uint32_t kind;
};

static char exchange(char kind, const struct text *fields, struct text *answer) {
  if (fields->is_cut) return 0;
  struct header header = {.length = (uint32_t)fields->length, .kind = (unsigned char)kind};
  if (!bgsh_send(channel.descriptor, &header, sizeof header)) return 0;
  if (!bgsh_send(channel.descriptor, fields->bytes, fields->length)) return 0;
  if (!read_all(&header, sizeof header)) return 0;
  bgsh_clear(answer);
  while (answer->length < header.length) {
    char part[4096];
    size_t count = header.length - answer->length;
    if (count > sizeof part) count = sizeof part;
    if (!read_all(part, count)) return 0;
    bgsh_add(answer, part, count);
    // The rest would be taken for the next answer: the connection goes.
    if (answer->is_cut) return 0;
  }
  return (char)header.kind;
}

char bgsh_ask(char kind, const struct text *fields, struct text *answer) {
  for (int attempt = 0; attempt < 2; attempt++) {
    if (!is_open() && !connect_to_bgsh()) return 0;
    char answer_kind = exchange(kind, fields, answer);
    if (answer_kind) return answer_kind;
    close(channel.descriptor);
    channel.descriptor = -1;
  }
  return 0;
}
