// Processes: their ends, their directory, their memory.
// Only plain types cross this header, so that it drags no system header into Swift.
#ifndef BGSH_PROCESSES_H
#define BGSH_PROCESSES_H

#include <stdint.h>

int bgsh_become_subreaper(void);
int bgsh_pidfd_open(int process_id);

/// The resources that a reaped process used.
struct bgsh_usage {
  int64_t user_microseconds;
  int64_t system_microseconds;
  /// KiB; Linux reports the peak of the largest process among it and its reaped children.
  int64_t peak_memory_kib;
};

/// `wait4` without blocking, stops and continuations included. Returns the
/// process ID, 0 if nothing has changed, -1 with errno.
int bgsh_reap(int *_Nonnull status, struct bgsh_usage *_Nonnull usage);

/// The same without taking it: the child stays as it is, a zombie too, until
/// `bgsh_reap_child`.
int bgsh_peek(int *_Nonnull status, struct bgsh_usage *_Nonnull usage);

/// `bgsh_reap` for one child.
int bgsh_reap_child(int process_id, int *_Nonnull status, struct bgsh_usage *_Nonnull usage);

int bgsh_status_is_signaled(int status);
int bgsh_status_is_stopped(int status);
int bgsh_status_is_continued(int status);
int bgsh_status_exit_code(int status);
int bgsh_status_signal(int status);
int bgsh_status_stop_signal(int status);

/// Makes the directory in which a process stands this one's own; 0, or -1 with errno. No file server is asked if it is
/// already.
int bgsh_follow_directory(int process_id);

/// The directory that `/etc/passwd` names for the user, valid until the next call; NULL if there is no such entry. No
/// directory service is asked.
const char *_Nullable bgsh_home_directory(void);

/// Gives back the pages of the program's text that were mapped so far; those needed again come from the page cache.
void bgsh_release_program_text(void);

#endif
