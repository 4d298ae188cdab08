// Where the real bash is. A `bash` in PATH may be bgsh, a link to it or a copy:
// such a program would look for bash again, and so on. What is bgsh bears a
// mark, by which its copies and other versions are known too.
#include "invocation.h"

#include <elf.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mark.h"

/// Reads that much from an offset, or nothing.
static bool read_at(int file, void *room, size_t size, uint64_t offset) {
  return pread(file, room, size, (off_t)offset) == (ssize_t)size;
}

/// Whether one of the notes in a segment is the mark.
static bool holds_mark(int file, const ElfW(Phdr) *segment) {
  char notes[4096];
  size_t size = segment->p_filesz < sizeof notes ? segment->p_filesz : sizeof notes;
  if (!read_at(file, notes, size, segment->p_offset)) return false;
  return memmem(notes, size, &bgsh_mark_pattern, sizeof bgsh_mark_pattern) != NULL;
}

static bool bears_mark(const char *path) {
  int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (file < 0) return false;
  enum { most_segments = 64 };
  ElfW(Ehdr) header;
  ElfW(Phdr) segments[most_segments];
  bool is_marked = false;
  if (read_at(file, &header, sizeof header, 0) && memcmp(header.e_ident, ELFMAG, SELFMAG) == 0 &&
      header.e_phentsize == sizeof *segments && header.e_phnum <= most_segments &&
      read_at(file, segments, header.e_phnum * sizeof *segments, header.e_phoff)) {
    for (size_t index = 0; index < header.e_phnum && !is_marked; index++)
      is_marked = segments[index].p_type == PT_NOTE && holds_mark(file, &segments[index]);
  }
  close(file);
  return is_marked;
}

static bool is_bash(const char *path) {
  struct stat information;
  return stat(path, &information) == 0 && S_ISREG(information.st_mode) && access(path, X_OK) == 0 &&
         !bears_mark(path);
}

const char *bgsh_find_bash(void) {
  static char room[PATH_MAX];
  const char *named = getenv("BGSH_SHELL");
  // One that is not there is named all the same: whoever runs it says so.
  if (named && *named && !bears_mark(named)) return named;
  const char *directory = getenv("PATH");
  while (directory) {
    const char *end = strchr(directory, ':');
    int length = end ? (int)(end - directory) : (int)strlen(directory);
    int needed = snprintf(room, sizeof room, "%.*s/bash", length > 0 ? length : 1, length > 0 ? directory : ".");
    if (needed > 0 && (size_t)needed < sizeof room && is_bash(room)) return room;
    directory = end ? end + 1 : NULL;
  }
  static const char *const usual[] = {"/bin/bash", "/usr/bin/bash", "/usr/local/bin/bash"};
  for (size_t index = 0; index < sizeof usual / sizeof *usual; index++)
    if (is_bash(usual[index])) return usual[index];
  return NULL;
}
