// What the parts of the reader share.
#ifndef BGSH_READER_H
#define BGSH_READER_H

#include "library.h"

// history.c

/// Keeps a line as bash would have; what is typed is shown again where the history changed it.
void bgsh_remember(const char *typed);
/// Lets bash take the replaced line for a later one of a command that is not kept. That lasts until bash asks for the next
/// line or a task is launched, so while the line runs `-v` is off.
void bgsh_hide_from_history(bool is_source);

enum expansion { expansion_none, expansion_made, expansion_native };
/// What history expansion makes of the line: nothing, a new text, or something that is bash's to deal with.
enum expansion bgsh_expand_history(struct text *typed);

// asking.c

/// Has bgsh show what is due, just before a prompt.
void bgsh_take_turn(void);
/// Whether the text holds the beginning of an operator.
bool bgsh_mentions_tasks(const char *text);
/// Whether there are aliases that bash expands.
bool bgsh_has_aliases(void);
/// What bgsh says about what bash has read.
///
/// Of a source it is shown all lines of the command, of which the newest begins at `start`.
enum bgsh_answer bgsh_ask_about(const char *seen, enum bgsh_place place, size_t start, int first_line,
                                struct text *answer);

// hold.c

/// Lets bash find the end of the command without running it. Where something is wrong with it, bash says so. `is_text`: it
/// comes from the text of `-c`.
void bgsh_hold(bool is_text);
/// Lets bash run again what it reads; what it has said meanwhile is shown, or counts for nothing.
void bgsh_end_hold(bool shows_messages);
bool bgsh_is_held(void);

#endif
