// The job commands inside the shell. What is no task stays bash's: every option
// and meaning of jobs, fg, wait and kill.
#include "library.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

builtin_function *bgsh_native_wait;
/// Bash's own functions.
static builtin_function *jobs_builtin, *fg_builtin, *bg_builtin, *kill_builtin, *help_builtin, *set_builtin, *shopt_builtin;

int bgsh_run_natively(builtin_function *function, struct word_list *words) {
  this_shell_builtin = function;
  return function(words);
}

/// What bgsh has to say of a command.
static int say_own_help(const char *command) {
  struct word_desc word = {(char *)command, 0};
  struct word_list list = {NULL, &word};
  fflush(stdout);
  return bgsh_control("help", &list);
}

bool bgsh_asks_for_help(const struct word_list *words) { return words && strcmp(words->word->word, "--help") == 0; }

int bgsh_say_help(const char *command, builtin_function *native, struct word_list *words) {
  // Bash gives it the status of wrong usage.
  int status = bgsh_run_natively(native, words);
  say_own_help(command);
  return status;
}

/// A name of which bash has nothing to say.
static bool is_added(const char *name) {
  const struct bgsh_job_command *command = bgsh_find_job_command(name);
  return command && command->kind == bgsh_job_command_added;
}

static bool is_extended(const char *name) { return strcmp(name, "bg") == 0 || bgsh_find_job_command(name); }

/// `help NAME`: bash's part, and bgsh's. Patterns and options are bash's alone.
static int help(struct word_list *words) {
  bool is_for_names = words && words->word->word[0] != '-', names_added = false;
  for (struct word_list *next = is_for_names ? words : NULL; next; next = next->next) names_added |= is_added(next->word->word);
  int status = names_added ? 1 : bgsh_run_natively(help_builtin, words);
  for (struct word_list *next = is_for_names ? words : NULL; next; next = next->next) {
    struct word_list one = {NULL, next->word};
    // As in bash, one name that is known makes it a success.
    if (names_added && !is_added(next->word->word) && bgsh_run_natively(help_builtin, &one) == 0) status = 0;
    if (is_extended(next->word->word) && say_own_help(next->word->word) == 0) status = 0;
  }
  return status;
}

static bool has_launched(void) {
  const char *task = get_string_value(BGSH_TASK_VARIABLE);
  return task && *task;
}

static bool asks_for_all(struct word_list *words) {
  for (; words && strcmp(words->word->word, "-x") != 0; words = words->next)
    if (words->word->word[0] == '-' && strchr(words->word->word, 'a')) return true;
  return false;
}

/// Runs `jobs` or `kill` for bash's jobs and for tasks. The status is that of the first of the two that fails.
static int run_both(const char *command, builtin_function *native, struct arguments *arguments) {
  int native_status = bgsh_run_natively(native, arguments->without_tasks);
  fflush(stdout);
  int status = bgsh_control(command, arguments->without_others);
  return native_status != 0 ? native_status : status;
}

static int jobs(struct word_list *words) {
  if (bgsh_asks_for_help(words)) return bgsh_say_help("jobs", jobs_builtin, words);
  bgsh_show_jobs_again();
  if (words && strcmp(words->word->word, "-x") == 0) return bgsh_run_natively(jobs_builtin, words);
  struct arguments *arguments = bgsh_sort_arguments("jobs", words);
  if (!arguments) return bgsh_fail_without_memory("jobs");
  int status = 0;
  if (arguments->has_task && arguments->has_other && !arguments->has_flag) {
    status = run_both("jobs", jobs_builtin, arguments);
  } else if (arguments->has_task || arguments->has_flag) {
    status = bgsh_control("jobs", words);
  } else if (asks_for_all(words)) {
    bgsh_run_natively(jobs_builtin, NULL);
    fflush(stdout);
    status = bgsh_control("jobs", words);
  } else {
    status = bgsh_run_natively(jobs_builtin, words);
    bool is_plain = !words || (!words->next && strcmp(words->word->word, "-l") == 0);
    if (is_plain && has_launched()) {
      fflush(stdout);
      status = bgsh_control("jobs", words);
    }
  }
  bgsh_end_arguments();
  return status;
}

bool bgsh_is_jobs_command(builtin_function *function) { return function == jobs; }

static int bg(struct word_list *words) {
  return bgsh_asks_for_help(words) ? bgsh_say_help("bg", bg_builtin, words) : bgsh_run_natively(bg_builtin, words);
}

