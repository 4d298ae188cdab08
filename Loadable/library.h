// What the files of the library share.
#ifndef BGSH_LIBRARY_H
#define BGSH_LIBRARY_H

#include "bash.h"
#include "calls.h"
#include "descriptors.h"
#include "exit_statuses.h"
#include "job_commands.h"
#include "launches.h"
#include "questions.h"
#include "session_files.h"
#include "start_settings.h"
#include "task_flags.h"
#include "variables.h"

#include <stdint.h>
#include <sys/types.h>

/// What bgsh has said about the session, as `__bgsh_start` was told. The strings live as long as bash.
struct session {
  /// The shell itself, not a fork of it.
  pid_t shell;
  /// Where bgsh listens: a name in the abstract namespace.
  const char *socket_name;
  /// The directories of the session and of what tasks write.
  const char *run_path;
  const char *output_path;
  /// The state directory, and the session's name in it.
  const char *state_path;
  const char *identifier;
  /// The program behind the job commands.
  const char *control_program;
  /// What a task finds on its standard input.
  const char *task_input;
  /// Where calls come from, in a shell that a program uses: a name in the abstract namespace.
  const char *calls_name;
  /// Why no task can be started; empty if nothing speaks against it.
  const char *refusal;
  /// Whether bash's forks are made by the library.
  bool follows_forks;
};
extern struct session bgsh_session;

/// What a shell reads that nobody types into, as `__bgsh_start` was told. The strings live as long as bash.
struct source {
  /// BGSH_READER_...; empty where nothing is to be looked at.
  const char *kind;
  /// The descriptor of the file that holds the text of `-c`.
  const char *descriptor;
  /// The name of the script, as it was given.
  const char *script;
  /// Not empty if bash is to echo what it reads.
  const char *verbose;
};
extern struct source bgsh_source;

/// A piece of text that grows. Where there are bytes, a NUL follows the text.
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
/// Adds the string with its NUL.
void bgsh_add_field(struct text *text, const char *string);
/// Has the text be the string. There are bytes then, also of an empty one, unless there is no memory.
void bgsh_set(struct text *text, const char *string);
/// The text, also where there is none: empty then.
const char *bgsh_string(const struct text *text);
void bgsh_clear(struct text *text);

/// How many columns the terminal has; 0 where there is none.
int bgsh_columns_of(int descriptor);
/// How many bytes the first character has, and how many columns it takes.
size_t bgsh_take_character(const char *text, size_t length, int *columns);
int bgsh_width_of(const char *text);
/// Adds a string; without its middle where it is wider than so many columns.
void bgsh_add_without_middle(struct text *text, const char *string, int columns);

/// Writes what can be written.
void bgsh_write(int descriptor, const char *bytes, size_t count);
/// Says `bgsh: message` on the descriptor.
void bgsh_say(int descriptor, const char *format, ...) __attribute__((format(printf, 2, 3)));

/// Moves a descriptor, to be closed on exec, away from the small numbers that scripts use.
int bgsh_move_up(int descriptor);
/// Connects to the socket of that name in a directory, if a process of the same user listens there; else -1.
int bgsh_connect_in(const char *directory, const char *name);

/// Sends a message, whose length stands in `payload`, or returns false.
bool bgsh_send_frame(int descriptor, struct bgsh_frame_header header, const struct text *payload);
/// Reads what precedes a message, and what follows it; false where the connection ends before.
bool bgsh_read_frame_header(int descriptor, struct bgsh_frame_header *header);
bool bgsh_read_payload(int descriptor, size_t length, struct text *payload);

/// Connects to a process of the same user by a name in the abstract namespace; -1 if none listens there. The connection
/// does not block.
int bgsh_connect_to_name(const char *name);
/// Waits until such a connection is ready; false where a signal ends the wait.
bool bgsh_await(int descriptor, short event);

/// Asks the bgsh process of the session and waits for its answer.
///
/// Fields end with a NUL each; `answer` is replaced.
enum bgsh_answer bgsh_ask(enum bgsh_question question, const struct text *fields, struct text *answer);

