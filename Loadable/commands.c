// The job commands inside the shell. What is no task stays bash's: every option
// and meaning of jobs, fg, wait and kill.
#include "library.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/// Bash's own functions.
static builtin_function *jobs_builtin, *fg_builtin, *wait_builtin, *kill_builtin, *set_builtin, *shopt_builtin;

/// Runs one of them as the builtin that is running: bash compares, to let a trap end `wait`, or to warn before `exit`.
static int run_natively(builtin_function *function, struct word_list *words) {
  this_shell_builtin = function;
  return function(words);
}

static void add_word(struct text *code, const char *word) {
  char *quoted = sh_single_quote(word);
  bgsh_add_string(code, " ");
  bgsh_add_string(code, quoted);
  free(quoted);
}

// The program is no command that the user has given: `set -x`, `set -e` and traps do not see it. Bash undoes this also
// where an interrupt ends the program.

/// What is put away meanwhile: bash judges the builtin's status as that of any builtin.
struct quiet {
  int traces, echoes, exits;
  char *debug_trap, *error_trap;
};

static char *take_trap(int number) {
  char *trap = trap_list[number] && signal_is_trapped(number) ? strdup(trap_list[number]) : NULL;
  if (trap) restore_default_signal(number);
  return trap;
}

static void end_quiet(void *state) {
  struct quiet *quiet = state;
  echo_command_at_execute = quiet->traces;
  echo_input_at_read = quiet->echoes;
  exit_immediately_on_error = quiet->exits;
  if (quiet->debug_trap) set_debug_trap(quiet->debug_trap);
  if (quiet->error_trap) set_error_trap(quiet->error_trap);
  free(quiet->debug_trap);
  free(quiet->error_trap);
  free(quiet);
}

/// What a command of bgsh's own returns where it could do nothing: for `wait` and `fg` other numbers are a task's.
static int failure_of(const char *command) {
  return strcmp(command, "wait") == 0 || strcmp(command, "fg") == 0 ? 125 : 1;
}

static int fail_without_memory(const char *command) {
  bgsh_say(STDERR_FILENO, "%s: no memory left; end some programs, or raise 'ulimit -v'", command);
  return failure_of(command);
}

/// Runs code of bgsh's own, which it frees. NULL is code that there was no memory for.
static int evaluate_quietly(char *code, const char *name) {
  struct quiet *quiet = code ? malloc(sizeof *quiet) : NULL;
  if (!quiet) {
    free(code);
    return fail_without_memory(name);
  }
  *quiet = (struct quiet){echo_command_at_execute, echo_input_at_read, exit_immediately_on_error,
                          take_trap(debug_trap), take_trap(error_trap)};
  echo_command_at_execute = echo_input_at_read = exit_immediately_on_error = 0;
  char frame[] = "bgsh";
  begin_unwind_frame(frame);
  add_unwind_protect(end_quiet, (char *)quiet);
  int status = evalstring(code, name, evaluate_unrecorded);
  run_unwind_frame(frame);
  return status;
}

/// Runs code of bgsh's own whose status is the program's. That the program was killed is not what became of a task.
static int run_program(struct text *code, const char *command) {
  if (code->is_cut) {
    free(code->bytes);
    return fail_without_memory(command);
  }
  last_command_exit_signal = 0;
  int status = evaluate_quietly(code->bytes, command);
  switch (last_command_exit_signal) {
    case SIGKILL: case SIGABRT: case SIGSEGV: case SIGBUS: case SIGILL: case SIGTRAP: break;
    default: return status;
  }
  const char *reason = strsignal(last_command_exit_signal);
  bgsh_say(STDERR_FILENO, "%s: it has died: %s; there may be too little memory, see 'ulimit -v'", command, reason);
  return failure_of(command);
}

