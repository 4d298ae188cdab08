// BASH_COMMAND, as a DEBUG trap or a prompt's hook sees it: where a task is
// launched it shows the list that was typed, not what bgsh has made of it.
#include "library.h"

#include <stdlib.h>
#include <string.h>

static struct variable *(*get_natively)(struct variable *);

/// The rewritten form of a launch up to the list.
static const char beginning[] = BGSH_LAUNCH_BUILTIN " \"$?\" ";

/// Takes the quotes off a word in place: bash has put all of it in single quotes, `'it'\''s'`. The rest of the text goes.
static bool unquote(char *text) {
  char *end = text;
  for (char *next = text;;) {
    if (*next == '\'') {
      char *close = strchr(++next, '\'');
      if (!close) return false;
      memmove(end, next, (size_t)(close - next));
      end += close - next;
      next = close + 1;
    } else if (next[0] == '\\' && next[1]) {
      *end++ = next[1];
      next += 2;
    } else {
      *end = '\0';
      return next != text;
    }
  }
}

static struct variable *show_list(struct variable *variable) {
  variable = get_natively(variable);
  if (!variable || !variable->value || strncmp(variable->value, beginning, sizeof beginning - 1) != 0) return variable;
  char *list = strdup(variable->value + sizeof beginning - 1);
  if (list && unquote(list)) {
    free(variable->value);
    variable->value = list;
  } else {
    free(list);
  }
  return variable;
}

void bgsh_follow_bash_command(void) {
  struct variable *variable = find_variable("BASH_COMMAND");
  if (!variable || !variable->dynamic_value) return;
  // It has got a value by being looked for.
  free(variable->value);
  variable->value = NULL;
  get_natively = variable->dynamic_value;
  variable->dynamic_value = show_list;
}
