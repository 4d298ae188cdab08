#include "plain_command.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "invocation.h"
#include "exit_statuses.h"
#include "job_commands.h"
#include "launches.h"
#include "mark.h"

/// By this no bgsh takes another one for bash.
__attribute__((used, retain, aligned(4), section(".note.bgsh"))) static const struct bgsh_mark mark = BGSH_MARK;

int bgsh_may_concern_tasks(const char *source, size_t length) {
  for (size_t index = 0; index < length; index++) {
    if (source[index] == '@') return 1;
    if (index + 2 >= length) continue;
    if (memcmp(source + index, BGSH_OPERATOR, 3) == 0 || memcmp(source + index, "--t", 3) == 0) return 1;
  }
  return 0;
}

static void become_bash(const struct bgsh_command_line *line, char **environment) {
  const char *bash = bgsh_find_bash();
  if (bash) execve(bash, line->plain_words, environment);
}

// MARK: Without /proc

/// Whether the operator stands in the file, or may.
static bool file_holds_operator(const char *path) {
  FILE *file = fopen(path, "re");
  // Bash says what is wrong with it.
  if (!file) return false;
  static const char word[] = BGSH_OPERATOR;
  size_t matched = 0;
  int byte;
  while (matched < 3 && (byte = getc(file)) != EOF) matched = byte == word[matched] ? matched + 1 : byte == word[0];
  fclose(file);
  return matched == 3;
}

/// Whether bash alone would do something else than was meant.
static bool needs_tasks(const struct bgsh_command_line *line) {
  switch (line->source) {
    case bgsh_source_command: return line->text && strstr(line->text, BGSH_OPERATOR);
    case bgsh_source_script: return line->text && file_holds_operator(line->text);
    case bgsh_source_input: return false;
  }
  return false;
}

static bool is_job_command(int count, char **words, const struct bgsh_command_line *line) {
  return count >= 2 && !line->is_called_bash && bgsh_find_job_command(words[1]);
}

/// Neither Swift's runtime nor a supervisor can do without /proc; bash can.
static void do_without_proc(int count, char **words, const struct bgsh_command_line *line, char **environment) {
  bool is_about_tasks = is_job_command(count, words, line);
  if (line->complaint != bgsh_no_complaint || is_about_tasks || needs_tasks(line)) {
    fputs("bgsh: nothing is run: there is no /proc, without which there are no tasks; mount it\n", stderr);
    _exit(is_about_tasks ? BGSH_STATUS_FAILED : BGSH_STATUS_NOT_FOUND);
  }
  fputs("bgsh: there is no /proc, this is plain bash; mount it to have tasks\n", stderr);
  become_bash(line, environment);
  fputs("bgsh: there is no bash in PATH; install it, or name one with BGSH_SHELL\n", stderr);
  _exit(BGSH_STATUS_NOT_FOUND);
}

/// Returns only where there is more to do than to become bash, or where that cannot be done.
__attribute__((constructor(101))) static void begin(int count, char **words, char **environment) {
  struct bgsh_command_line line = bgsh_read_command_line(count, words, NULL, NULL);
  bool is_plain = line.complaint == bgsh_no_complaint && line.source == bgsh_source_command && line.text &&
                  !line.asks_for_help && !line.asks_for_version &&
                  !bgsh_may_concern_tasks(line.text, strlen(line.text));
  if (is_plain) become_bash(&line, environment);
  if (access("/proc/self/stat", F_OK) != 0) do_without_proc(count, words, &line, environment);
}
