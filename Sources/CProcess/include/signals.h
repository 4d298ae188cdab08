// Signals: their actions, and those that arrive by a descriptor.
// Only plain types cross this header, so that it drags no system header into Swift.
#ifndef BGSH_SIGNALS_H
#define BGSH_SIGNALS_H

#include <stddef.h>

/// Remembers which signals were ignored when the program started: a child that
/// `bgsh_spawn` starts ignores them too, as under nohup. Call it before the
/// first change of a signal's action.
void bgsh_keep_ignored(void);

/// Ignores those signals again: for a program that takes the place of this one.
void bgsh_restore_ignored(void);

/// From here on this process writes a text to its standard error before it dies of
/// a failure of its own; memory that it cannot have is one. The text lives as
/// long as the process. Call it after `bgsh_keep_ignored`.
void bgsh_say_at_death(const char *_Nonnull text);

/// Ignores a signal, or restores its default action.
void bgsh_ignore_signal(int signal_number);
void bgsh_default_signal(int signal_number);

/// Blocks the given signals and returns a close-on-exec, nonblocking signalfd
/// for them, or -1 with errno.
int bgsh_signal_descriptor(const int *_Nonnull signal_numbers, size_t count);

/// A signal that was read from a signalfd.
struct bgsh_arrival {
  int signal_number;
  /// Who sent it; of no meaning if the kernel did.
  int sender;
  /// Whether the kernel sent it by itself: for a terminal, a timer, a limit.
  int is_from_kernel;
};

/// Reads one; the number is 0 if none is pending.
struct bgsh_arrival bgsh_next_arrival(int descriptor);

/// From here on a signal that stands for a failure of this process (SIGSEGV and the like), but was sent by another one, goes
/// to that process; with -1 it is kept until there is one, 0 ends this. Call it after `bgsh_say_at_death`.
void bgsh_pass_failures_to(int process_id);

/// Stops this process by a signal whose action is to stop, blocked or not; returns when it goes on.
void bgsh_stop_by_signal(int signal_number);

/// Dies of the signal with its default action, so that the parent sees it.
void bgsh_die_of_signal(int signal_number);

#endif
