// What the reader asks of bgsh: to show what is due before a prompt, and what to do
// with a text that bash has read or is about to evaluate.
#include "reader.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void bgsh_add_told_variables(struct text *fields) {
#define NAME(name) name,
  static const char *const names[] = {BGSH_TOLD_VARIABLES(NAME)};
#undef NAME
  for (size_t index = 0; index < sizeof names / sizeof *names; index++) {
    const char *value = get_string_value(names[index]);
    if (!value) continue;
    bgsh_add_field(fields, names[index]);
    bgsh_add_field(fields, value);
  }
}

void bgsh_take_turn(void) {
  bgsh_hope_for_news();
  // Readline is ready by now, or is made so as bash would next.
  if (!no_line_editing) bgsh_follow_completion();
  struct text fields = {0}, answer = {0};
  bgsh_add_told_variables(&fields);
  bgsh_ask(bgsh_question_turn, &fields, &answer);
  free(fields.bytes);
  free(answer.bytes);
}

bool bgsh_mentions_tasks(const char *text) { return strstr(text, BGSH_OPERATOR) || strstr(text, BGSH_PREFIX); }

bool bgsh_has_alias_with_operator(void) {
  for (int index = 0; expand_aliases && aliases && index < aliases->bucket_count; index++)
    for (struct hash_entry *entry = aliases->buckets[index]; entry; entry = entry->next)
      if (strstr(((struct alias *)entry->data)->value, BGSH_OPERATOR)) return true;
  return false;
}

bool bgsh_has_aliases(void) { return expand_aliases && aliases && aliases->entry_count > 0; }

/// All aliases, where they matter: one may bring an operator, or what stands around one.
static void add_aliases(struct text *fields, const char *seen) {
  if (!bgsh_mentions_tasks(seen) && !bgsh_has_alias_with_operator()) return;
  struct alias **list = expand_aliases ? all_aliases() : NULL;
  for (size_t index = 0; list && list[index]; index++) {
    bgsh_add_field(fields, list[index]->name);
    bgsh_add_field(fields, list[index]->value);
  }
  free(list);
}

static void add_text(struct text *fields, const char *text, enum bgsh_place place, size_t start, int first_line) {
  char where[] = {(char)place, '\0'}, offset[24], number[16];
  snprintf(offset, sizeof offset, "%zu", start);
  snprintf(number, sizeof number, "%d", first_line);
  bgsh_add_field(fields, where);
  bgsh_add_field(fields, offset);
  bgsh_add_field(fields, number);
  bgsh_add_field(fields, posixly_correct ? "1" : "");
  bgsh_add_field(fields, text);
  add_aliases(fields, text);
}

enum bgsh_answer bgsh_ask_about_evaluation(const char *text, struct text *answer) {
  struct text fields = {0};
  add_text(&fields, text, bgsh_place_evaluated, 0, 1);
  enum bgsh_answer verdict = bgsh_ask(bgsh_question_text, &fields, answer);
  free(fields.bytes);
  return verdict;
}

enum bgsh_answer bgsh_ask_about(const char *seen, enum bgsh_place place, size_t start, int first_line,
                                struct text *answer) {
  /// Whether there is a line of this command that bgsh does not know.
  static bool has_gap;
  struct text fields = {0};
  // A launch that an interrupt has ended is not for the next command.
  if (place != bgsh_place_later) bgsh_forget_launches();
  if (place != bgsh_place_later) has_gap = false;
  add_text(&fields, seen, place, start, first_line);
  enum bgsh_answer verdict = has_gap ? bgsh_answer_none : bgsh_ask(bgsh_question_text, &fields, answer);
  free(fields.bytes);
  has_gap = verdict == bgsh_answer_none;
  if (!has_gap || !strstr(seen, BGSH_OPERATOR)) return verdict;
  // Bash would give the operator a meaning of its own.
  if (!interrupt_state) bgsh_say(STDERR_FILENO, "no answer from this session's bgsh; the line is not run");
  return bgsh_answer_refused;
}