/// The two halves of that. Poses a question; -1, or the connection on which the answer comes.
int bgsh_pose(enum bgsh_question question, const struct text *fields, uint32_t *serial);
/// Waits for the answer to the question of that number, and closes the connection.
enum bgsh_answer bgsh_hear(int descriptor, uint32_t serial, struct text *answer);

/// Lets bgsh see each line before bash parses it. The first one finds `$_` as it is now.
void bgsh_follow_reader(void);
/// Does that again where bash has set up another input meanwhile.
void bgsh_follow_input(void);
/// Puts back what was changed to keep a replaced line out of the history.
void bgsh_reveal_history(void);
/// Lets bgsh see the lines of bash's present input, which nobody types, that can concern tasks. `begin` is called before the
/// first line.
void bgsh_follow_source(void (*begin)(void));
/// Whether bash reads what it parses now by way of bgsh.
bool bgsh_reads_input(void);
/// Whether the body of an alias brings an operator: bash would expand it after bgsh has looked.
bool bgsh_has_alias_with_operator(void);
/// What bgsh says about a text that bash is about to evaluate.
enum bgsh_answer bgsh_ask_about_evaluation(const char *text, struct text *answer);
/// Lets bgsh see the texts that bash evaluates from here on, if they can concern tasks.
void bgsh_follow_evaluation(void);
/// Has bash read this in place of the first line of the text that it is to go on with, unless what has come before may change
/// what that line means: then bgsh is asked.
void bgsh_prepare_first_line(const char *replacement);
/// Lets bash go on with a text, as with what it is given by `-c`.
void bgsh_follow_text(char *text, void (*begin)(void));
/// Ends the hold on a command, if there is one: from here on bash runs again what it reads.
void bgsh_run_again(void);

/// Ends the command string that has called a builtin of the library: bash must neither look ahead in it nor unwind it.
void bgsh_end_command_string(void);

/// Lets bash forget that it began with something of bgsh's own: what is traced and echoed is the user's from here on.
void bgsh_end_quiet(void);

/// Puts the job commands in place of bash's builtins of the same name.
void bgsh_extend_job_commands(void);
/// `wait`, and bash's own.
builtin_function bgsh_wait;
extern builtin_function *bgsh_native_wait;
/// Whether it is the library's function for `jobs`.
bool bgsh_is_jobs_command(builtin_function *function);

/// Lets `jobs` in a pipeline see the jobs that bash's own would.
void bgsh_follow_pipelines(void);
void bgsh_show_jobs_again(void);

/// Puts a list in the place of a launch in BASH_COMMAND.
void bgsh_follow_bash_command(void);

/// The words of a job command: those for bash and those for bgsh, and the options, which both have.
struct arguments {
  bool has_task, has_other;
  /// Whether there is a flag that only bgsh has.
  bool has_flag;
  /// Of `wait`: whether there are `-n` and `-f`, and the variable after `-p`.
  bool is_for_any, is_forced;
  char *variable;
  struct word_list *without_tasks, *without_others;
  /// What is no option.
  struct word_list *operands;
  size_t count;
  struct word_list nodes[];
};
/// Sorts the words; NULL if there is no memory. They last until `bgsh_end_arguments`, or an interrupt.
struct arguments *bgsh_sort_arguments(const char *command, struct word_list *words);
void bgsh_end_arguments(void);
/// Puts a word before a list that lasts as long; there is room for all words and eight more.
struct word_list *bgsh_put_before(struct arguments *arguments, struct word_desc *word, struct word_list *list);
bool bgsh_is_task(const struct word_list *words);
bool bgsh_is_flag(const struct word_list *words);

/// Runs a function of bash's for a builtin, and lets bash believe that this builtin runs: by that it lets a trap end `wait`,
/// for example.
int bgsh_run_natively(builtin_function *function, struct word_list *words);
/// Whether a job command is called as `NAME --help`.
bool bgsh_asks_for_help(const struct word_list *words);
/// Lets bash say what `--help` asks of its own command, and bgsh what it adds. The status is bash's.
int bgsh_say_help(const char *command, builtin_function *native, struct word_list *words);
/// Runs code of bgsh's own, which traces and traps do not see, and frees it. NULL is code that there was no memory for.
int bgsh_evaluate_quietly(char *code, const char *name);

