// The calls that Swift cannot spell: fork and what must happen before exec,
// variadic calls, and Linux calls whose headers the Glibc module leaves out.
// No policy here. Only plain types cross this header, so that it drags no
// system header into Swift.
#ifndef BGSH_PROCESS_SHIMS_H
#define BGSH_PROCESS_SHIMS_H

#include <stddef.h>
#include <stdint.h>

/// A descriptor of the parent and its number in the child.
struct bgsh_descriptor_mapping {
  int source;
  int target;
};

/// What `bgsh_spawn` is to start.
struct bgsh_spawn_request {
  const char *_Nonnull path;
  char *_Nullable const *_Nonnull arguments;
  char *_Nullable const *_Nonnull environment;
  const struct bgsh_descriptor_mapping *_Nullable mappings;
  size_t mapping_count;
  /// -1 keeps the parent's group, 0 makes a new one, any other joins that group.
  int process_group;
  /// A terminal (descriptor of the parent) that the child's group gets, or -1.
  int foreground_terminal;
  /// Whether it gets no descriptor above 2 but those mapped.
  int closes_others;
  /// Where it is to stand; NULL keeps the parent's directory.
  const char *_Nullable directory;
};

/// A process that the spawned one keeps: started by it before it runs its own program.
struct bgsh_kept_child {
  const struct bgsh_spawn_request *_Nonnull request;
  /// Receives its process ID in decimal before the keeper's program runs: at
  /// least 12 bytes, which may stand in the keeper's arguments.
  char *_Nonnull identifier;
  /// Receives its process ID.
  int process_id;
  /// Receives the errno of what kept it from starting, else 0.
  int failure;
};

/// Starts a program with no signal blocked and every one at its default, but for
/// those that `bgsh_keep_ignored` has found ignored. The parent waits until the
/// program has been executed.
///
/// With `kept`, the process leads a group of its own, adopts orphans, and has
/// that child when its program begins.
///
/// Returns 0 and the process ID, or the errno of the step that failed.
int bgsh_spawn(const struct bgsh_spawn_request *_Nonnull request, struct bgsh_kept_child *_Nullable kept,
               int *_Nonnull process_id);

/// Starts the kept process as `bgsh_spawn` does, and instead of another program
/// for its keeper goes on as the keeper, in a fork: that has what `request` says
/// a child has, but for its program, and its memory is this process's.
///
/// Returns 0 and the process ID of the keeper, in the fork 0; or the errno of
/// the step that failed. ECHILD says that the keeper was killed before it could
/// tell: then the kept one is an orphan.
int bgsh_fork_keeper(const struct bgsh_spawn_request *_Nonnull request, struct bgsh_kept_child *_Nonnull kept,
                     int *_Nonnull process_id);

/// Remembers which signals were ignored when the program started: a child that
/// `bgsh_spawn` starts ignores them too, as under nohup. Call it before the
/// first change of a signal's action.
void bgsh_keep_ignored(void);

/// Ignores those signals again: for a program that takes the place of this one.
void bgsh_restore_ignored(void);

/// From here on this process writes a text to its standard error before it dies of
/// a failure of its own; memory that it cannot have is one. The text lives as
/// long as the process. Call it after `bgsh_keep_ignored`.
void bgsh_say_at_death(const char *_Nonnull text);

/// Ignores a signal, or restores its default action.
void bgsh_ignore_signal(int signal_number);
void bgsh_default_signal(int signal_number);

/// Blocks the given signals and returns a close-on-exec, nonblocking signalfd
/// for them, or -1 with errno.
int bgsh_signal_descriptor(const int *_Nonnull signal_numbers, size_t count);

/// A signal that was read from a signalfd.
struct bgsh_arrival {
  int signal_number;
  /// Who sent it; of no meaning if the kernel did.
  int sender;
  /// Whether the kernel sent it by itself: for a terminal, a timer, a limit.
  int is_from_kernel;
};

/// Reads one; the number is 0 if none is pending.
struct bgsh_arrival bgsh_next_arrival(int descriptor);

/// From here on a signal that stands for a failure of this process (SIGSEGV and the like), but was sent by another one, goes
/// to that process; with -1 it is kept until there is one, 0 ends this. Call it after `bgsh_say_at_death`.
void bgsh_pass_failures_to(int process_id);

