// The mark of a program that is bgsh: a note in its file.
#ifndef BGSH_MARK_H
#define BGSH_MARK_H

#include <stdint.h>

/// An ELF note without content; see elf(5).
struct bgsh_mark {
  uint32_t name_size;
  uint32_t content_size;
  uint32_t type;
  char name[8];
};

#define BGSH_MARK {.name_size = 5, .content_size = 0, .type = 1, .name = "bgsh"}

static const struct bgsh_mark bgsh_mark_pattern = BGSH_MARK;

#endif