/// A run of the program behind the job commands.
struct program {
  const char *command;
  /// The shell code that runs it.
  struct text code;
  /// Where it reports; -1 where no file could be opened for that.
  int report;
  /// What it has reported: a status, and the last of the tasks that it has seen end.
  bool has_status;
  int status;
  char last_ended[24];
};
/// Adds the words that run a command, each quoted; `report` is -1 or where it reports.
void bgsh_add_program(struct text *code, int report, const char *command, struct word_list *words);
/// Prepares a run, with `input` and a newline as its standard input unless that is NULL.
void bgsh_begin_program(struct program *program, const char *command, struct word_list *words, const char *input);
/// Runs the code, once.
int bgsh_evaluate_program(struct program *program);
/// The status of the job command, where bash says that it is `status`. That the program was killed, or could not be run,
/// is not what became of a task.
int bgsh_judge_program(const struct program *program, int status);
/// Ends a run, and judges it.
int bgsh_end_program(struct program *program, int status);
/// Ends a run whose report counts for nothing, as something else has ended before.
void bgsh_drop_program(void);
/// Runs a job command.
int bgsh_control(const char *command, struct word_list *words);
int bgsh_fail_without_memory(const char *command);
/// The tasks that this very process has launched, `,7,8`; NULL or empty if there are none.
const char *bgsh_launched_tasks(void);
void bgsh_forget_launched_tasks(void);
void bgsh_forget_launched_task(const char *id);

/// Makes bash itself, and no library, call another function in the place of a library's; false where it cannot be done. The
/// replacement calls the original by its name.
bool bgsh_replace_function(const char *name, void *replacement);

/// Keeps redirections of a task's bash from emptying the file with the task's output.
void bgsh_follow_redirections(void);
/// The files that are standard output and standard error of this process are a task's.
void bgsh_keep_output(void);

/// Lets the library make bash's forks; false if that cannot be.
bool bgsh_follow_forks(void);

/// What bash is about to fork.
enum fork_purpose {
  fork_for_bash,
  /// The list of a launch: it begins with `bgsh_begin_task`.
  fork_for_task,
  /// The list of a launch that has failed, of which nothing is to run.
  fork_for_nothing,
};
/// To be asked once for each fork. `status` is what a fork for nothing ends with.
enum fork_purpose bgsh_purpose_of_fork(int *status);
/// Makes a task of the fork, and waits until the supervisor has adopted and recorded it.
void bgsh_begin_task(void);
/// What the shell does with the launch when it has forked the task, or could not.
void bgsh_confirm_task(void);
void bgsh_abandon_task(void);
/// Forgets launches that an interrupt has kept from their forks.
void bgsh_forget_launches(void);

/// Closes in a fork what is the shell's that calls are run by.
void bgsh_leave_calls(void);

/// Whether a status hides a failure of the last pipeline, with the statuses of that; empty if it does not.
bool bgsh_find_hidden_failure(int status, struct text *statuses);
/// Tells the supervisor if it does, of the task that this process is.
void bgsh_tell_hidden_failure(int status);
/// Does that when this process, a task, ends.
void bgsh_follow_end_of_task(void);

/// Adds what the shell's variables say about what is to be shown, and how: BGSH_TOLD_VARIABLES.
void bgsh_add_told_variables(struct text *fields);

/// Whether what happens is to be told while a line is edited, and can be now.
bool bgsh_tells_at_once(void);
/// Asks for something to tell; -1, or a connection that is ready once there is.
int bgsh_ask_for_news(void);
/// Closes such a connection that is ready, and has told what there is.
void bgsh_hear_news(int descriptor);
/// Has bgsh tell what is due above the line that is being edited.
void bgsh_tell_above_line(void);
/// Lets that be tried again where it has failed.
void bgsh_hope_for_news(void);

/// Lets no signal wait for a key.
void bgsh_follow_keys(void);

/// Wraps bash's programmable completion.
void bgsh_follow_completion(void);

#define BGSH_BUILTIN(name, function, flags) \
  struct builtin name##_struct = {#name, function, builtin_enabled | (flags), bgsh_documentation, #name, NULL}
extern char *const bgsh_documentation[];

#endif
