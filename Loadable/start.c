// `__bgsh_start KEY=VALUE...`: makes a bash the shell of a session. What it is
// told stands in start_settings.h.
#include "library.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct session bgsh_session = {.socket_name = "", .calls_name = "", .run_path = "", .output_path = "", .state_path = "",
                               .identifier = "", .control_program = "", .task_input = "/dev/null", .refusal = ""};
struct source bgsh_source = {.kind = "", .descriptor = "", .script = "", .verbose = ""};
char *const bgsh_documentation[] = {"Of bgsh's own use.", NULL};

/// What only the start needs to know.
struct start {
  const char *library;
  const char *startup;
  const char *startup_file;
  const char *profiles;
  const char *settings;
  const char *words;
  const char *posix;
  const char *descriptor;
};

/// Where the value of a setting goes.
struct place {
  const char **value;
  /// Whether it has to live as long as bash does; the others are gone when the start is over.
  bool lasts;
};

/// Takes a setting; `places` has one of each.
static bool take(const struct place places[], size_t count, const char *word) {
  const char *equals = strchr(word, '=');
  for (size_t index = 0; equals && index < count; index++) {
    const char *key = bgsh_start_key((enum bgsh_start_setting)index);
    if (strlen(key) != (size_t)(equals - word) || strncmp(key, word, equals - word) != 0) continue;
    *places[index].value = places[index].lasts ? strdup(equals + 1) : equals + 1;
    return *places[index].value != NULL;
  }
  return false;
}

static void say_no_memory(const char *what) { bgsh_say(STDERR_FILENO, "no memory for %s", what); }

static void evaluate(const char *code, const char *name) {
  char *copy = strdup(code);
  if (!copy) return say_no_memory(name);
  evalstring(copy, name, evaluate_unrecorded);
}

// MARK: Startup files

/// The variables that show the call stack. The file that calls the library is taken off them while the user's files are
/// read.
static const char *const stack_variables[] = {"BASH_SOURCE", "FUNCNAME", "BASH_LINENO"};

static int caller_line;

static void hide_caller(void) {
  caller_line = line_number;
  line_number = 0;
  for (size_t index = 0; index < 3; index++) {
    struct variable *variable = find_variable(stack_variables[index]);
    if (variable && variable->value) array_shift(variable->value, 1, 1);
  }
}

static void show_caller(void) {
  line_number = caller_line;
  char empty[] = "", number[] = "0";
  for (size_t index = 0; index < 3; index++) {
    struct variable *variable = find_variable(stack_variables[index]);
    if (variable && variable->value) array_rshift(variable->value, 1, index == 2 ? number : empty);
  }
}

/// What `ENV` names, which may hold variables.
static void read_environment_file(const char *value) {
  char *file = value && *value ? expand_string_unsplit_to_string(value, quoted_doubly) : NULL;
  if (file && *file) maybe_execute_file(file, 1);
  free(file);
}

static void read_profiles(const struct start *start, bool has_own_names) {
  login_shell = 1;
  set_login_shell("login_shell", 1);
  if (!*start->profiles) return;
  maybe_execute_file("/etc/profile", 1);
  if (has_own_names && maybe_execute_file("~/.bash_profile", 1) != 0) return;
  if (has_own_names && maybe_execute_file("~/.bash_login", 1) != 0) return;
  maybe_execute_file("~/.profile", 1);
}

/// Reads the files that bash would have read by itself, in its order.
static void read_startup_files(const struct start *start) {
  if (strcmp(start->startup, BGSH_STARTUP_INTERACTIVE) == 0) {
    maybe_execute_file(start->startup_file, 1);
  } else if (strcmp(start->startup, BGSH_STARTUP_LOGIN) == 0) {
    read_profiles(start, true);
  } else if (strcmp(start->startup, BGSH_STARTUP_SH_LOGIN) == 0) {
    read_profiles(start, false);
    read_environment_file(get_string_value("ENV"));
  } else if (strcmp(start->startup, BGSH_STARTUP_POSIX) == 0) {
    read_environment_file(start->startup_file);
  }
}

/// Leaves posix mode, which was only a means to be called, with what bash has set because of it.
static void leave_posix_mode(void) {
  evaluate("\\builtin set +o posix; \\builtin shopt -u inherit_errexit", "bgsh");
  struct variable *history = find_variable("HISTFILE"), *mail = find_variable("MAILCHECK");
  if (history && !(history->attributes & attribute_exported)) {
    struct text path = {0};
    const char *home = get_string_value("HOME");
    bgsh_add_string(&path, home ? home : "");
    bgsh_add_string(&path, "/.bash_history");
    if (!path.is_cut) bind_variable("HISTFILE", path.bytes, 0);
    free(path.bytes);
  }
  char often[] = "60";
  if (mail && !(mail->attributes & attribute_exported)) bind_variable("MAILCHECK", often, 0);
}

static void run_prompt_command(void) {
  struct variable *command = find_variable("PROMPT_COMMAND");
  if (command && command->value) execute_variable_command(command->value, "PROMPT_COMMAND");
}

// MARK: Variables

static struct variable *count_running(struct variable *variable) {
  // A fork does not ask: the answer would be for its parent.
  if (getpid() != bgsh_session.shell) return variable;
  struct text fields = {0}, answer = {0};
  if (bgsh_ask(bgsh_question_running, &fields, &answer) == bgsh_answer_done && answer.bytes) {
    char *count = strdup(answer.bytes);
    if (count) {
      free(variable->value);
      variable->value = count;
    }
  }
  free(answer.bytes);
  return variable;
}

static void make_variables(bool is_fed) {
  char zero[] = "0";
  struct variable *running = bind_variable(BGSH_RUNNING_VARIABLE, zero, 0);
  if (running && is_fed) running->dynamic_value = count_running;
}

