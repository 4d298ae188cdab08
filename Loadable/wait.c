// `wait`, for tasks, for what bash waits for, and for both.
#include "library.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

// MARK: The program beside the shell

static char start_frame[] = "bgsh-start", wait_frame[] = "bgsh-wait";

/// The program behind `wait`, which runs as a background job while bash itself waits: for the program, or for whatever ends
/// first.
static struct {
  pid_t process;
  pid_t newest_job;
  int job_control, is_interactive, startup_state;
  bool keeps_jobs;
} helper;

/// Whether a process is still this shell's child, running or ended. Then its number belongs to nobody else.
static bool is_child(pid_t process) {
  siginfo_t information;
  return process > 0 && waitid(P_PID, (id_t)process, &information, WEXITED | WNOHANG | WNOWAIT) == 0;
}

/// Ends the program, if it still runs, and takes its job away from bash without a trace.
static void end_helper(void *unused) {
  (void)unused;
  sigset_t child, before;
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  sigprocmask(SIG_BLOCK, &child, &before);
  if (is_child(helper.process)) kill(helper.process, SIGTERM);
  int job = helper.process > 0 ? get_job_by_pid(helper.process, 0, NULL) : -1;
  if (job >= 0) delete_job(job, delete_without_trace);
  helper.process = 0;
  startup_state = helper.startup_state;
  sigprocmask(SIG_SETMASK, &before, NULL);
}

static void restore_jobs(void *unused) {
  (void)unused;
  set_job_control(helper.job_control);
  interactive = helper.is_interactive;
  if (helper.keeps_jobs) unfreeze_jobs_list();
  if (last_asynchronous_pid != helper.newest_job) helper.process = last_asynchronous_pid;
  last_asynchronous_pid = helper.newest_job;
}

/// Starts the program in the shell's own process group, whatever `set -m` says, and lets bash print nothing about it. Returns
/// its process, or 0.
static pid_t start_helper(struct program *program) {
  helper.process = 0;
  helper.newest_job = last_asynchronous_pid;
  helper.job_control = job_control;
  helper.is_interactive = interactive;
  set_job_control(0);
  interactive = 0;
  bgsh_add_string(&program->code, " &");
  begin_unwind_frame(start_frame);
  // Bash forgets jobs that have ended when it reads a line, also this one. `wait -n` is to find them.
  helper.keeps_jobs = freeze_jobs_list() == 0;
  add_unwind_protect(restore_jobs, NULL);
  bgsh_evaluate_program(program);
  run_unwind_frame(start_frame);
  return helper.process;
}

/// Waits as bash does, with words for bash's own `wait`. If the program still runs afterwards, it is ended.
static int wait_beside_helper(struct word_list *words) {
  // With the state of a script bash reports no job as it ends: this one must not be reported. The others are later.
  helper.startup_state = startup_state;
  startup_state = 0;
  begin_unwind_frame(wait_frame);
  add_unwind_protect(end_helper, NULL);
  int status = bgsh_run_natively(bgsh_native_wait, words);
  run_unwind_frame(wait_frame);
  return status;
}

// MARK: Tasks

/// In a script a trapped signal ends `wait` at once. So that it ends this wait, too, bash waits for the program as for a job.
static int wait_for_tasks(struct program *program) {
  if (interactive_shell) return bgsh_end_program(program, bgsh_evaluate_program(program));
  pid_t process = start_helper(program);
  if (!process) return bgsh_end_program(program, BGSH_STATUS_UNKNOWN);
  char number[16];
  snprintf(number, sizeof number, "%d", process);
  struct word_desc word = {number, 0};
  struct word_list list = {NULL, &word};
  int status = wait_beside_helper(&list);
  return bgsh_end_program(program, status);
}

/// `wait -p NAME` has the last of the tasks in the variable, `@7`.
static void keep_ended(const struct program *program, const char *variable) {
  if (!variable || !*program->last_ended) return;
  char reference[sizeof program->last_ended + 1];
  snprintf(reference, sizeof reference, "@%s", program->last_ended);
  bind_variable(variable, reference, 0);
}

static int wait_for_named(struct word_list *words, const char *variable) {
  struct program program;
  bgsh_begin_program(&program, "wait", words, NULL);
  int status = wait_for_tasks(&program);
  keep_ended(&program, variable);
  return status;
}

/// Prepares the wait for all tasks of this shell process, or for the first of them.
static void begin_for_launched(struct program *program, bool is_for_any) {
  char any[] = "--any", option[] = "--" BGSH_LAUNCHED_OPTION "=-";
  struct word_desc words[] = {{any, 0}, {option, 0}};
  struct word_list second = {NULL, &words[1]}, first = {&second, &words[0]};
  // By a here-string: there may be more of them than an argument holds.
  bgsh_begin_program(program, "wait", is_for_any ? &first : &second, bgsh_launched_tasks() + 1);
}

