// Completion is bash's. What only bgsh knows is asked of it first: the flags of
// `&bg`, task references, and what of the line bash would misunderstand.
#include "library.h"

#include <stdlib.h>
#include <string.h>

#include <readline/readline.h>

static rl_completion_func_t *complete_natively;

/// Adds text as it stands within such quotes, the opening one included: readline does not double that.
static void add_in_quotes(struct text *quoted, const char *text, size_t length, char quote) {
  bgsh_add(quoted, &quote, 1);
  for (const char *end = text + length; text < end; text++) {
    if (quote == '\'' && *text == '\'') bgsh_add_string(quoted, "'\\'");
    // Within double quotes history expansion would take it.
    if (quote == '"' && *text == '!') {
      bgsh_add_string(quoted, "\"\\!\"");
      continue;
    }
    if (quote == '"' && strchr("$`\"\\", *text)) bgsh_add(quoted, "\\", 1);
    bgsh_add(quoted, text, 1);
  }
}

/// A name quoted as it has to be where the completed word stands; NULL without memory.
static char *quote_name(const char *text, size_t length) {
  if (rl_completion_quote_character) {
    struct text quoted = {0};
    add_in_quotes(&quoted, text, length, (char)rl_completion_quote_character);
    if (!quoted.is_cut) return quoted.bytes;
    free(quoted.bytes);
    return NULL;
  }
  char *name = strndup(text, length);
  char *quoted = name ? sh_backslash_quote(name, NULL, 0) : NULL;
  free(name);
  return quoted;
}

/// Closes the open quotes of a name; takes the name over.
static char *close_quote(char *quoted) {
  if (!rl_completion_quote_character) return quoted;
  size_t length = strlen(quoted);
  char *closed = realloc(quoted, length + 2);
  if (!closed) {
    free(quoted);
    return NULL;
  }
  closed[length] = (char)rl_completion_quote_character;
  closed[length + 1] = '\0';
  return closed;
}

/// How much two texts have in common, in bytes of whole characters.
static size_t common_length(const char *one, const char *other, size_t most) {
  size_t length = 0;
  while (length < most && one[length] == other[length]) length++;
  while (length > 0 && length < most && (one[length] & 0xc0) == 0x80) length--;
  return length;
}

/// Makes a list as readline wants it of candidates that stand on a line each: what they have in common comes first.
static char **list_candidates(const char *lines) {
  size_t count = 0;
  for (const char *next = lines; *next; next++) count += *next == '\n';
  char **matches = count ? calloc(count + 2, sizeof *matches) : NULL;
  if (!matches) return NULL;
  size_t common = strcspn(lines, "\n"), filled = 1;
  for (const char *next = lines; *next && filled <= count; next += strcspn(next, "\n") + 1) {
    common = common_length(lines, next, common);
    matches[filled] = quote_name(next, strcspn(next, "\n"));
    if (matches[filled]) filled++;
  }
  matches[0] = quote_name(lines, common);
  if (matches[0] && filled > 1) {
    if (filled > 2) return matches;
    // A single candidate stands in the first place. It needs its closing quote: readline takes a quote at its end for that.
    free(matches[0]);
    matches[0] = close_quote(matches[1]);
    matches[1] = NULL;
    if (matches[0]) return matches;
  }
  for (size_t index = 0; index <= count; index++) free(matches[index]);
  free(matches);
  return NULL;
}

/// Lets bash complete while other text of the same length stands before the word.
static char **complete_after(const struct text *shown, const char *text, int start, int end) {
  if (shown->length > (size_t)start) return complete_natively(text, start, end);
  char *before = strndup(rl_line_buffer, shown->length);
  if (!before) return complete_natively(text, start, end);
  memcpy(rl_line_buffer, shown->bytes, shown->length);
  char **matches = complete_natively(text, start, end);
  memcpy(rl_line_buffer, before, shown->length);
  free(before);
  return matches;
}

static char **complete(const char *text, int start, int end) {
  struct text fields = {0};
  static struct text answer;
  char number[16];
  // Readline lets the word begin behind its quote, bgsh at the quote.
  bool is_quoted = rl_completion_quote_character && start > 0 && rl_line_buffer[start - 1] == rl_completion_quote_character;
  snprintf(number, sizeof number, "%d", is_quoted ? start - 1 : start);
  bgsh_add(&fields, number, strlen(number) + 1);
  bgsh_add(&fields, rl_line_buffer, (size_t)end);
  bgsh_add(&fields, "", 1);
  char *word = rl_filename_dequoting_function
                   ? rl_filename_dequoting_function((char *)text, rl_completion_quote_character)
                   : NULL;
  bgsh_add(&fields, word ? word : text, strlen(word ? word : text) + 1);
  free(word);
  enum bgsh_answer kind = bgsh_ask(bgsh_question_completion, &fields, &answer);
  free(fields.bytes);
  switch (kind) {
    case bgsh_answer_candidates:
      rl_attempted_completion_over = 1;
      return list_candidates(answer.bytes ? answer.bytes : "");
    case bgsh_answer_complete_after:
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