// MARK: Words

static bool has_meaning(const char *word) {
  if (find_alias(word) || find_function(word) || builtin_address_internal(word, 1)) return true;
  char *path = find_user_command(word);
  bool is_found = path != NULL;
  free(path);
  return is_found;
}

/// The job commands that give way to what the user already has. They are enabled without running a command, which a
/// DEBUG trap would see.
static void enable_words(const struct start *start) {
  enum { most_words = 32 };
  char *words = strdup(start->words), *library = strdup(start->library), *rest = words, option[] = "-f";
  struct word_desc descriptions[most_words] = {{option, 0}, {library, 0}};
  size_t count = 2;
  for (char *word; words && count < most_words && (word = strsep(&rest, ",")) != NULL;)
    if (*word && !has_meaning(word)) descriptions[count++].word = word;
  struct word_list list[most_words];
  for (size_t index = 0; index < count; index++)
    list[index] = (struct word_list){index + 1 < count ? &list[index + 1] : NULL, &descriptions[index]};
  if (!words || !library) say_no_memory("the job commands");
  if (library && count > 2) enable_builtin(list);
  free(library);
  free(words);
}

// MARK: Starting

static struct {
  int traces;
} quiet;

/// `__bgsh_quiet`: stops `set -x` until the user's files are read. The redirection of the group around it hides the call.
static int be_quiet(struct word_list *words) {
  (void)words;
  quiet.traces = echo_command_at_execute;
  echo_command_at_execute = 0;
  return 0;
}

/// Hides the commands that bring bash from the startup files to its source; `bgsh_end_quiet` puts back what the user's files
/// have set.
static void be_quiet_again(void) {
  be_quiet(NULL);
  if (echo_input_at_read) bgsh_source.verbose = "1";
  echo_input_at_read = 0;
}

void bgsh_end_quiet(void) { echo_command_at_execute = quiet.traces; }

static int start_session(struct word_list *words) {
  struct start start = {.library = "", .startup = "", .startup_file = "", .profiles = "", .settings = "",
                        .words = "", .posix = "", .descriptor = ""};
  const struct place places[] = {
      [bgsh_start_socket] = {&bgsh_session.socket_name, true},
      [bgsh_start_calls] = {&bgsh_session.calls_name, true},
      [bgsh_start_run] = {&bgsh_session.run_path, true},
      [bgsh_start_output] = {&bgsh_session.output_path, true},
      [bgsh_start_state] = {&bgsh_session.state_path, true},
      [bgsh_start_session] = {&bgsh_session.identifier, true},
      [bgsh_start_library] = {&start.library, false},
      [bgsh_start_control] = {&bgsh_session.control_program, true},
      [bgsh_start_input] = {&bgsh_session.task_input, true},
      [bgsh_start_refusal] = {&bgsh_session.refusal, true},
      [bgsh_start_reader] = {&bgsh_source.kind, true},
      [bgsh_start_text] = {&bgsh_source.descriptor, true},
      [bgsh_start_script] = {&bgsh_source.script, true},
      [bgsh_start_verbose] = {&bgsh_source.verbose, true},
      [bgsh_start_startup] = {&start.startup, false},
      [bgsh_start_startupFile] = {&start.startup_file, false},
      [bgsh_start_profiles] = {&start.profiles, false},
      [bgsh_start_posix] = {&start.posix, false},
      [bgsh_start_settings] = {&start.settings, false},
      [bgsh_start_words] = {&start.words, false},
      [bgsh_start_descriptor] = {&start.descriptor, false},
  };
  if (bgsh_session.shell) {
    bgsh_say(STDERR_FILENO, "'__bgsh_start' is not for typing; this shell is a session already");
    return 2;
  }
  for (; words; words = words->next) {
    if (take(places, sizeof places / sizeof *places, words->word->word)) continue;
    say_no_memory("a session");
    return 2;
  }
  // The file with this call in it has been read.
  if (*start.descriptor) close(atoi(start.descriptor));
  bgsh_session.shell = getpid();
  bool is_fed = strcmp(bgsh_source.kind, BGSH_READER_TERMINAL) == 0;
  make_variables(is_fed);
  bgsh_extend_job_commands();
  bgsh_follow_bash_command();
  bgsh_follow_pipelines();
  bgsh_session.follows_forks = bgsh_follow_forks();
  if (!bgsh_session.follows_forks && !*bgsh_session.refusal)
    bgsh_session.refusal = "this bash is not linked as others are; let BGSH_SHELL name another";
  bgsh_follow_evaluation();
  bgsh_follow_redirections();
  if (*start.startup || is_fed) {
    if (strcmp(start.posix, BGSH_POSIX_OFF) == 0) leave_posix_mode();
    hide_caller();
    // Tracing and echoing were kept back until here, so that nothing of the start shows.
    echo_command_at_execute = quiet.traces;
    if (*bgsh_source.verbose) echo_input_at_read = 1;
    indirection_level--;
    read_startup_files(&start);
    indirection_level++;
    show_caller();
    if (!is_fed) be_quiet_again();
  }
  int status = last_command_exit_value;
  if (*start.settings) evaluate(start.settings, "bgshrc");
  if (is_fed) {
    bgsh_follow_reader();
    bgsh_follow_keys();
  }
  enable_words(&start);
  // Its own value was replaced to call the library, and bash would run it before its first prompt.
  if (strcmp(start.startup, BGSH_STARTUP_PROMPT) == 0) run_prompt_command();
  return status;
}

BGSH_BUILTIN(__bgsh_quiet, be_quiet, 0);
BGSH_BUILTIN(__bgsh_start, start_session, 0);
