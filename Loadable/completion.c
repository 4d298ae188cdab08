// Completion is bash's. What only bgsh knows is asked of it first: the flags of
// `&bg`, task references, and what of the line bash would misunderstand.
#include "library.h"

#include <stdlib.h>
#include <string.h>

typedef char **completion_function(const char *text, int start, int end);
typedef char *generator_function(const char *text, int state);

extern completion_function *rl_attempted_completion_function;
extern int rl_attempted_completion_over;
extern char *rl_line_buffer;
extern int bash_readline_initialized;
void initialize_readline(void);
char **rl_completion_matches(const char *text, generator_function *generator);

static completion_function *complete_natively;

/// The candidates that bgsh has named, a line each, and where the next one begins.
static struct text candidates;
static const char *next_candidate;

static char *name_candidate(const char *text, int state) {
  (void)text;
  if (state == 0) next_candidate = candidates.bytes;
  if (!next_candidate || !*next_candidate) return NULL;
  size_t length = strcspn(next_candidate, "\n");
  char *candidate = strndup(next_candidate, length);
  next_candidate += length + (next_candidate[length] == '\n');
  return candidate;
}

/// Lets bash complete while other text of the same length stands before the word.
static char **complete_after(const struct text *shown, const char *text, int start, int end) {
  if (shown->length != (size_t)start) return complete_natively(text, start, end);
  char *before = strndup(rl_line_buffer, (size_t)start);
  if (!before) return complete_natively(text, start, end);
  memcpy(rl_line_buffer, shown->bytes, (size_t)start);
  char **matches = complete_natively(text, start, end);
  memcpy(rl_line_buffer, before, (size_t)start);
  free(before);
  return matches;
}

static char **complete(const char *text, int start, int end) {
  struct text fields = {0};
  static struct text answer;
  char number[16];
  snprintf(number, sizeof number, "%d", start);
  bgsh_add(&fields, number, strlen(number) + 1);
  bgsh_add(&fields, rl_line_buffer, (size_t)end);
  bgsh_add(&fields, "", 1);
  char kind = bgsh_ask('K', &fields, &answer);
  free(fields.bytes);
  switch (kind) {
    case 'A':
      rl_attempted_completion_over = 1;
      bgsh_clear(&candidates);
      bgsh_add(&candidates, answer.bytes ? answer.bytes : "", answer.length);
      if (candidates.is_cut) return complete_natively(text, start, end);
      return rl_completion_matches(text, name_candidate);
    case 'B':
      return complete_after(&answer, text, start, end);
    default:
      return complete_natively(text, start, end);
  }
}

void bgsh_follow_completion(void) {
  if (!bash_readline_initialized) initialize_readline();
  if (rl_attempted_completion_function == complete) return;
  complete_natively = rl_attempted_completion_function;
  rl_attempted_completion_function = complete;
}
