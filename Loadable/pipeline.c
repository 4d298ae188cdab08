// `jobs` in a pipeline. A builtin there runs in a fork of the shell, and the fork
// forgets all jobs, unless the builtin's function is that of bash's `jobs`. The
// library has put its own function there, so it has to keep the jobs itself. It
// does so in the call of sigprocmask that bash makes just before it forgets.
#include "library.h"

#include <unistd.h>

/// The process that has already decided; of the shell itself, which has nothing to decide, its own ID.
static pid_t decided;

/// The jobs as they were before bash forgets them.
static struct {
  bool is_kept;
  int job_control, slots, last, first, count, current, previous;
} jobs;

static void hide_jobs(void) {
  jobs.is_kept = true;
  jobs.job_control = job_control;
  jobs.slots = js.j_jobslots;
  jobs.last = js.j_lastj;
  jobs.first = js.j_firstj;
  jobs.count = js.j_njobs;
  jobs.current = js.j_current;
  jobs.previous = js.j_previous;
  js.j_jobslots = 0;
}

void bgsh_show_jobs_again(void) {
  if (!jobs.is_kept) return;
  jobs.is_kept = false;
  job_control = jobs.job_control;
  js.j_jobslots = jobs.slots;
  js.j_lastj = jobs.last;
  js.j_firstj = jobs.first;
  js.j_njobs = jobs.count;
  js.j_current = jobs.current;
  js.j_previous = jobs.previous;
}

/// Whether this is a fork for one simple command, and bash knows by now which.
static bool is_fork_for_builtin(void) {
  const int others = subshell_parentheses | subshell_substitution | subshell_process | subshell_coprocess | subshell_new;
  const int chosen = subshell_simple | subshell_resets_traps;
  return (subshell_environment & (chosen | others)) == chosen;
}

static int change_mask(int how, const sigset_t *set, sigset_t *before) {
  if (subshell_environment && is_fork_for_builtin() && decided != getpid()) {
    decided = getpid();
    bool is_in_background = subshell_environment & subshell_background;
    if (js.j_jobslots && !is_in_background && bgsh_is_jobs_command(this_shell_builtin)) hide_jobs();
  }
  return sigprocmask(how, set, before);
}

void bgsh_follow_pipelines(void) {
  decided = getpid();
  bgsh_replace_function("sigprocmask", (void *)change_mask);
}
