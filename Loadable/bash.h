// The parts of bash that the library uses: bash exports its symbols to what it
// loads, but Debian ships its headers apart, for one version. The structures
// are as they have been from bash 5.1 to 5.3.
//
// The parts of readline are declared by its own headers (libreadline-dev). None
// of its code is linked: bash has its own copy, and that is the one that is
// meant.
#ifndef BGSH_BASH_H
#define BGSH_BASH_H

#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

// MARK: Words and builtins

struct word_desc {
  char *word;
  int flags;
};
struct word_list {
  struct word_list *next;
  struct word_desc *word;
};

typedef int builtin_function(struct word_list *);

struct builtin {
  const char *name;
  builtin_function *function;
  int flags;
  char *const *long_documentation;
  const char *short_documentation;
  char *handle;
};
enum { builtin_enabled = 0x01, builtin_special = 0x08 };

extern struct builtin *shell_builtins;
extern int num_shell_builtins;
extern builtin_function *this_shell_builtin;

// MARK: Variables

struct variable {
  char *name;
  char *value;
  char *export_string;
  struct variable *(*dynamic_value)(struct variable *);
  struct variable *(*assign_function)(struct variable *, char *, intmax_t, char *);
  int attributes;
  int context;
};
enum { attribute_exported = 0x01 };

/// Whether BASH_ARGV and BASH_ARGC have the arguments of the shell: from the first use on, and when bash reads a file.
extern int bash_argv_initialized;
extern int debugging_mode;
extern int array_needs_making;
struct variable *find_variable(const char *name);
struct variable *bind_variable(const char *name, char *value, int flags);
int unbind_variable(const char *name);
char *get_string_value(const char *name);

struct array_element;
int array_insert(void *array, intmax_t index, char *value);
struct array_element *array_shift(void *array, int count, int flags);
int array_rshift(void *array, int count, char *value);
void *save_pipestatus_array(void);
/// The elements with a separator between them, from `malloc`.
char *array_to_string(void *array, char *separator, int quoted);
void array_dispose(void *array);
/// Takes the array over.
void restore_pipestatus_array(void *array);

// MARK: Running code

enum { evaluate_unrecorded = 0x004, evaluate_from_line_one = 0x010 };

extern int last_command_exit_value;
/// The signal that ended the last process that was waited for; 0 if it has exited.
extern int last_command_exit_signal;
extern int echo_command_at_execute;
extern int exit_immediately_on_error;
extern int interactive_shell;
/// Whether it is so now: not while it reads a startup file.
extern int interactive;
extern int no_line_editing;
extern int shell_initialized;
extern int echo_input_at_read;
extern int indirection_level;
extern volatile sig_atomic_t interrupt_state;
extern volatile sig_atomic_t terminating_signal;
/// Lets readline act on a signal that bash has caught.
void bashline_set_event_hook(void);
extern int bash_readline_initialized;
void initialize_readline(void);
/// Of command.h: what kind of fork of the shell this is.
enum {
  subshell_background = 0x01,
  subshell_parentheses = 0x02,
  subshell_substitution = 0x04,
  /// For one simple command.
  subshell_simple = 0x08,
  subshell_process = 0x20,
  subshell_coprocess = 0x40,
  /// Bash knows by then whether the simple command is a builtin or function.
  subshell_resets_traps = 0x80,
  /// From 5.2 on.
  subshell_new = 0x100,
};
extern int subshell_environment;
extern int interactive;
extern int login_shell;
extern int job_control;
/// Also sees to the process group of the jobs to come.
int set_job_control(int is_on);
extern int running_in_background;
/// How many texts are being evaluated, one within the other: of `eval`, of traps, of PROMPT_COMMAND, of `-c`.
extern int parse_and_execute_level;
extern int startup_state;
extern int reading_shell_script;
/// What `set -n` sets: commands are read and not run, unless the shell is interactive.
extern int read_but_dont_execute;
extern int posixly_correct;
extern char *shell_name;
extern int want_pending_command;
extern int read_from_stdin;
extern char *command_execution_string;
extern char *dollar_vars[];

/// Runs the code and frees it: it comes from `malloc`.
int evalstring(char *code, const char *name, int flags);
int maybe_execute_file(const char *path, int forces_noninteractive);
/// Expands a text as between double quotes; the caller frees what it becomes.
enum { quoted_doubly = 1 };
char *expand_string_unsplit_to_string(const char *string, int quoted);
int execute_variable_command(const char *command, const char *name);
void set_exit_status(int status);
int set_login_shell(const char *option, int mode);
int change_flag(int flag, int sign);
void set_shellopts(void);
/// Says why the file cannot be used; the reason is in `errno`.
void file_error(const char *path);
int absolute_program(const char *name);
char *find_path_file(const char *name);
void sh_exit(int status) __attribute__((noreturn));
builtin_function enable_builtin;
char *sh_single_quote(const char *text);
char *sh_backslash_quote(char *text, const char *table, int flags);
void *find_function(const char *name);
char *find_user_command(const char *name);
struct builtin *builtin_address_internal(const char *name, int disabled_too);
int reader_loop(void);
void exit_shell(int status) __attribute__((noreturn));

