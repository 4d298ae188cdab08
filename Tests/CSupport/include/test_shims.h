// What the test harness needs and Swift cannot spell: fork, setsid and a
// controlling terminal before exec, pidfds, and ioctls. No policy here.
#ifndef BGSH_TEST_SHIMS_H
#define BGSH_TEST_SHIMS_H

#include <stddef.h>

/// Opens a pseudo-terminal and returns its master (close-on-exec, nonblocking),
/// or -1 with errno. `name` receives the path of its terminal side.
int bgtest_open_terminal(int rows, int columns, char *_Nonnull name, size_t capacity);

int bgtest_resize_terminal(int master, int rows, int columns);

/// What `bgtest_spawn` starts, always as the leader of a new session.
struct bgtest_spawn_request {
  const char *_Nonnull path;
  char *_Nullable const *_Nonnull arguments;
  char *_Nullable const *_Nonnull environment;
  const char *_Nullable directory;
  /// The controlling terminal and standard descriptors of the program, or
  /// NULL: then there is no controlling terminal and `descriptors` holds.
  const char *_Nullable terminal;
  int descriptors[3];
  /// Whether no fork is to succeed in what is started, for lack of memory; vfork does.
  int denies_forks;
};

/// Starts a program with default signal actions, none blocked. Returns 0 and
/// the process ID, or the errno of the step that failed.
int bgtest_spawn(const struct bgtest_spawn_request *_Nonnull request, int *_Nonnull process_id);

/// Reaps a child that has ended: 1 and its exit code (signal 0) or its signal;
/// 0 if it still runs; -1 with errno.
int bgtest_reap(int process_id, int *_Nonnull exit_code, int *_Nonnull signal_number);

int bgtest_pidfd_open(int process_id);
int bgtest_pidfd_signal(int pidfd, int signal_number);

/// Connects to a stream socket as another user, for which this process must be
/// root's. `name` is a path, or begins with a null byte; `length` is all of it.
int bgtest_connect_as(unsigned user, const char *_Nonnull name, size_t length);

/// A close-on-exec pipe: read end, write end.
int bgtest_pipe(int *_Nonnull descriptors);
int bgtest_set_nonblocking(int descriptor);
/// Writing to a pipe without a reader is an error, not a signal, from here on.
void bgtest_ignore_broken_pipes(void);

#endif
