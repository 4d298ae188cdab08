// Runs bgctl, the program behind the job commands, as a command of this shell:
// with its jobs, its signals and its terminal. It is no command that the user
// has given: `set -x`, `set -e` and traps do not see it.
#include "library.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static int failure_of(const char *name) {
  const struct bgsh_job_command *command = bgsh_find_job_command(name);
  return command ? command->failed : BGSH_STATUS_FAILED;
}

int bgsh_fail_without_memory(const char *command) {
  bgsh_say(STDERR_FILENO, "%s: no memory left; end some programs, or raise 'ulimit -v'", command);
  return failure_of(command);
}

// MARK: Code of bgsh's own

/// The tracing, `set -e` and the traps of the user, which are off while code of bgsh's own runs. They come back as an unwind
/// frame, so that an interrupt brings them back, too.
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

int bgsh_evaluate_quietly(char *code, const char *name) {
  struct quiet *quiet = code ? malloc(sizeof *quiet) : NULL;
  if (!quiet) {
    free(code);
    return bgsh_fail_without_memory(name);
  }
  *quiet = (struct quiet){echo_command_at_execute, echo_input_at_read, exit_immediately_on_error,
                          take_trap(debug_trap), take_trap(error_trap)};
  echo_command_at_execute = echo_input_at_read = exit_immediately_on_error = 0;
  static char frame[] = "bgsh";
  begin_unwind_frame(frame);
  add_unwind_protect(end_quiet, (char *)quiet);
  int status = evalstring(code, name, evaluate_unrecorded);
  run_unwind_frame(frame);
  return status;
}

// MARK: The program

static void add_word(struct text *code, const char *word) {
  char *quoted = sh_single_quote(word);
  bgsh_add_string(code, " ");
  bgsh_add_string(code, quoted);
  free(quoted);
}

void bgsh_add_program(struct text *code, int report, const char *command, struct word_list *words) {
  char descriptor[16];
  snprintf(descriptor, sizeof descriptor, "%d", report);
  const char *notify = get_string_value(BGSH_NOTIFY_VARIABLE);
  const char *const leading[] = {bgsh_session.control_program, BGSH_IN_SESSION_OPTION, bgsh_session.state_path,
                                 bgsh_session.identifier, notify ? notify : "", descriptor, command};
  for (size_t index = 0; index < sizeof leading / sizeof *leading; index++) add_word(code, leading[index]);
  for (; words; words = words->next) add_word(code, words->word->word);
}

static void close_report(void *number) { close((int)(intptr_t)number); }

static char frame[] = "bgsh-program";

void bgsh_begin_program(struct program *program, const char *command, struct word_list *words, const char *input) {
  // The program inherits the file and writes its status there. If it does not, as when it was killed, bash's word counts.
  int report = memfd_create("bgsh-report", MFD_CLOEXEC);
  if (report >= 0) report = bgsh_move_up(report);
  if (report >= 0) fcntl(report, F_SETFD, 0);
  *program = (struct program){.command = command, .report = report};
  begin_unwind_frame(frame);
  if (report >= 0) add_unwind_protect(close_report, (char *)(intptr_t)report);
  bgsh_add_program(&program->code, report, command, words);
  if (!input) return;
  bgsh_add_string(&program->code, " <<<");
  add_word(&program->code, input);
}

int bgsh_evaluate_program(struct program *program) {
  last_command_exit_signal = 0;
  if (!program->code.is_cut) return bgsh_evaluate_quietly(program->code.bytes, program->command);
  free(program->code.bytes);
  return bgsh_fail_without_memory(program->command);
}

/// Reads `ended ID` and `status N` lines.
static void read_report(struct program *program) {
  struct text report = {0};
  char part[4096];
  ssize_t count;
  while (program->report >= 0 && (count = pread(program->report, part, sizeof part, (off_t)report.length)) != 0) {
    if (count > 0) bgsh_add(&report, part, (size_t)count);
    if (report.is_cut || (count < 0 && errno != EINTR)) break;
  }
  char *rest = report.bytes;
  for (char *line; rest && (line = strsep(&rest, "\n")) != NULL;) {
    if (strncmp(line, BGSH_REPORT_STATUS " ", sizeof BGSH_REPORT_STATUS) == 0) {
      program->has_status = true;
      program->status = atoi(line + sizeof BGSH_REPORT_STATUS);
    } else if (strncmp(line, BGSH_REPORT_ENDED " ", sizeof BGSH_REPORT_ENDED) == 0) {
      snprintf(program->last_ended, sizeof program->last_ended, "%s", line + sizeof BGSH_REPORT_ENDED);
      bgsh_forget_launched_task(program->last_ended);
    }
  }
  free(report.bytes);
}

int bgsh_end_program(struct program *program, int status) {
  read_report(program);
  run_unwind_frame(frame);
  return bgsh_judge_program(program, status);
}

int bgsh_judge_program(const struct program *program, int status) {
  if (program->has_status) return program->status;
  switch (last_command_exit_signal) {
    case SIGKILL: case SIGABRT: case SIGSEGV: case SIGBUS: case SIGILL: case SIGTRAP: break;
    // 126 and 127 are bash's: the program cannot be run, and bash has said why.
    default: return program->report >= 0 && (status == BGSH_STATUS_CANNOT_RUN || status == BGSH_STATUS_NOT_FOUND) ? failure_of(program->command) : status;
  }
  const char *reason = strsignal(last_command_exit_signal);
  bgsh_say(STDERR_FILENO, "%s: it has died: %s; there may be too little memory, see 'ulimit -v'", program->command,
           reason);
  return failure_of(program->command);
}

void bgsh_drop_program(void) { run_unwind_frame(frame); }

int bgsh_control(const char *command, struct word_list *words) {
  struct program program;
  bgsh_begin_program(&program, command, words, NULL);
  int status = bgsh_evaluate_program(&program);
  return bgsh_end_program(&program, status);
}
