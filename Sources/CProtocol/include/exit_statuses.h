// What exit statuses say.
#ifndef BGSH_EXIT_STATUSES_H
#define BGSH_EXIT_STATUSES_H

#define BGSH_STATUS_DONE 0
#define BGSH_STATUS_FAILED 1
#define BGSH_STATUS_WRONG_USAGE 2

/// Of `wait` and `fg`: the task was never started.
#define BGSH_STATUS_SKIPPED 123
/// Of `wait` and `fg`: the task has reached its time limit.
#define BGSH_STATUS_TIMED_OUT 124
/// Of `wait` and `fg`: nobody knows how the task has ended, or bgsh itself has failed. Of a task: it could not be started.
#define BGSH_STATUS_UNKNOWN 125
/// Of bash: a program is there and cannot be run.
#define BGSH_STATUS_CANNOT_RUN 126
/// Of bash: there is no such program. Of `wait` and `fg`: there is no such task.
#define BGSH_STATUS_NOT_FOUND 127
/// A signal has ended it: this and the signal's number.
#define BGSH_STATUS_SIGNALED 128
/// Of `wait`: its `--timeout` has run out. As after SIGALRM.
#define BGSH_STATUS_WAIT_TIMED_OUT 142
/// Of `wait` and `fg`: the task waits for input. As after SIGTTIN.
#define BGSH_STATUS_WAITS_FOR_INPUT 149

#endif