static int fg(struct word_list *words) {
  if (bgsh_asks_for_help(words)) return bgsh_say_help("fg", fg_builtin, words);
  struct word_list *first = words && strcmp(words->word->word, "--") == 0 ? words->next : words;
  if (first && (bgsh_is_task(first) || bgsh_is_flag(first))) return bgsh_control("fg", words);
  if (words || !has_launched()) return bgsh_run_natively(fg_builtin, words);
  if (bgsh_evaluate_quietly(strdup("\\builtin jobs %% >/dev/null 2>&1"), "fg") == 0)
    return bgsh_run_natively(fg_builtin, words);
  // Bash has no job to bring back: the newest task is meant.
  char newest[] = "@@";
  struct word_desc word = {newest, 0};
  struct word_list list = {NULL, &word};
  return bgsh_control("fg", &list);
}

static int kill_task(struct word_list *words) {
  if (bgsh_asks_for_help(words)) return bgsh_say_help("kill", kill_builtin, words);
  struct arguments *arguments = bgsh_sort_arguments("kill", words);
  if (!arguments) return bgsh_fail_without_memory("kill");
  bool is_for_tasks = arguments->has_task || arguments->has_flag;
  int status = is_for_tasks && arguments->has_other && !arguments->has_flag ? run_both("kill", kill_builtin, arguments)
               : is_for_tasks                                               ? bgsh_control("kill", words)
                                                                            : bgsh_run_natively(kill_builtin, words);
  bgsh_end_arguments();
  return status;
}

/// `set +o emacs` and the like give bash another input.
static int set_options(struct word_list *words) {
  int status = bgsh_run_natively(set_builtin, words);
  bgsh_follow_input();
  return status;
}

static int set_more_options(struct word_list *words) {
  int status = bgsh_run_natively(shopt_builtin, words);
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
  jobs_builtin = replace("jobs", jobs);
  fg_builtin = replace("fg", fg);
  bg_builtin = replace("bg", bg);
  help_builtin = replace("help", help);
  kill_builtin = replace("kill", kill_task);
  bgsh_native_wait = replace("wait", bgsh_wait);
  set_builtin = replace("set", set_options);
  shopt_builtin = replace("shopt", set_more_options);
}

// `rerun`: the program prints the code that launches the task, and this shell runs it, as the task is to be its fork.

static struct text taken;

/// `__bgsh_take CODE STATUS`: the status is that of the program that has printed the code.
static int take_code(struct word_list *words) {
  bgsh_clear(&taken);
  if (words) bgsh_add_string(&taken, words->word->word);
  int status = words && words->next ? atoi(words->next->word->word) : 1;
  return status != 0 || taken.length > 0 || taken.is_cut ? status : 1;
}

static int rerun(struct word_list *words) {
  for (struct word_list *next = words; next; next = next->next)
    if (strcmp(next->word->word, "--help") == 0 || strcmp(next->word->word, "-h") == 0) return bgsh_control("rerun", words);
  char option[] = "--" BGSH_CODE_OPTION;
  struct word_desc description = {option, 0};
  struct word_list list = {words, &description};
  struct text code = {0};
  bgsh_add_string(&code, BGSH_TAKE_BUILTIN " \"$(");
  bgsh_add_program(&code, -1, "rerun", &list);
  bgsh_add_string(&code, ")\" \"$?\"");
  struct program program = {.command = "rerun", .code = code, .report = -1};
  int status = bgsh_judge_program(&program, bgsh_evaluate_program(&program));
  if (status != 0) return status;
  char *launch = taken.is_cut ? NULL : strdup(taken.bytes);
  return launch ? evalstring(launch, "rerun", evaluate_unrecorded) : bgsh_fail_without_memory("rerun");
}

// The job commands that bash has no word for: `__bgsh_start` enables those that the user has not given a meaning.

static int output(struct word_list *words) { return bgsh_control("output", words); }
static int digest(struct word_list *words) { return bgsh_control("digest", words); }
static int notifications(struct word_list *words) { return bgsh_control("notifications", words); }
static int why(struct word_list *words) { return bgsh_control("why", words); }
static int prune(struct word_list *words) { return bgsh_control("prune", words); }
static int doctor(struct word_list *words) { return bgsh_control("doctor", words); }

#define DEFINE(name, kind, failed) DEFINE_##kind(name)
#define DEFINE_extended(name)
#define DEFINE_added(name) BGSH_BUILTIN(name, name, 0);
BGSH_JOB_COMMANDS(DEFINE)
BGSH_BUILTIN(__bgsh_take, take_code, 0);
