// Bash's history, where bash is given another line than was typed: it keeps what
// was typed.
#include "reader.h"

#include <stdlib.h>
#include <string.h>

#include <readline/history.h>

/// What has been changed for a replaced line while bash takes it in.
static struct {
  bool is_hidden;
  bool was_counted;
  int first_line_saved;
  int comment_line;
  int line_added;
  int echoes_input;
} hidden;

static int open_quote(void) { return dstack.depth ? dstack.delimiters[dstack.depth - 1] : 0; }

void bgsh_remember(const char *typed) {
  if (!remember_on_history) return;
  if (parser_state & in_here_document) {
    // Bash keeps these lines with their newline, and expands nothing in them.
    struct text body = {0};
    bgsh_add_string(&body, typed);
    bgsh_add_string(&body, "\n");
    current_command_line_count++;
    if (!body.is_cut) maybe_add_history(body.bytes);
    current_command_line_count--;
    free(body.bytes);
    return;
  }
  if (!*typed) return;
  char *copy = strdup(typed);
  if (!copy) return;
  // Bash has counted the line when it does this, and knows whether it is within quotes.
  history_quoting_state = open_quote();
  current_command_line_count++;
  char *expanded = pre_process_line(copy, 1, 1);
  current_command_line_count--;
  history_quoting_state = 0;
  if (expanded != copy) free(expanded);
  free(copy);
}

void bgsh_hide_from_history(bool is_source) {
  // Where there is no history, nothing shows.
  if (is_source && !remember_on_history && !echo_input_at_read) return;
  hidden.is_hidden = true;
  hidden.was_counted = current_command_line_count > 0;
  hidden.first_line_saved = current_command_first_line_saved;
  hidden.comment_line = current_command_line_comment;
  hidden.line_added = hist_last_line_added;
  hidden.echoes_input = echo_input_at_read;
  if (!hidden.was_counted) current_command_line_count = 1;
  current_command_first_line_saved = 0;
  history_expansion_inhibited = 1;
  echo_input_at_read = 0;
}

void bgsh_reveal_history(void) {
  if (!hidden.is_hidden) return;
  hidden.is_hidden = false;
  if (!hidden.was_counted && current_command_line_count > 0) current_command_line_count--;
  current_command_first_line_saved = hidden.first_line_saved;
  current_command_line_comment = hidden.comment_line;
  hist_last_line_added = hidden.line_added;
  history_expansion_inhibited = 0;
  if (hidden.echoes_input) echo_input_at_read = hidden.echoes_input;
}

enum expansion bgsh_expand_history(struct text *typed) {
  const char signs[] = {history_expansion_char, history_subst_char, '\0'};
  if (!remember_on_history || !history_expansion || history_expansion_inhibited || !strpbrk(typed->bytes, signs))
    return expansion_none;
  if (open_quote() == '\'' || parser_state & in_here_document) return expansion_none;
  history_quoting_state = open_quote() == '"' ? '"' : 0;
  char *expanded = NULL;
  int result = history_expand(typed->bytes, &expanded);
  history_quoting_state = 0;
  enum expansion kind = result == 0 ? expansion_none : result == 1 && !hist_verify ? expansion_made : expansion_native;
  if (kind == expansion_made) {
    bgsh_clear(typed);
    bgsh_add_string(typed, expanded);
  }
  free(expanded);
  return kind;
}
