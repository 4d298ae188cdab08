// What the files of the library share.
#ifndef BGSH_LIBRARY_H
#define BGSH_LIBRARY_H

#include "bash.h"

#include <sys/types.h>

/// What bgsh has said about the session, as `__bgsh_start` was told. The strings live as long as bash.
struct session {
  /// The shell itself, not a fork of it.
  pid_t shell;
  /// Where bgsh listens: a name in the abstract namespace.
  const char *socket_name;
  /// The directories of the session and of the tasks.
  const char *run_path;
  const char *tasks_path;
  /// The program behind the job commands.
  const char *control_program;
  /// What a task finds on its standard input.
  const char *task_input;
  /// Why no task can be started; empty if nothing speaks against it.
  const char *refusal;
};
extern struct session bgsh_session;

/// What a shell reads that nobody types into, as `__bgsh_start` was told. The strings live as long as bash.
struct source {
  /// `command`, `script` or `input`; anything else is a terminal.
  const char *kind;
  /// The descriptor of the file that holds the text of `-c`.
  const char *descriptor;
  /// The name of the script, as it was given.
  const char *script;
  /// Not empty if bash is to echo what it reads.
  const char *verbose;
};
extern struct source bgsh_source;

/// A piece of text that grows; NUL-terminated once something was added.
struct text {
  char *bytes;
  size_t length;
  size_t capacity;
  /// Whether there was no memory for what was to be added: the rest is missing, until the text is cleared.
  bool is_cut;
};
/// Makes room for so many bytes more, or returns false.
bool bgsh_make_room(struct text *text, size_t count);
void bgsh_add(struct text *text, const char *bytes, size_t count);
void bgsh_add_string(struct text *text, const char *string);
void bgsh_clear(struct text *text);

/// Writes what can be written.
void bgsh_write(int descriptor, const char *bytes, size_t count);
/// Says `bgsh: message` on the descriptor.
void bgsh_say(int descriptor, const char *format, ...) __attribute__((format(printf, 2, 3)));

/// Moves a descriptor, to be closed on exec, away from the small numbers that scripts use.
int bgsh_move_up(int descriptor);
/// Connects to the socket of that name in a directory, if a process of the same user listens there; else -1.
int bgsh_connect_in(const char *directory, const char *name);
/// Sends everything to a connection, or returns false.
bool bgsh_send(int descriptor, const void *bytes, size_t count);

/// Asks the bgsh process of the session and waits for its answer.
///
/// Fields end with a NUL each. Returns the answer's kind, or 0 if there is no bgsh to answer; `answer` is replaced.
char bgsh_ask(char kind, const struct text *fields, struct text *answer);

/// Lets bgsh see each line before bash parses it. The first one finds `$_` as it is now.
void bgsh_follow_reader(void);
/// Does that again where bash has set up another input meanwhile.
void bgsh_follow_input(void);
/// Puts back what was changed to keep a replaced line out of the history.
void bgsh_reveal_history(void);
/// Lets bgsh see what matters to it of bash's present input, which nobody types. `begin` is called before the first line.
void bgsh_follow_source(void (*begin)(void));
/// Lets bash go on with a text, as with what it is given by `-c`.
void bgsh_follow_text(char *text, void (*begin)(void));
/// Nothing of what bgsh does not understand is run; from here on bash runs again what it reads.
void bgsh_run_again(void);

/// Lets bash forget that it began with something of bgsh's own: what is traced and echoed is the user's from here on.
void bgsh_end_quiet(void);

/// Puts the job commands in place of bash's builtins of the same name.
void bgsh_extend_job_commands(void);
/// The tasks that this very process has launched, `,7,8`; NULL or empty if there are none.
const char *bgsh_launched_tasks(void);
void bgsh_forget_launched_tasks(void);

/// Lets the library make bash's forks; false if this bash has no place where that can be said.
bool bgsh_follow_forks(void);
/// The next fork of bash's is a task, which calls the function before bash does anything with it.
void bgsh_fork_task_next(void (*begin)(void));

/// Lets no signal wait for a key.
void bgsh_follow_keys(void);

/// Wraps bash's programmable completion.
void bgsh_follow_completion(void);

#define BGSH_BUILTIN(name, function, flags) \
  struct builtin name##_struct = {#name, function, builtin_enabled | (flags), bgsh_documentation, #name, NULL}
extern char *const bgsh_documentation[];

#endif
