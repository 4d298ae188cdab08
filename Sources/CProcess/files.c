// Files, terminals and what is special about them on Linux: locks, holes, leases, identities, file systems. C because these
// calls are variadic, or are macros, or stand in headers that Swift's Glibc module leaves out.
#define _GNU_SOURCE
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <termios.h>
#include <unistd.h>

// MARK: Descriptors

int bgsh_open(const char *path, int flags, unsigned mode) { return open(path, flags | O_CLOEXEC, (mode_t)mode); }

int bgsh_closes_on_exec(int descriptor) {
  int flags = fcntl(descriptor, F_GETFD);
  return flags >= 0 && (flags & FD_CLOEXEC) != 0;
}

int bgsh_set_nonblocking(int descriptor) {
  int flags = fcntl(descriptor, F_GETFL);
  return flags < 0 ? -1 : fcntl(descriptor, F_SETFL, flags | O_NONBLOCK);
}

int bgsh_memory_file(const char *name) { return memfd_create(name, MFD_CLOEXEC); }

int bgsh_try_lock(int descriptor) { return flock(descriptor, LOCK_EX | LOCK_NB); }

int bgsh_is_unlocked(int descriptor) { return flock(descriptor, LOCK_SH | LOCK_NB); }

int bgsh_terminal_size(int descriptor, int *rows, int *columns) {
  struct winsize size;
  if (ioctl(descriptor, TIOCGWINSZ, &size) != 0) return -1;
  *rows = size.ws_row;
  *columns = size.ws_col;
  return 0;
}

// MARK: Files

unsigned bgsh_device_major(uint64_t device) { return major(device); }
unsigned bgsh_device_minor(uint64_t device) { return minor(device); }

int bgsh_punch_hole(int file, int64_t offset, int64_t length) {
  return fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, length);
}

int64_t bgsh_next_data(int file, int64_t offset) { return lseek(file, offset, SEEK_DATA); }

int64_t bgsh_next_hole(int file, int64_t offset) { return lseek(file, offset, SEEK_HOLE); }

int bgsh_identify_file(int directory, const char *path, int follows_link, uint64_t *device, uint64_t *number) {
  struct statx information;
  int flags = AT_STATX_DONT_SYNC | (follows_link ? 0 : AT_SYMLINK_NOFOLLOW);
  if (statx(directory, path, flags, STATX_TYPE | STATX_INO, &information) != 0) return -1;
  if (!S_ISREG(information.stx_mode)) {
    errno = EINVAL;
    return -1;
  }
  *device = (uint64_t)information.stx_dev_major << 32 | information.stx_dev_minor;
  *number = information.stx_ino;
  return 0;
}

int bgsh_has_writers(int file) {
  // Who opens the file meanwhile has the kernel send a signal, and this one does nothing by default.
  fcntl(file, F_SETSIG, SIGURG);
  if (fcntl(file, F_SETLEASE, F_RDLCK) != 0) return errno == EAGAIN ? 1 : -1;
  fcntl(file, F_SETLEASE, F_UNLCK);
  return 0;
}

int bgsh_network_file_system(const char *path, const char **name) {
  static const struct {
    unsigned number;
    const char *name;
  } known[] = {
      {0x6969, "NFS"},         {0x517B, "SMB"},          {0xFF534D42, "CIFS"},     {0xFE534D42, "SMB"},
      {0x01021997, "9p"},      {0x5346414F, "AFS"},      {0x6B414653, "AFS"},      {0x00C36400, "Ceph"},
      {0x73757245, "Coda"},    {0x0BD00BD0, "Lustre"},   {0x47504653, "GPFS"},     {0x19830326, "BeeGFS"},
      {0x01161970, "GFS2"},    {0x7461636F, "OCFS2"},    {0x20030528, "OrangeFS"}, {0xAAD7AAEA, "PanFS"},
      {0x61636673, "ACFS"},    {0x564C, "NCP"},          {0x786F4256, "VirtualBox"}, {0xBACBACBC, "VMware"},
      {0x7C7C6673, "Parallels"},
  };
  struct statfs information;
  if (statfs(path, &information) != 0) return -1;
  unsigned number = (unsigned)information.f_type;
  if (number == 0x65735546) return 2;  // FUSE
  for (size_t index = 0; index < sizeof known / sizeof *known; index++) {
    if (known[index].number != number) continue;
    if (name) *name = known[index].name;
    return 1;
  }
  return 0;
}
