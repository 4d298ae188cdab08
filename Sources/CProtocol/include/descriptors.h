// The numbers of descriptors that more than one program uses. They are high,
// since scripts use low ones by number.
#ifndef BGSH_DESCRIPTORS_H
#define BGSH_DESCRIPTORS_H

/// Where the shell's standard error stands while the call of a builtin of bgsh's hides its trace: the rewritten code says
/// `9>&2 2>/dev/null`.
#define BGSH_MESSAGES_DESCRIPTOR 9
/// In the supervisor: its socket to bgsh. The end of file there means that bgsh has ended.
#define BGSH_EVENTS_DESCRIPTOR 240
/// In the supervisor: the session's terminal, if there is one.
#define BGSH_TERMINAL_DESCRIPTOR 241
/// In bash: the file with the text of `-c`.
#define BGSH_SOURCE_DESCRIPTOR 249
/// In bash: the file with the code that it begins with.
#define BGSH_START_DESCRIPTOR 250
/// The limit of open files below which there is no room for a session: some numbers above these are used in between.
#define BGSH_FEWEST_OPEN_FILES 260
/// Where the library puts its own descriptors, if the limit of open files allows that; else one of the lower floors.
#define BGSH_DESCRIPTOR_FLOOR 230
#define BGSH_LOWER_DESCRIPTOR_FLOOR 60
#define BGSH_LOWEST_DESCRIPTOR_FLOOR 20

#endif