// MARK: Jobs and traps

struct job_statistics {
  long c_childmax;
  int c_living, c_reaped, c_injobs, c_totforked, c_totreaped;
  int j_jobslots, j_lastj, j_firstj, j_njobs, j_ndead, j_current, j_previous;
};
extern struct job_statistics js;
/// The command that bash has printed last, for itself; it forks a subshell right after that.
extern char *the_printed_command;
extern volatile pid_t last_asynchronous_pid;
/// With SIGCHLD blocked; -1 if no job has that process.
int get_job_by_pid(pid_t process, int blocks, void *found);
/// Of jobs.h: DEL_NOBGPID.
enum { delete_without_trace = 2 };
void delete_all_jobs(int only_running);
void delete_job(int job, int flags);
/// Keeps ended jobs in the list, untold, until the other is called. The result is whether they were kept before.
int freeze_jobs_list(void);
void unfreeze_jobs_list(void);

/// Of trap.h.
enum { exit_trap = 0, debug_trap = NSIG, error_trap = NSIG + 1 };
extern char *trap_list[];
int signal_is_trapped(int signal);
/// How often each signal has come whose trap has not been run yet.
extern int pending_traps[];
void queue_sigchld_trap(int count);
void restore_default_signal(int signal);
void set_debug_trap(char *command);
void set_error_trap(char *command);

void begin_unwind_frame(char *name);
void add_unwind_protect(void (*cleanup)(void *), char *argument);
void run_unwind_frame(char *name);

// MARK: Input

typedef int get_function(void);
typedef int unget_function(int);

enum input_type { input_none, input_readline, input_stream, input_string, input_buffered };

struct bash_input {
  enum input_type type;
  char *name;
  union {
    FILE *file;
    char *string;
    int descriptor;
  } location;
  get_function *get;
  unget_function *unget;
};

struct saved_input {
  struct saved_input *next;
  struct bash_input input;
  int line;
  void *buffered_stream;
};

extern struct bash_input bash_input;
extern struct saved_input *stream_list;
extern int default_buffered_input;
extern int current_command_line_count;
extern int line_number;
extern int EOF_Reached;
extern char *current_readline_line;
extern int current_readline_line_index;

/// Where bash jumps to when `exit`, `set -e` or an error ends what it runs.
extern sigjmp_buf top_level;
/// What `$$` is.
extern pid_t dollar_dollar_pid;
/// Of bashjmp.h: DISCARD and EXITPROG.
enum { discard_command = 2, exit_program = 3 };

void with_input_from_stdin(void);
void with_input_from_buffered_stream(int descriptor, char *name);
void *fd_to_buffered_stream(int descriptor);
int move_to_high_fd(int descriptor, int checks, int highest);
int sh_unset_nodelay_mode(int descriptor);
void reset_parser(void);
void top_level_cleanup(void);
void jump_to_top_level(int reason) __attribute__((noreturn));

// MARK: History

extern int remember_on_history;
extern int history_expansion;
extern int history_expansion_inhibited;
extern int hist_verify;
extern int current_command_first_line_saved;
extern int current_command_line_comment;
extern int hist_last_line_added;

struct delimiters {
  char *delimiters;
  int depth;
  int space;
};
extern struct delimiters dstack;

/// Of parser.h: PST_HEREDOC.
enum { in_here_document = 0x020000 };
extern int parser_state;
/// What ends the text that the parser is in, of a substitution; else NUL.
extern int shell_eof_token;

char *pre_process_line(char *line, int prints, int adds);
void maybe_add_history(char *line);

// MARK: Aliases

struct alias {
  char *name;
  char *value;
  char flags;
};
struct hash_entry {
  struct hash_entry *next;
  char *key;
  void *data;
  unsigned hash;
  int times_found;
};
struct hash_table {
  struct hash_entry **buckets;
  int bucket_count;
  int entry_count;
};
extern int expand_aliases;
extern struct hash_table *aliases;
/// A list that ends with NULL, the list itself from `malloc`; NULL if there are none.
struct alias **all_aliases(void);
struct alias *find_alias(const char *name);

#endif