/// Runs the program behind the job commands as a command of this shell: with its jobs, its signals and its terminal.
static int control(const char *command, struct word_list *words, const char *input) {
  struct text code = {0};
  const char *notify = get_string_value("BGSH_NOTIFY");
  bgsh_add_string(&code, "BGSH_NOTIFY=");
  char *quoted = sh_single_quote(notify ? notify : "");
  bgsh_add_string(&code, quoted);
  free(quoted);
  add_word(&code, bgsh_session.control_program);
  add_word(&code, command);
  for (; words; words = words->next) add_word(&code, words->word->word);
  if (input) {
    bgsh_add_string(&code, " <<<");
    bgsh_add_string(&code, input);
  }
  // In a script a trapped signal ends `wait` at once, and so does this: bash waits for the program as it would for a job.
  bool is_interruptible = !interactive_shell && strcmp(command, "wait") == 0;
  if (!is_interruptible) return run_program(&code, command);
  bgsh_add_string(&code, " & \\builtin wait $!");
  int newest_job = last_asynchronous_pid;
  int status = run_program(&code, command);
  if (status > 128 && last_asynchronous_pid != newest_job) kill(last_asynchronous_pid, SIGTERM);
  last_asynchronous_pid = newest_job;
  return status;
}

/// Whether an argument is a task reference or a flag that only bgsh has. What follows `--`, or `-x` of `jobs`, is another
/// command's.
static bool asks_bgsh(struct word_list *words) {
  for (; words; words = words->next) {
    const char *word = words->word->word;
    if (strcmp(word, "--") == 0 || strcmp(word, "-x") == 0) return false;
    if (word[0] == '@' && word[1]) return true;
    if (word[0] == '-' && word[1] == '-' && word[2] && strcmp(word, "--help") != 0) return true;
  }
  return false;
}

static bool has_launched(void) {
  const char *task = get_string_value("BGSH_TASK");
  return task && *task;
}

static bool asks_for_all(struct word_list *words) {
  for (; words && strcmp(words->word->word, "-x") != 0; words = words->next)
    if (words->word->word[0] == '-' && strchr(words->word->word, 'a')) return true;
  return false;
}

// A builtin in a pipeline runs in a fork that forgets all jobs, unless it is bash's own `jobs`. So they are hidden from
// that, where the command may be `jobs`, and shown again to `jobs`.

static struct {
  bool is_kept;
  int slots, last, first, count, current, previous;
} job_list;

static void keep_jobs(void) {
  job_list.is_kept = false;
  if (!the_printed_command_except_trap || !strstr(the_printed_command_except_trap, "jobs") || !js.j_jobslots) return;
  job_list.is_kept = true;
  job_list.slots = js.j_jobslots;
  job_list.last = js.j_lastj;
  job_list.first = js.j_firstj;
  job_list.count = js.j_njobs;
  job_list.current = js.j_current;
  job_list.previous = js.j_previous;
  js.j_jobslots = 0;
}

static void show_jobs_again(void) {
  if (!job_list.is_kept || js.j_jobslots) return;
  js.j_jobslots = job_list.slots;
  js.j_lastj = job_list.last;
  js.j_firstj = job_list.first;
  js.j_njobs = job_list.count;
  js.j_current = job_list.current;
  js.j_previous = job_list.previous;
}

static int jobs(struct word_list *words) {
  show_jobs_again();
  if (asks_bgsh(words)) return control("jobs", words, NULL);
  if (asks_for_all(words)) {
    run_natively(jobs_builtin, NULL);
    fflush(stdout);
    return control("jobs", words, NULL);
  }
  int status = run_natively(jobs_builtin, words);
  bool is_plain = !words || (!words->next && strcmp(words->word->word, "-l") == 0);
  if (!is_plain || !has_launched()) return status;
  fflush(stdout);
  return control("jobs", words, NULL);
}

static int fg(struct word_list *words) {
  if (asks_bgsh(words)) return control("fg", words, NULL);
  if (words || !has_launched()) return run_natively(fg_builtin, words);
  char *question = strdup("\\builtin jobs %% >/dev/null 2>&1");
  if (!question) return fail_without_memory("fg");
  if (evaluate_quietly(question, "fg") == 0) return run_natively(fg_builtin, words);
  // Bash has no job to bring back, and there has been a task.
  char newest[] = "@@";
  struct word_desc word = {newest, 0};
  struct word_list list = {NULL, &word};
  return control("fg", &list, NULL);
}

static int kill_task(struct word_list *words) {
  return asks_bgsh(words) ? control("kill", words, NULL) : run_natively(kill_builtin, words);
}

static bool is_reference(struct word_list *words) { return words->word->word[0] == '@'; }

/// Whether there are references and others, and no flags: then each is waited for in turn.
static bool is_mixed(struct word_list *words) {
  bool has_reference = false, has_other = false;
  for (; words; words = words->next) {
    if (words->word->word[0] == '-') return false;
    *(is_reference(words) ? &has_reference : &has_other) = true;
  }
  return has_reference && has_other;
}

