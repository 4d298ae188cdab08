// The name and the arguments that this process shows in `ps`: those of a program that it takes the place of. C because the
// old arguments are overwritten where the kernel has no better way, and because a constructor finds them.
#define _GNU_SOURCE
#include "process_name.h"

#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

/// Tells the kernel where the arguments of this process stand that it shows to others; false if it will not be told.
static bool show_arguments(const char *start, const char *end) {
  char text[1024];
  int file = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  ssize_t count = read(file, text, sizeof text - 1);
  close(file);
  if (count <= 0) return false;
  text[count] = 0;
  // The fields are numbered as in proc(5); the third follows the name, which is in parentheses.
  uint64_t fields[52] = {0};
  char *next = strrchr(text, ')');
  for (size_t number = 3; next && number < 52; number++) {
    next = strchr(next + 1, ' ');
    if (next) fields[number] = strtoull(next + 1, NULL, 10);
  }
  struct prctl_mm_map map = {
      .start_code = fields[26], .end_code = fields[27], .start_data = fields[45], .end_data = fields[46],
      .start_brk = fields[47], .brk = (uint64_t)sbrk(0), .start_stack = fields[28],
      .arg_start = (uintptr_t)start, .arg_end = (uintptr_t)end, .env_start = fields[50], .env_end = fields[51],
      .exe_fd = (uint32_t)-1};
  return next && prctl(PR_SET_MM, PR_SET_MM_MAP, &map, sizeof map, 0) == 0;
}

static char *first_argument, *last_argument;

__attribute__((constructor)) static void find_arguments(int count, char **arguments) {
  if (count > 0) (first_argument = arguments[0], last_argument = arguments[count - 1]);
}

/// Where the kernel has no other way, the arguments stand in the place of the old ones, as far as there is room.
void bgsh_rename_process(char *const *words) {
  static char shown[PATH_MAX + 256];
  size_t length = 0;
  prctl(PR_SET_NAME, words[0], 0, 0, 0);
  for (; *words; words++) {
    size_t size = strlen(*words) + 1;
    if (size > sizeof shown - length) break;
    memcpy(shown + length, *words, size);
    length += size;
  }
  if (show_arguments(shown, shown + length) || !first_argument) return;
  size_t room = (size_t)(last_argument - first_argument) + strlen(last_argument);
  memset(first_argument, 0, room);
  memcpy(first_argument, shown, length < room ? length : room);
}