// MARK: Both

/// The bare `wait`: what bash waits for, then the tasks.
static int wait_for_all(struct word_list *words) {
  int native_status = bgsh_run_natively(bgsh_native_wait, words);
  // A trapped signal has ended the wait.
  if (native_status > BGSH_STATUS_SIGNALED) return native_status;
  struct program program;
  begin_for_launched(&program, false);
  int status = wait_for_tasks(&program);
  // Without a report it is not known which have ended.
  if (program.report < 0) bgsh_forget_launched_tasks();
  return status;
}

/// Waits for each in its turn.
static int wait_in_turn(struct arguments *arguments) {
  int status = 0;
  char option[] = "-f";
  struct word_desc force = {option, 0};
  for (struct word_list *next = arguments->operands; next; next = next->next) {
    struct word_list one = {NULL, next->word}, forced = {&one, &force};
    status = bgsh_is_task(next) ? wait_for_named(&one, arguments->variable)
                                : bgsh_run_natively(bgsh_native_wait, arguments->is_forced ? &forced : &one);
  }
  return status;
}

/// `wait -n`: for a task or something of bash's, whatever ends first. Bash waits for the program as well, and says who won.
static int wait_for_first(struct arguments *arguments) {
  struct program program;
  if (arguments->has_task) bgsh_begin_program(&program, "wait", arguments->without_others, NULL);
  else begin_for_launched(&program, true);
  pid_t process = start_helper(&program);
  if (!process) return bgsh_end_program(&program, BGSH_STATUS_UNKNOWN);
  char number[16], any[] = "-n", force[] = "-f", variable[] = "-p", winner[] = "__bgsh_winner";
  snprintf(number, sizeof number, "%d", process);
  struct word_desc words[] = {{any, 0}, {variable, 0}, {winner, 0}, {force, 0}, {number, 0}};
  struct word_list *list = NULL;
  // Without operands bash waits for any job, and so for the program.
  if (arguments->has_other) list = bgsh_put_before(arguments, &words[4], list);
  for (struct word_list *next = arguments->operands; next; next = next->next)
    if (!bgsh_is_task(next)) list = bgsh_put_before(arguments, next->word, list);
  for (int index = arguments->is_forced ? 3 : 2; index >= 0; index--) list = bgsh_put_before(arguments, &words[index], list);
  int status = wait_beside_helper(list);
  const char *first = get_string_value(winner);
  char found[16];
  snprintf(found, sizeof found, "%s", first ? first : "");
  unbind_variable(winner);
  if (strcmp(found, number) == 0) {
    status = bgsh_end_program(&program, status);
    keep_ended(&program, arguments->variable);
  } else {
    bgsh_drop_program();
    if (arguments->variable && *found) bind_variable(arguments->variable, found, 0);
  }
  return status;
}

static bool is_identifier(const char *text) {
  if (!isalpha((unsigned char)*text) && *text != '_') return false;
  while (isalnum((unsigned char)*text) || *text == '_') text++;
  return !*text;
}

static int wait_for(struct arguments *arguments, struct word_list *words) {
  if (arguments->has_flag && arguments->has_other) return bgsh_control("wait", words);
  const char *launched = bgsh_launched_tasks();
  bool is_bare = !arguments->operands && !arguments->has_flag && launched && *launched;
  bool is_for_tasks = arguments->has_task || arguments->has_flag || is_bare;
  // Bash says what is wrong with the name.
  if (!is_for_tasks || (arguments->variable && !is_identifier(arguments->variable)))
    return bgsh_run_natively(bgsh_native_wait, words);
  if (is_bare && !arguments->is_for_any) return wait_for_all(words);
  if (arguments->variable) unbind_variable(arguments->variable);
  if (is_bare || (arguments->is_for_any && arguments->has_other)) return wait_for_first(arguments);
  return arguments->has_other ? wait_in_turn(arguments)
                              : wait_for_named(arguments->without_others, arguments->variable);
}

int bgsh_wait(struct word_list *words) {
  if (bgsh_asks_for_help(words)) return bgsh_say_help("wait", bgsh_native_wait, words);
  struct arguments *arguments = bgsh_sort_arguments("wait", words);
  if (!arguments) return bgsh_fail_without_memory("wait");
  int status = wait_for(arguments, words);
  bgsh_end_arguments();
  return status;
}
