// Sockets, FIFOs, and waiting for them.
// Only plain types cross this header, so that it drags no system header into Swift.
#ifndef BGSH_SOCKETS_H
#define BGSH_SOCKETS_H

#include <stdint.h>

int bgsh_epoll_create(void);
/// `operation`: 1 adds, 2 removes, 3 changes. `events`: 1 readable, 4 writable, 0x80000000 edge-triggered.
int bgsh_epoll_control(int epoll, int operation, int descriptor, uint32_t events, uint64_t token);
/// Waits for at most `capacity` events, and gives the tokens that their descriptors were added with; -1 waits for ever.
int bgsh_epoll_wait(int epoll, uint64_t *_Nonnull tokens, uint32_t *_Nonnull events, int capacity, int timeout_milliseconds);

/// Gives a FIFO packet boundaries and room for that many packets, a power of two; -1 with errno.
int bgsh_make_packet_fifo(int descriptor, int packets);

/// `socketpair(AF_UNIX, SOCK_STREAM)`, close-on-exec.
int bgsh_stream_pair(int *_Nonnull descriptors);
/// Bytes that wait to be read; -1 with errno.
int bgsh_readable_bytes(int descriptor);
/// A listening or connected stream socket at `name` in the directory, whatever the length of its path; -1 with errno.
int bgsh_listen_in(int directory, const char *_Nonnull name);
int bgsh_connect_in(int directory, const char *_Nonnull name);
/// The process that listened, or connected, at the other end of a socket with a name; -1 with errno.
int bgsh_peer_process(int descriptor);
/// A listening stream socket of that name in the abstract namespace; -1 with errno.
int bgsh_listen_abstract(const char *_Nonnull name);
/// A stream socket, connected to the one of that name in the abstract namespace, that does not block; -1 with errno, EPERM
/// where it is another user's.
int bgsh_connect_abstract(const char *_Nonnull name);
/// Accepts a close-on-exec, nonblocking connection and tells its peer's user and process; -1 with errno.
int bgsh_accept(int descriptor, unsigned *_Nonnull peer_user, int *_Nullable peer_process);

#endif
