// The flags of a launch. Which there are bgsh has decided, and what their values
// may be it judges: here the values are only taken from the words that bash has
// made of them.
#include "launch.h"

#include <stdlib.h>
#include <string.h>

bool bgsh_is_given(const struct launch *launch, enum bgsh_task_flag flag) { return launch->flags[flag].bytes; }

static bool ends_value(const struct word_list *words) { return strcmp(words->word->word, BGSH_END_OF_VALUE) == 0; }

/// Takes the words of a flag's value, which must be one, and returns what follows them; NULL if they are not.
static struct word_list *take_value(struct text *place, const char *flag, struct word_list *words) {
  int count = 0;
  for (; words && !ends_value(words); words = words->next)
    if (count++ == 0) bgsh_set(place, words->word->word);
  if (count == 1 && words && words->next) return words->next;
  bgsh_say(BGSH_MESSAGES_DESCRIPTOR, "'--%s' takes one word, and its value has become %s; put it in double quotes", flag,
           count == 0 ? "none" : "several");
  return NULL;
}

/// Takes a flag and the words of its value, and returns what follows them; NULL if they are not one.
static struct word_list *take_flag(struct launch *launch, const char *name, struct word_list *words) {
  size_t length = strcspn(name, BGSH_EXPANDED_MARK);
  enum bgsh_task_flag flag;
  if (!bgsh_find_task_flag(name, length, &flag))
    return strcmp(name, BGSH_DIRECTORY_FLAG) == 0 ? take_value(&launch->directory, name, words) : words;
  launch->is_expanded[flag] = name[length] != '\0';
  if (bgsh_task_flag_takes_value(flag))
    return take_value(&launch->flags[flag], bgsh_words_of_task_flag(flag).name, words);
  bgsh_set(&launch->flags[flag], "");
  return words;
}

bool bgsh_take_flags(struct launch *launch, const char *flags, struct word_list *words) {
  char *names = strdup(flags), *rest = names;
  if (!names) {
    bgsh_say(BGSH_MESSAGES_DESCRIPTOR, "no task can be started: " BGSH_NO_MEMORY);
    return false;
  }
  for (char *name; words && (name = strsep(&rest, " ")) != NULL;) words = take_flag(launch, name, words);
  free(names);
  // The last word is for bash, which leaves it in `$_`. If more are left, a value held the word that ends one.
  if (words && words->next) bgsh_say(BGSH_MESSAGES_DESCRIPTOR, "the value of a flag holds the word '%s'", BGSH_END_OF_VALUE);
  return words && !words->next;
}

const char *bgsh_setting(const char *name) {
  const char *value = get_string_value(name);
  return value ? value : "";
}

static void add_to_judge(struct text *fields, const char *dashes, const char *name, const char *value) {
  bgsh_add_string(fields, dashes);
  bgsh_add_field(fields, name);
  bgsh_add_field(fields, value);
}

/// Lets bgsh judge the values that hold an expansion, and the settings, unless it has just accepted the same. The others it
/// has judged with the line. Where there is no answer the supervisor will judge them.
bool bgsh_are_accepted(const struct launch *launch) {
  static struct text accepted;
  struct text fields = {0}, answer = {0};
  for (size_t index = 0; index < bgsh_task_flag_count; index++)
    if (launch->is_expanded[index])
      add_to_judge(&fields, "--", bgsh_words_of_task_flag(index).name, bgsh_string(&launch->flags[index]));
  const char *limit = bgsh_setting(BGSH_OUTPUT_LIMIT_VARIABLE), *keep = bgsh_setting(BGSH_KEEP_VARIABLE);
  if (*limit && !bgsh_is_given(launch, bgsh_task_flag_limit)) add_to_judge(&fields, "", BGSH_OUTPUT_LIMIT_VARIABLE, limit);
  if (*keep) add_to_judge(&fields, "", BGSH_KEEP_VARIABLE, keep);
  bool is_known = fields.length == accepted.length && memcmp(bgsh_string(&fields), bgsh_string(&accepted), fields.length) == 0;
  enum bgsh_answer verdict =
      fields.length == 0 || is_known ? bgsh_answer_done : bgsh_ask(bgsh_question_check, &fields, &answer);
  if (verdict == bgsh_answer_error) bgsh_say(BGSH_MESSAGES_DESCRIPTOR, "%s", bgsh_string(&answer));
  if (verdict == bgsh_answer_done && !is_known) {
    bgsh_clear(&accepted);
    bgsh_add(&accepted, bgsh_string(&fields), fields.length);
    if (accepted.is_cut) bgsh_clear(&accepted);
  }
  free(fields.bytes);
  free(answer.bytes);
  return verdict != bgsh_answer_error;
}
