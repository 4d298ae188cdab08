// The words of a job command that is bash's as well: which are for tasks, and
// which for the jobs and processes that bash knows.
#include "library.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

bool bgsh_is_task(const struct word_list *words) { return words->word->word[0] == '@' && words->word->word[1]; }

bool bgsh_is_flag(const struct word_list *words) {
  const char *word = words->word->word;
  return word[0] == '-' && word[1] == '-' && word[2] && strcmp(word, "--help") != 0;
}

/// The options of `wait` that bash knows, in one word.
static bool is_for_native_wait(const char *word) { return word[1] && !word[1 + strspn(word + 1, "fnp")]; }

static bool takes_value(const char *command, const char *word) {
  bool is_native = strcmp(command, "wait") == 0 && is_for_native_wait(word);
  return is_native ? word[strlen(word) - 1] == 'p' : bgsh_job_option_takes_value(command, word);
}

struct word_list *bgsh_put_before(struct arguments *arguments, struct word_desc *word, struct word_list *list) {
  struct word_list *node = &arguments->nodes[arguments->count++];
  *node = (struct word_list){list, word};
  return node;
}

/// A list that words are added to at its end.
struct growing {
  struct word_list **end;
};

static void add(struct arguments *arguments, struct growing *list, struct word_desc *word) {
  *list->end = bgsh_put_before(arguments, word, NULL);
  list->end = &(*list->end)->next;
}

static char frame[] = "bgsh-arguments";

static void see_wait_option(struct arguments *arguments, const struct word_list *words) {
  const char *word = words->word->word;
  arguments->is_for_any |= strchr(word, 'n') != NULL;
  arguments->is_forced |= strchr(word, 'f') != NULL;
  if (takes_value("wait", word) && words->next) arguments->variable = words->next->word->word;
}

struct arguments *bgsh_sort_arguments(const char *command, struct word_list *words) {
  // Each word is in two lists at most; `wait` makes one more, with some words of its own.
  size_t most = 8;
  for (struct word_list *next = words; next; next = next->next) most += 3;
  struct arguments *arguments = calloc(1, sizeof *arguments + most * sizeof *arguments->nodes);
  if (!arguments) return NULL;
  struct growing for_tasks = {&arguments->without_others}, for_others = {&arguments->without_tasks},
                 operands = {&arguments->operands};
  bool is_wait = strcmp(command, "wait") == 0, is_kill = strcmp(command, "kill") == 0;
  bool has_signal = false, may_be_option = true, is_ended = false;
  for (; words; words = words->next) {
    const char *word = words->word->word;
    bool is_option = word[0] == '-' && word[1] && !is_ended && (may_be_option || bgsh_is_flag(words));
    // After its signal `kill` takes a number with a minus for a process group.
    if (is_option && !(is_kill && has_signal && word[1] != '-')) {
      is_ended = strcmp(word, "--") == 0;
      may_be_option = !is_ended;
      arguments->has_flag |= bgsh_is_flag(words);
      has_signal |= word[1] != '-';
      bool is_native = is_wait && is_for_native_wait(word);
      if (is_native) see_wait_option(arguments, words);
      add(arguments, &for_others, words->word);
      if (!is_native) add(arguments, &for_tasks, words->word);
      if (!takes_value(command, word) || !words->next) continue;
      words = words->next;
      add(arguments, &for_others, words->word);
      if (!is_native) add(arguments, &for_tasks, words->word);
      continue;
    }
    may_be_option = false;
    bool is_task = bgsh_is_task(words);
    *(is_task ? &arguments->has_task : &arguments->has_other) = true;
    add(arguments, is_task ? &for_tasks : &for_others, words->word);
    add(arguments, &operands, words->word);
  }
  if (arguments->is_for_any) {
    // What bash calls `-n`; before all others, as `--` may be among them.
    static char any[] = "--any";
    static struct word_desc word = {any, 0};
    arguments->without_others = bgsh_put_before(arguments, &word, arguments->without_others);
  }
  begin_unwind_frame(frame);
  add_unwind_protect(free, (char *)arguments);
  return arguments;
}

void bgsh_end_arguments(void) { run_unwind_frame(frame); }
