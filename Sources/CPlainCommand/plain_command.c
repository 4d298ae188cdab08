#include "plain_command.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int bgsh_may_concern_tasks(const char *source, size_t length) {
  for (size_t index = 0; index < length; index++) {
    if (source[index] == '@') return 1;
    if (index + 2 >= length) continue;
    if (memcmp(source + index, "&bg", 3) == 0 || memcmp(source + index, "--t", 3) == 0) return 1;
  }
  return 0;
}

/// The bash that a session would use, or NULL where Swift had better look and complain.
static const char *find_bash(char *room, size_t size) {
  const char *named = getenv("BGSH_SHELL");
  if (named && *named) return named;
  const char *directory = getenv("PATH");
  while (directory) {
    const char *end = strchr(directory, ':');
    int length = end ? (int)(end - directory) : (int)strlen(directory);
    int needed = snprintf(room, size, "%.*s/bash", length > 0 ? length : 1, length > 0 ? directory : ".");
    if (needed > 0 && (size_t)needed < size && access(room, X_OK) == 0) return room;
    directory = end ? end + 1 : NULL;
  }
  return NULL;
}

/// Returns only where the command is none of the plain ones, or cannot be run.
__attribute__((constructor(101))) static void become_bash(int count, char **words, char **environment) {
  if (count < 3 || words[0][0] == '-' || strcmp(words[1], "-c") != 0) return;
  char first = words[2][0];
  if (first == '-' || first == '+' || bgsh_may_concern_tasks(words[2], strlen(words[2]))) return;
  char room[PATH_MAX];
  const char *bash = find_bash(room, sizeof room);
  if (!bash) return;
  char *name = words[0];
  words[0] = "bash";
  execve(bash, words, environment);
  words[0] = name;
}
