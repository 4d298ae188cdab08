// The job commands, once for all: what bash loads makes builtins of them,
// bgsh takes their names for its own, and everything that lists them is
// compared with this table by a test.
#ifndef BGSH_JOB_COMMANDS_H
#define BGSH_JOB_COMMANDS_H

#include <stdbool.h>
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
  X(doctor, added, BGSH_STATUS_FAILED)            \
  X(help, extended, BGSH_STATUS_FAILED)

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

/// `X(COMMAND, OPTION, value)` or `X(COMMAND, OPTION, none)`: the long options, apart from `--help`, and the short ones that
/// take a value and have no long form.
#define BGSH_JOB_OPTIONS(X)          \
  X(jobs, "--all", none)             \
  X(jobs, "--long", none)            \
  X(jobs, "--state", value)          \
  X(jobs, "--failed", none)          \
  X(jobs, "--since", value)          \
  X(jobs, "--json", none)            \
  X(wait, "--any", none)             \
  X(wait, "--timeout", value)        \
  X(wait, "--json", none)            \
  X(kill, "-s", value)               \
  X(kill, "-n", value)               \
  X(kill, "--all", none)             \
  X(kill, "--dry-run", none)         \
  X(kill, "--json", none)            \
  X(output, "--follow", none)        \
  X(output, "--lines", value)        \
  X(output, "--new", none)           \
  X(output, "--grep", value)         \
  X(output, "--digest", none)        \
  X(output, "--path", none)          \
  X(output, "--stdout", none)        \
  X(output, "--stderr", none)        \
  X(digest, "--command", value)      \
  X(digest, "--status", value)       \
  X(digest, "--last-good", value)    \
  X(notifications, "--peek", none)   \
  X(notifications, "--history", none) \
  X(notifications, "--json", none)   \
  X(why, "--json", none)             \
  X(rerun, "--edit", none)           \
  X(rerun, "--failed", none)         \
  X(prune, "--all", none)            \
  X(prune, "--older-than", value)    \
  X(prune, "--dry-run", none)        \
  X(prune, "--json", none)           \
  X(doctor, "--json", none)

struct bgsh_job_option {
  const char *_Nonnull command;
  const char *_Nonnull name;
  bool takes_value;
};

/// One of the table, in its order; NULL behind the last.
static inline const struct bgsh_job_option *_Nullable bgsh_job_option(size_t position) {
  enum { none, value };
#define BGSH_JOB_OPTION_ENTRY(command, name, kind) {#command, name, kind == value},
  static const struct bgsh_job_option options[] = {BGSH_JOB_OPTIONS(BGSH_JOB_OPTION_ENTRY)};
#undef BGSH_JOB_OPTION_ENTRY
  return position < sizeof options / sizeof *options ? &options[position] : NULL;
}

/// Whether an option of a job command has its value in the next word.
static inline bool bgsh_job_option_takes_value(const char *_Nonnull command, const char *_Nonnull word) {
  const struct bgsh_job_option *option;
  for (size_t position = 0; (option = bgsh_job_option(position)) != NULL; position++)
    if (strcmp(option->command, command) == 0 && strcmp(option->name, word) == 0) return option->takes_value;
  return false;
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
