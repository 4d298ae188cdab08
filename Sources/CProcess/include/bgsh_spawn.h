// Starting programs: fork, and what must happen before exec. Its name keeps it apart from the system's spawn.h.
// Only plain types cross this header, so that it drags no system header into Swift.
#ifndef BGSH_SPAWN_H
#define BGSH_SPAWN_H

#include <stddef.h>

/// A descriptor of the parent and its number in the child.
struct bgsh_descriptor_mapping {
  int source;
  int target;
};

/// What `bgsh_spawn` is to start.
struct bgsh_spawn_request {
  const char *_Nonnull path;
  char *_Nullable const *_Nonnull arguments;
  char *_Nullable const *_Nonnull environment;
  const struct bgsh_descriptor_mapping *_Nullable mappings;
  size_t mapping_count;
  /// -1 keeps the parent's group, 0 makes a new one, any other joins that group.
  int process_group;
  /// A terminal (descriptor of the parent) that the child's group gets, or -1.
  int foreground_terminal;
  /// Whether it gets no descriptor above 2 but those mapped.
  int closes_others;
  /// Where it is to stand; NULL keeps the parent's directory.
  const char *_Nullable directory;
};

/// A process that the spawned one keeps: started by it before it runs its own program.
struct bgsh_kept_child {
  const struct bgsh_spawn_request *_Nonnull request;
  /// Receives its process ID in decimal before the keeper's program runs: at
  /// least 12 bytes, which may stand in the keeper's arguments.
  char *_Nonnull identifier;
  /// Receives its process ID.
  int process_id;
  /// Receives the errno of what kept it from starting, else 0.
  int failure;
};

/// Starts a program with no signal blocked and every one at its default, but for
/// those that `bgsh_keep_ignored` has found ignored. The parent waits until the
/// program has been executed.
///
/// With `kept`, the process leads a group of its own, adopts orphans, and has
/// that child when its program begins.
///
/// Returns 0 and the process ID, or the errno of the step that failed.
int bgsh_spawn(const struct bgsh_spawn_request *_Nonnull request, struct bgsh_kept_child *_Nullable kept,
               int *_Nonnull process_id);

/// Starts the kept process as `bgsh_spawn` does, and instead of another program
/// for its keeper goes on as the keeper, in a fork: that has what `request` says
/// a child has, but for its program, and its memory is this process's.
///
/// Returns 0 and the process ID of the keeper, in the fork 0; or the errno of
/// the step that failed. ECHILD says that the keeper was killed before it could
/// tell: then the kept one is an orphan.
int bgsh_fork_keeper(const struct bgsh_spawn_request *_Nonnull request, struct bgsh_kept_child *_Nonnull kept,
                     int *_Nonnull process_id);

#endif
