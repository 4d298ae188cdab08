// The actions of this process's signals, for the files of this target.
#ifndef BGSH_SIGNAL_ACTIONS_H
#define BGSH_SIGNAL_ACTIONS_H

#include <signal.h>
#include <stdbool.h>

/// Sets an action without flags. It may be called between fork and exec.
void bgsh_set_action(int signal_number, void (*_Nullable handler)(int));

/// Whether a signal was ignored when the program started. It may be called between fork and exec.
bool bgsh_was_ignored(int signal_number);

#endif
