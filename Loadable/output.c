// What a task's own bash does with /dev/stdout and /dev/stderr. They lead to the file that keeps the output, and whoever
// opens that to write from the beginning empties it; on a terminal nothing would be lost. So bash's redirections to them
// append there, in a task. What other programs overwrite the supervisor notices.
#include "library.h"

#include <fcntl.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>

static struct {
  dev_t device;
  ino_t number;
} outputs[2];
static int output_count;

void bgsh_keep_output(void) {
  output_count = 0;
  for (int descriptor = STDOUT_FILENO; descriptor <= STDERR_FILENO; descriptor++) {
    struct stat file;
    if (fstat(descriptor, &file) != 0) continue;
    outputs[output_count].device = file.st_dev;
    outputs[output_count++].number = file.st_ino;
  }
}

static bool is_output(const char *path) {
  struct stat file;
  if (stat(path, &file) != 0) return false;
  for (int index = 0; index < output_count; index++)
    if (file.st_dev == outputs[index].device && file.st_ino == outputs[index].number) return true;
  return false;
}

static int open_for_bash(const char *path, int flags, ...) {
  mode_t mode = 0;
  if (flags & O_CREAT) {
    va_list rest;
    va_start(rest, flags);
    mode = va_arg(rest, mode_t);
    va_end(rest);
  }
  if ((flags & O_TRUNC) && output_count > 0 && is_output(path)) flags = (flags & ~O_TRUNC) | O_APPEND;
  return open(path, flags, mode);
}

void bgsh_follow_redirections(void) { bgsh_replace_function("open", (void *)open_for_bash); }
