// Where a launch gets its id from: a FIFO in the session's directory, which the
// supervisor fills.
#include "launch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

enum {
  /// How much room there must be for a launch, in bytes: several times what its row takes in the database's log.
  room_for_row = 256 * 1024,
  id_patience_milliseconds = 10000,
  /// How often a shell that waits for an id looks whether there is a supervisor, and how often there may be none.
  id_look_milliseconds = 500,
  id_looks_in_vain = 4,
};

int64_t bgsh_milliseconds_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

// Its supervisor keeps the directory of the session locked.
bool bgsh_has_supervisor(void) {
  int directory = open(bgsh_session.run_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return errno != ENOENT && errno != ENOTDIR;
  // Two processes that only look hold this lock together.
  bool is_there = flock(directory, LOCK_SH | LOCK_NB) != 0;
  close(directory);
  return is_there;
}

/// Whether there is room for a task's record and its row, on the file system of the session's directory: a launch that
/// could not be recorded must not be confirmed.
static bool has_room(const struct launch *launch, int file) {
  struct statvfs system;
  if (fstatvfs(file, &system) != 0 || system.f_blocks == 0) return true;
  return (uint64_t)system.f_bavail * system.f_frsize >= room_for_row + 2 * launch->command.length;
}

int bgsh_open_in(const char *directory, const char *name, const char *suffix, int flags) {
  struct text path = {0};
  bgsh_add_string(&path, directory);
  bgsh_add_string(&path, "/");
  bgsh_add_string(&path, name);
  bgsh_add_string(&path, suffix);
  if (path.is_cut) errno = ENOMEM;
  int file = path.is_cut ? -1 : open(path.bytes, flags, 0600);
  int error = errno;
  free(path.bytes);
  errno = error;
  return file;
}

bool bgsh_is_without_descriptors(int error) { return error == EMFILE || error == ENFILE; }

// An id is one packet, which must be read by a single read(2).
bool bgsh_take_id(const struct launch *launch, char id[bgsh_longest_id + 1]) {
  int ids = bgsh_open_in(bgsh_session.run_path, BGSH_IDS_FIFO, "", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (ids < 0 && errno != ENOENT && errno != ENOTDIR) {
    bgsh_say(BGSH_MESSAGES_DESCRIPTOR, "no task can be started: %s",
             bgsh_is_without_descriptors(errno) ? BGSH_NO_DESCRIPTORS
             : errno == ENOMEM             ? BGSH_NO_MEMORY
                                           : "the state directory cannot be used; 'bgsh doctor' says more");
    return false;
  }
  if (ids >= 0 && !has_room(launch, ids)) {
    close(ids);
    bgsh_say(BGSH_MESSAGES_DESCRIPTOR, "no task can be started: " BGSH_NO_SPACE);
    return false;
  }
  ssize_t count = -1;
  int64_t end = bgsh_milliseconds_now() + id_patience_milliseconds;
  int looks_in_vain = 0;
  while (ids >= 0 && count < 0) {
    struct pollfd ready = {.fd = ids, .events = POLLIN};
    int64_t left = end - bgsh_milliseconds_now();
    int result = left > 0 ? poll(&ready, 1, left < id_look_milliseconds ? (int)left : id_look_milliseconds) : 0;
    // SIGCHLD interrupts the wait as well; only a signal of the user's ends it.
    if (left <= 0 || interrupt_state || terminating_signal) break;
    // A supervisor that has died is replaced within that time, or never.
    if (result == 0) looks_in_vain = bgsh_has_supervisor() ? 0 : looks_in_vain + 1;
    if (looks_in_vain == id_looks_in_vain) break;
    // Another shell may have taken it in between: then the read fails with EAGAIN.
    if (result > 0) count = read(ids, id, bgsh_longest_id);
    if (count < 0 && errno != EAGAIN && errno != EINTR) break;
  }
  if (ids >= 0) close(ids);
  id[count > 0 ? count : 0] = '\0';
  if (interrupt_state || terminating_signal) return false;
  if (count >= bgsh_id_length && id[0] != bgsh_refusal_mark) return true;
  const char *reason = "the supervisor of this session does not answer; 'bgsh doctor' says more";
  if (ids < 0 && access(bgsh_session.run_path, F_OK) != 0 && errno == ENOENT)
    reason = "somebody has removed the directory of this session; start a new bgsh";
  if (id[0] == bgsh_refusal_mark) reason = bgsh_refusal_text(id + 1);
  bgsh_say(BGSH_MESSAGES_DESCRIPTOR, "no task can be started: %s", reason);
  return false;
}
