// The job commands, once for all: what bash loads makes builtins of them,
// bgsh takes their names for its own, and everything that lists them is
// compared with this table by a test.
#ifndef BGSH_JOB_COMMANDS_H
#define BGSH_JOB_COMMANDS_H

#include <stddef.h>
#include <string.h>

#include "exit_statuses.h"

/// `X(NAME, extended, FAILED)` for a builtin of bash's that also knows tasks, `X(NAME, added, FAILED)` for a word that bash
/// does not have. FAILED is its status where bgsh itself fails: of `wait` and `fg` other numbers are a task's.
#define BGSH_JOB_COMMANDS(X)                      \
  X(jobs, extended, BGSH_STATUS_FAILED)           \
  X(fg, extended, BGSH_STATUS_UNKNOWN)            \
  X(wait, extended, BGSH_STATUS_UNKNOWN)          \
  X(kill, extended, BGSH_STATUS_FAILED)           \
  X(output, added, BGSH_STATUS_FAILED)            \
  X(digest, added, BGSH_STATUS_FAILED)            \
  X(notifications, added, BGSH_STATUS_FAILED)     \
  X(why, added, BGSH_STATUS_FAILED)               \
  X(rerun, added, BGSH_STATUS_FAILED)             \
  X(prune, added, BGSH_STATUS_FAILED)             \
  X(doctor, added, BGSH_STATUS_FAILED)

enum bgsh_job_command_kind { bgsh_job_command_extended, bgsh_job_command_added };

struct bgsh_job_command {
  const char *_Nonnull name;
  enum bgsh_job_command_kind kind;
  int failed;
};

/// One of the table, in its order; NULL behind the last.
static inline const struct bgsh_job_command *_Nullable bgsh_job_command(size_t position) {
#define BGSH_JOB_COMMAND_ENTRY(command, kind, failed) {#command, bgsh_job_command_##kind, failed},
  static const struct bgsh_job_command commands[] = {BGSH_JOB_COMMANDS(BGSH_JOB_COMMAND_ENTRY)};
#undef BGSH_JOB_COMMAND_ENTRY
  return position < sizeof commands / sizeof *commands ? &commands[position] : NULL;
}

/// The one of that name; NULL if there is none.
static inline const struct bgsh_job_command *_Nullable bgsh_find_job_command(const char *_Nonnull name) {
  const struct bgsh_job_command *command;
  for (size_t position = 0; (command = bgsh_job_command(position)) != NULL; position++)
    if (strcmp(command->name, name) == 0) return command;
  return NULL;
}

/// How the library runs a job command: `bgctl --in-session STATE SESSION NOTIFY REPORT COMMAND...`. REPORT is a descriptor,
/// or -1.
#define BGSH_IN_SESSION_OPTION "--in-session"
/// What the program writes there: lines of a word, a blank and a number. A task that the shell need not wait for any more,
/// and the status of the command.
#define BGSH_REPORT_ENDED "ended"
#define BGSH_REPORT_STATUS "status"

/// Options of job commands that only the library uses. `wait`: the tasks stand on standard input, `7,8`. `rerun`: it prints
/// the code that launches the task.
#define BGSH_LAUNCHED_OPTION "launched"
#define BGSH_CODE_OPTION "code"

#endif
