// The job commands, once for all: what bash loads makes builtins of them,
// bgsh takes their names for its own, and everything that lists them is
// compared with this table by a test.
#ifndef BGSH_JOB_COMMANDS_H
#define BGSH_JOB_COMMANDS_H

#include <stddef.h>

/// `X(NAME, extended)` for a builtin of bash's that also knows tasks, `X(NAME, added)` for a word that bash does not have.
#define BGSH_JOB_COMMANDS(X) \
  X(jobs, extended)          \
  X(fg, extended)            \
  X(wait, extended)          \
  X(kill, extended)          \
  X(output, added)           \
  X(digest, added)           \
  X(notifications, added)    \
  X(why, added)              \
  X(rerun, added)            \
  X(prune, added)            \
  X(doctor, added)

enum bgsh_job_command_kind { bgsh_job_command_extended, bgsh_job_command_added };

struct bgsh_job_command {
  const char *name;
  enum bgsh_job_command_kind kind;
};

/// One of the table, in its order; NULL behind the last.
static inline const struct bgsh_job_command *bgsh_job_command(size_t position) {
#define BGSH_JOB_COMMAND_ENTRY(command, kind) {#command, bgsh_job_command_##kind},
  static const struct bgsh_job_command commands[] = {BGSH_JOB_COMMANDS(BGSH_JOB_COMMAND_ENTRY)};
#undef BGSH_JOB_COMMAND_ENTRY
  return position < sizeof commands / sizeof *commands ? &commands[position] : NULL;
}

#endif
