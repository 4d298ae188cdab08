// Files and terminals.
// Only plain types cross this header, so that it drags no system header into Swift.
#ifndef BGSH_FILES_H
#define BGSH_FILES_H

#include <stdint.h>

int bgsh_open(const char *_Nonnull path, int flags, unsigned mode);
int bgsh_set_nonblocking(int descriptor);
int bgsh_closes_on_exec(int descriptor);
int bgsh_memory_file(const char *_Nonnull name);

/// Rows and columns of a terminal, or -1 with errno.
int bgsh_terminal_size(int descriptor, int *_Nonnull rows, int *_Nonnull columns);

/// Takes an exclusive lock without waiting; 0, or -1 with errno.
int bgsh_try_lock(int descriptor);
/// 0 if nobody has locked the file; -1 with errno, EWOULDBLOCK if somebody has. Those who ask do not see each other.
int bgsh_is_unlocked(int descriptor);

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