static int wait_for(struct word_list *words) {
  if (words && is_mixed(words)) {
    int status = 0;
    for (; words; words = words->next) {
      struct word_list one = {NULL, words->word};
      status = is_reference(words) ? control("wait", &one, NULL) : run_natively(wait_builtin, &one);
    }
    return status;
  }
  if (words) return asks_bgsh(words) ? control("wait", words, NULL) : run_natively(wait_builtin, words);
  const char *launched = bgsh_launched_tasks();
  if (!launched || !*launched) return run_natively(wait_builtin, words);
  int native_status = run_natively(wait_builtin, words);
  // A trapped signal.
  if (native_status > 128) return native_status;
  char option[] = "--launched", dash[] = "-";
  struct word_desc second_word = {dash, 0}, first_word = {option, 0};
  struct word_list second = {NULL, &second_word}, first = {&second, &first_word};
  // By a here-string: there may be more of them than an argument holds.
  char *ids = strdup(launched + 1);
  if (!ids) return fail_without_memory("wait");
  bgsh_forget_launched_tasks();
  int status = control("wait", &first, ids);
  free(ids);
  return status;
}

/// `set +o emacs` and the like give bash another input.
static int set_options(struct word_list *words) {
  int status = run_natively(set_builtin, words);
  bgsh_follow_input();
  return status;
}

static int set_more_options(struct word_list *words) {
  int status = run_natively(shopt_builtin, words);
  bgsh_follow_input();
  return status;
}

static builtin_function *replace(const char *name, builtin_function *function) {
  for (int index = 0; index < num_shell_builtins; index++) {
    if (!shell_builtins[index].name || strcmp(shell_builtins[index].name, name) != 0) continue;
    builtin_function *native = shell_builtins[index].function;
    shell_builtins[index].function = function;
    return native;
  }
  return NULL;
}

void bgsh_extend_job_commands(void) {
  pthread_atfork(NULL, NULL, keep_jobs);
  jobs_builtin = replace("jobs", jobs);
  fg_builtin = replace("fg", fg);
  kill_builtin = replace("kill", kill_task);
  wait_builtin = replace("wait", wait_for);
  set_builtin = replace("set", set_options);
  shopt_builtin = replace("shopt", set_more_options);
}

// `rerun` takes its code from the program and runs it in this shell, where it launches a fork.

static struct text taken;

static int take_code(struct word_list *words) {
  bgsh_clear(&taken);
  if (words) bgsh_add_string(&taken, words->word->word);
  return taken.length > 0 || taken.is_cut ? 0 : 1;
}

static int rerun(struct word_list *words) {
  for (struct word_list *next = words; next; next = next->next)
    if (next->word->word[0] == '-') return control("rerun", words, NULL);
  struct text code = {0};
  bgsh_add_string(&code, "__bgsh_take \"$(");
  add_word(&code, bgsh_session.control_program);
  bgsh_add_string(&code, " rerun --code");
  for (; words; words = words->next) add_word(&code, words->word->word);
  bgsh_add_string(&code, ")\"");
  int status = run_program(&code, "rerun");
  if (status != 0) return status;
  char *launch = taken.is_cut ? NULL : strdup(taken.bytes);
  return launch ? evalstring(launch, "rerun", evaluate_unrecorded) : fail_without_memory("rerun");
}

// The job commands that bash has no word for: `__bgsh_start` enables those that the user has not given a meaning.

static int output(struct word_list *words) { return control("output", words, NULL); }
static int notifications(struct word_list *words) { return control("notifications", words, NULL); }
static int why(struct word_list *words) { return control("why", words, NULL); }
static int prune(struct word_list *words) { return control("prune", words, NULL); }
static int doctor(struct word_list *words) { return control("doctor", words, NULL); }

BGSH_BUILTIN(output, output, 0);
BGSH_BUILTIN(notifications, notifications, 0);
BGSH_BUILTIN(why, why, 0);
BGSH_BUILTIN(__bgsh_take, take_code, 0);
BGSH_BUILTIN(rerun, rerun, 0);
BGSH_BUILTIN(prune, prune, 0);
BGSH_BUILTIN(doctor, doctor, 0);
