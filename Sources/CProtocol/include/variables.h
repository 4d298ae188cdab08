// Variables that more than one program reads or sets.
#ifndef BGSH_VARIABLES_H
#define BGSH_VARIABLES_H

/// The state directory, and the session that a program belongs to.
#define BGSH_STATE_VARIABLE "BGSH_STATE_DIR"
#define BGSH_SESSION_VARIABLE "BGSH_SESSION"

/// In the shell: the task that was launched last, and how many have not ended.
#define BGSH_TASK_VARIABLE "BGSH_TASK"
#define BGSH_RUNNING_VARIABLE "BGSH_RUNNING"

/// In a task: its number and its name.
#define BGSH_TASK_ID_VARIABLE "BGSH_TASK_ID"
#define BGSH_TASK_NAME_VARIABLE "BGSH_TASK_NAME"

/// Settings of the shell: when notifications are shown, how much of an output is kept, what ended tasks keep.
#define BGSH_NOTIFY_VARIABLE "BGSH_NOTIFY"
#define BGSH_OUTPUT_LIMIT_VARIABLE "BGSH_OUTPUT_LIMIT"
#define BGSH_KEEP_VARIABLE "BGSH_KEEP"

/// What bgsh is told of before each prompt: `X(NAME)`, each a variable that is set. The others say what can be shown.
#define BGSH_TOLD_VARIABLES(X) \
  X(BGSH_NOTIFY_VARIABLE)      \
  X("TERM")                    \
  X("NO_COLOR")                \
  X("LC_ALL")                  \
  X("LC_CTYPE")                \
  X("LANG")

/// The value of BGSH_NOTIFY with which nothing is told.
#define BGSH_NOTIFY_OFF "off"
/// The one with which it is told at once, also while a line is edited.
#define BGSH_NOTIFY_NOW "now"

#endif
