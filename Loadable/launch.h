// A launch, which several files have a part in.
#ifndef BGSH_LAUNCH_H
#define BGSH_LAUNCH_H

#include "library.h"

#define BGSH_NO_MEMORY "this shell has no memory left; end some programs, or raise 'ulimit -v'"
#define BGSH_NO_DESCRIPTORS "no more files can be opened; close some, or raise 'ulimit -n'"

/// A launch whose list bash has not forked yet.
struct launch {
  /// The launch that was under way when a trap made this one.
  struct launch *outer;
  /// How many texts bash was evaluating, one within the other: code of a trap or of PROMPT_COMMAND, which may run before the
  /// fork, is one deeper.
  int level;
  /// The status that the launch fails with; 0 if a task is to be forked.
  int failure;
  struct text command;
  struct text shown;
  /// The value of each flag, empty of one that takes none; of a flag that is not given there are no bytes.
  struct text flags[bgsh_task_flag_count];
  /// Which of the values hold an expansion, and were not judged with the line.
  bool is_expanded[bgsh_task_flag_count];
  /// Where the task is to run; empty for where the shell is.
  struct text directory;
  struct text record;
  /// `$?` of the launching shell.
  int status;
  char id[24];
  /// What the task writes to; standard error only where that is kept apart. -1 if it is not open.
  int output, errors;
  /// The directory, held open; -1 if it is the shell's.
  int place;
};

// launch.c

/// The launch whose list has been forked, or is about to be; NULL if there is none.
struct launch *bgsh_pending_launch(void);
/// Closes what a launch holds open.
void bgsh_close_files(struct launch *launch);

// flags.c

/// Takes the flags, named in one word, and their values; false if that cannot be, which has been said.
bool bgsh_take_flags(struct launch *launch, const char *flags, struct word_list *words);
/// Lets bgsh judge what it could not judge with the line; false if something is wrong, which has been said.
bool bgsh_are_accepted(const struct launch *launch);
bool bgsh_is_given(const struct launch *launch, enum bgsh_task_flag flag);
/// A setting of the shell; empty if it is not set.
const char *bgsh_setting(const char *name);

// ids.c

/// Takes an id; false if there is none, and why has been said.
bool bgsh_take_id(const struct launch *launch, char id[bgsh_longest_id + 1]);
/// Whether the session has a supervisor. One of which that cannot be found out is there.
bool bgsh_has_supervisor(void);
/// Opens a file in a directory; made, where it is, for its user only.
int bgsh_open_in(const char *directory, const char *name, const char *suffix, int flags);
/// Whether an errno says that no more files can be opened.
bool bgsh_is_without_descriptors(int error);
/// On the monotonic clock.
int64_t bgsh_milliseconds_now(void);

// launched.c

/// Forgets what this process did not launch itself: a fork begins with no tasks of its own.
void bgsh_forget_others_tasks(void);
/// Makes room for one task more, or returns false.
bool bgsh_make_room_for_launched(void);
/// Notes a task as launched, here and in the list of the session.
void bgsh_add_launched(const struct launch *launch);

#endif
