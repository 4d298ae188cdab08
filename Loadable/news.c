// Tells at once, above the line that is being edited: while readline waits for
// a key, a question to bgsh is open that is answered when there is something to
// tell. Then the line is cleared, bgsh writes in its place, and readline draws
// it again below. Keys are read by readline only, hence none is lost.
#include "library.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// Readline's headers first want stdio.h, which bash.h brings.
#include <readline/readline.h>

/// What `set -b` sets.
extern int asynchronous_notification;

/// Whether bgsh does not understand the question, or has gone: it is not asked again before the next prompt.
static bool is_deaf;

void bgsh_hope_for_news(void) { is_deaf = false; }

/// Whether readline itself has something on the screen below the line: a question about completions, or a part of them.
static bool is_line_in_place(void) { return RL_ISSTATE(RL_STATE_TERMPREPPED) && !RL_ISSTATE(RL_STATE_COMPLETING); }

bool bgsh_tells_at_once(void) {
  if (is_deaf || getpid() != bgsh_session.shell || !*bgsh_session.socket_name) return false;
  const char *notify = get_string_value(BGSH_NOTIFY_VARIABLE);
  bool is_wanted = notify && *notify ? strcmp(notify, BGSH_NOTIFY_NOW) == 0 ||
                                           (asynchronous_notification && strcmp(notify, BGSH_NOTIFY_OFF) != 0)
                                     : asynchronous_notification != 0;
  return is_wanted && is_line_in_place();
}

static uint32_t serial;

int bgsh_ask_for_news(void) {
  struct text nothing = {0};
  int descriptor = bgsh_pose(bgsh_question_news, &nothing, &serial);
  is_deaf = descriptor < 0;
  return descriptor;
}

void bgsh_hear_news(int descriptor) {
  struct text answer = {0};
  is_deaf = bgsh_hear(descriptor, serial, &answer) != bgsh_answer_done;
  free(answer.bytes);
  if (!is_deaf) bgsh_tell_above_line();
}

// MARK: The screen

/// What of a prompt readline writes once, and does not count to the line: all but its last line. How many bytes that are.
static size_t length_of_prefix(const char *prompt) {
  const char *last = prompt ? strrchr(prompt, '\n') : NULL;
  return last ? (size_t)(last + 1 - prompt) : 0;
}

/// The sequence that begins here and takes no room on the screen; 0 if there is none.
static size_t length_of_sequence(const char *text, size_t length) {
  if (text[0] == RL_PROMPT_START_IGNORE) {
    const char *end = memchr(text, RL_PROMPT_END_IGNORE, length);
    return end ? (size_t)(end + 1 - text) : length;
  }
  // One that the user has forgotten to mark.
  if (text[0] != '\033' || length < 2) return (unsigned char)text[0] < ' ' && text[0] != '\t' ? 1 : 0;
  size_t index = 2;
  if (text[1] == '[') {
    while (index < length && ((unsigned char)text[index] < '@' || (unsigned char)text[index] > '~')) index++;
    return index < length ? index + 1 : length;
  }
  if (text[1] != ']') return 2;
  while (index < length && text[index] != '\a' && text[index] != '\033') index++;
  return index < length ? index + (text[index] == '\a' ? 1 : 2) : length;
}

/// How many rows of the screen the prefix takes.
static int rows_of_prefix(const char *prefix, size_t length, int columns) {
  int rows = 0, column = 0;
  for (size_t index = 0; index < length;) {
    if (prefix[index] == '\n') {
      rows++;
      column = 0;
      index++;
      continue;
    }
    if (prefix[index] == '\r') column = 0;
    size_t size = length_of_sequence(prefix + index, length - index);
    if (size > 0) {
      index += size;
      continue;
    }
    int width;
    size = bgsh_take_character(prefix + index, length - index, &width);
    if (prefix[index] == '\t') width = 8 - column % 8;
    // What does not fit goes to the next row.
    if (column + width > columns) {
      rows++;
      column = 0;
    }
    column += width;
    index += size;
  }
  return rows;
}

/// Writes the prefix as readline does: without the marks of what takes no room.
static void write_prefix(const char *prefix, size_t length) {
  for (size_t index = 0; index < length; index++)
    if (prefix[index] != RL_PROMPT_START_IGNORE && prefix[index] != RL_PROMPT_END_IGNORE) putc(prefix[index], rl_outstream);
}

static int put(int character) { return putc(character, rl_outstream); }

extern int tputs(const char *string, int lines, int (*put)(int));

/// Clears the line, and the lines of the prompt above it. False on a terminal that cannot.
static bool clear_line(size_t prefix) {
  char up_name[] = "up", clear_name[] = "ce";
  const char *up = rl_get_termcap(up_name), *clear = rl_get_termcap(clear_name);
  if (!up || !*up || !clear || !*clear) return false;
  int rows, columns;
  rl_get_screen_size(&rows, &columns);
  rl_clear_visible_line();
  for (int left = rows_of_prefix(rl_prompt, prefix, columns); left > 0; left--) {
    tputs(up, 1, put);
    tputs(clear, 1, put);
  }
  return true;
}

void bgsh_tell_above_line(void) {
  // A search or a number shows a prompt of its own, behind what stands above the line.
  size_t prefix = length_of_prefix(rl_prompt);
  bool has_other_prompt = rl_display_prompt != rl_prompt;
  if (!clear_line(prefix)) rl_crlf();
  fflush(rl_outstream);
  struct text fields = {0}, answer = {0};
  bgsh_add_told_variables(&fields);
  bgsh_ask(bgsh_question_tell, &fields, &answer);
  free(fields.bytes);
  free(answer.bytes);
  if (has_other_prompt) write_prefix(rl_prompt, prefix);
  rl_forced_update_display();
  fflush(rl_outstream);
}
