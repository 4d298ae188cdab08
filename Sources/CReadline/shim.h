// C because readline's state is in C globals, which Swift 6 cannot touch.
#ifndef BGSH_CREADLINE_SHIM_H
#define BGSH_CREADLINE_SHIM_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <readline/readline.h>
#include <readline/history.h>

/// Reads from standard input, draws on standard error, as bash does, and leaves signals to the caller.
static inline void bgsh_readline_configure(void) {
  rl_readline_name = "bash";
  rl_instream = stdin;
  rl_outstream = stderr;
  rl_catch_signals = 0;
  rl_catch_sigwinch = 0;
  rl_change_environment = 0;
  history_quotes_inhibit_expansion = 1;
}

/// Puts the cursor behind the last character, wherever on the screen that is, and forgets the line.
static inline void bgsh_readline_abandon_line(void) {
  rl_point = rl_end;
  rl_redisplay();
  rl_free_line_state();
  rl_callback_sigcleanup();
  rl_replace_line("", 1);
  rl_point = rl_mark = 0;
}

static inline void bgsh_history_append(const char *_Nonnull line) { add_history(line); }

#endif
