// Sockets, FIFOs, and waiting for them. C because epoll, the credentials of a peer and packet FIFOs are not importable into
// Swift, and the address of a socket has a length of its own.
#define _GNU_SOURCE
#include "sockets.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

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

// MARK: Sockets with a name

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

static int abstract_socket(const char *name, int (*attach)(int, const struct sockaddr *, socklen_t)) {
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
  if (attach(descriptor, (const struct sockaddr *)&address, size) == 0) return descriptor;
  int failure = errno;
  close(descriptor);
  errno = failure;
  return -1;
}

int bgsh_listen_abstract(const char *name) { return abstract_socket(name, bind_and_listen); }

static int connect_by_address(int descriptor, const struct sockaddr *address, socklen_t length) {
  return connect(descriptor, address, length);
}

int bgsh_connect_abstract(const char *name) {
  int descriptor = abstract_socket(name, connect_by_address);
  if (descriptor < 0) return -1;
  struct ucred credentials;
  socklen_t length = sizeof credentials;
  // Anybody may have taken the name.
  if (getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &length) == 0 && credentials.uid == geteuid())
    return descriptor;
  close(descriptor);
  errno = EPERM;
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
