// The flags of `&bg`, once for all. The scanner finds them, the library hands
// them on, bgsh judges them, help, completions, manual page and README list
// them: all by this table, or compared with it by a test.
#ifndef BGSH_TASK_FLAGS_H
#define BGSH_TASK_FLAGS_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "swift_names.h"

/// `X(CASE, NAME, VALUE, EXAMPLE, OFFERS, SUMMARY)`.
///
/// VALUE is what the value is called, empty for a flag that takes none. EXAMPLE stands in the message where one is missing;
/// OFFERS are completed, with blanks between them.
#define BGSH_TASK_FLAGS(X)                                                                                    \
  X(timeout, "timeout", "DURATION", "5m", "30s 5m 30m 1h", "detach it with this limit")                       \
  X(killAfter, "kill-after", "DURATION", "10s", "5s 30s", "grace before SIGKILL")                             \
  X(name, "name", "NAME", "tests", "", "name of the task")                                                    \
  X(desc, "desc", "TEXT", "'what it is for'", "", "what the task is for")                                     \
  X(quiet, "quiet", "", "", "", "no notification on success")                                                 \
  X(limit, "limit", "SIZE", "64M", "16M 64M 256M 1G", "how much of the output is kept")                       \
  X(split, "split", "", "", "", "keep standard error in a file of its own")                                   \
  X(noInput, "no-input", "", "", "", "standard input reads end of file")                                      \
  X(endWithShell, "end-with-shell", "", "", "", "end it when its shell ends")                                 \
  X(notifyOn, "notify-on", "REGEX", "listening", "", "tell at the first line of output that matches")

enum BGSH_CLOSED_ENUM("TaskFlag") bgsh_task_flag {
#define BGSH_TASK_FLAG_CASE(flag, ...) bgsh_task_flag_##flag BGSH_SWIFT_NAME(#flag),
  BGSH_TASK_FLAGS(BGSH_TASK_FLAG_CASE)
#undef BGSH_TASK_FLAG_CASE
};

enum {
#define BGSH_TASK_FLAG_COUNT(...) +1
  bgsh_task_flag_count = BGSH_TASK_FLAGS(BGSH_TASK_FLAG_COUNT),
#undef BGSH_TASK_FLAG_COUNT
};

struct bgsh_task_flag_words {
  /// Without its dashes.
  const char *_Nonnull name;
  const char *_Nonnull value;
  const char *_Nonnull example;
  const char *_Nonnull offers;
  const char *_Nonnull summary;
};

/// What there is to say about a flag.
static inline struct bgsh_task_flag_words bgsh_words_of_task_flag(enum bgsh_task_flag flag)
    BGSH_SWIFT_NAME("getter:TaskFlag.words(self:)");
static inline struct bgsh_task_flag_words bgsh_words_of_task_flag(enum bgsh_task_flag flag) {
#define BGSH_TASK_FLAG_WORDS(flag, ...) {__VA_ARGS__},
  static const struct bgsh_task_flag_words words[] = {BGSH_TASK_FLAGS(BGSH_TASK_FLAG_WORDS)};
#undef BGSH_TASK_FLAG_WORDS
  return words[flag];
}

static inline bool bgsh_task_flag_takes_value(enum bgsh_task_flag flag)
    BGSH_SWIFT_NAME("getter:TaskFlag.takesValue(self:)");
static inline bool bgsh_task_flag_takes_value(enum bgsh_task_flag flag) {
  return bgsh_words_of_task_flag(flag).value[0] != '\0';
}

/// Finds the flag of a name, which need not end with a NUL; false if there is none.
static inline bool bgsh_find_task_flag(const char *_Nonnull name, size_t length, enum bgsh_task_flag *_Nonnull found) {
  for (int index = 0; index < bgsh_task_flag_count; index++) {
    const char *known = bgsh_words_of_task_flag((enum bgsh_task_flag)index).name;
    if (strlen(known) != length || memcmp(known, name, length) != 0) continue;
    *found = (enum bgsh_task_flag)index;
    return true;
  }
  return false;
}

#endif