/// Stops this process by a signal whose action is to stop, blocked or not; returns when it goes on.
void bgsh_stop_by_signal(int signal_number);

/// Dies of the signal with its default action, so that the parent sees it.
void bgsh_die_of_signal(int signal_number);

/// The directory that `/etc/passwd` names for the user, valid until the next call; NULL if there is no such entry. No
/// directory service is asked.
const char *_Nullable bgsh_home_directory(void);

int bgsh_become_subreaper(void);
int bgsh_pidfd_open(int process_id);
int bgsh_memory_file(const char *_Nonnull name);

/// The resources that a reaped process used.
struct bgsh_usage {
  int64_t user_microseconds;
  int64_t system_microseconds;
  /// KiB; Linux reports the peak of the largest process among it and its reaped children.
  int64_t peak_memory_kib;
};

/// `wait4` without blocking, stops and continuations included. Returns the
/// process ID, 0 if nothing has changed, -1 with errno.
int bgsh_reap(int *_Nonnull status, struct bgsh_usage *_Nonnull usage);

/// The same without taking it: the child stays as it is, a zombie too, until
/// `bgsh_reap_child`.
int bgsh_peek(int *_Nonnull status, struct bgsh_usage *_Nonnull usage);

/// `bgsh_reap` for one child.
int bgsh_reap_child(int process_id, int *_Nonnull status, struct bgsh_usage *_Nonnull usage);

int bgsh_status_is_signaled(int status);
int bgsh_status_is_stopped(int status);
int bgsh_status_is_continued(int status);
int bgsh_status_exit_code(int status);
int bgsh_status_signal(int status);
int bgsh_status_stop_signal(int status);

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
/// Accepts a close-on-exec, nonblocking connection and tells its peer's user and process; -1 with errno.
int bgsh_accept(int descriptor, unsigned *_Nonnull peer_user, int *_Nullable peer_process);

/// Rows and columns of a terminal, or -1 with errno.
int bgsh_terminal_size(int descriptor, int *_Nonnull rows, int *_Nonnull columns);

/// Takes an exclusive lock without waiting; 0, or -1 with errno.
int bgsh_try_lock(int descriptor);
/// 0 if nobody has locked the file; -1 with errno, EWOULDBLOCK if somebody has. Those who ask do not see each other.
int bgsh_is_unlocked(int descriptor);

/// Makes the directory in which a process stands this one's own; 0, or -1 with errno. No file server is asked if it is
/// already.
int bgsh_follow_directory(int process_id);

int bgsh_open(const char *_Nonnull path, int flags, unsigned mode);
int bgsh_set_nonblocking(int descriptor);
int bgsh_closes_on_exec(int descriptor);

/// Gives back the pages of the program's text that were mapped so far; those needed again come from the page cache.
void bgsh_release_program_text(void);

/// 1 if the file system is one that other machines write to (NFS, SMB, Lustre, …), on which SQLite's WAL does not work, with
/// what it is called; 2 if a program keeps it (FUSE), which may do anything; 0 if it is local; -1 with errno.
int bgsh_network_file_system(const char *_Nonnull path, const char *_Nullable *_Nullable name);

/// The two parts of a device's number. The corresponding C macros are `major` and `minor`.
unsigned bgsh_device_major(uint64_t device);
unsigned bgsh_device_minor(uint64_t device);

/// Gives a part of a file back to its file system; the file keeps its size. 0, or -1 with errno.
int bgsh_punch_hole(int file, int64_t offset, int64_t length);

/// Where data, or a hole, begins at or after an offset; -1 with errno, ENXIO if nothing follows.
int64_t bgsh_next_data(int file, int64_t offset);
int64_t bgsh_next_hole(int file, int64_t offset);

/// Device and number of a regular file; -1 with errno, EINVAL if it is something else. No file server is asked, which may
/// never answer.
int bgsh_identify_file(int directory, const char *_Nonnull path, int follows_link, uint64_t *_Nonnull device,
                       uint64_t *_Nonnull number);

/// Whether somebody may write to a file of the user's own, which the descriptor only reads: 1 or 0, or -1 where that cannot
/// be known. Asked by a lease, which is given back at once.
int bgsh_has_writers(int file);

#endif
