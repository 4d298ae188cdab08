// What a session's bash is told at its start: `__bgsh_start KEY=VALUE...`.
#ifndef BGSH_START_SETTINGS_H
#define BGSH_START_SETTINGS_H

#include "swift_names.h"

/// `X(CASE, KEY)`; what is not told is empty.
#define BGSH_START_SETTINGS(X)                                                                       \
  /* Where bgsh listens: a name in the abstract namespace. */                                        \
  X(socket, "socket")                                                                                \
  /* Where calls come from, in a shell that a program uses: a name in the abstract namespace. */      \
  X(calls, "calls")                                                                                  \
  /* The directories of the session and of what tasks write. */                                      \
  X(run, "run")                                                                                      \
  X(output, "tasks")                                                                                 \
  /* The state directory, and the session's name in it. */                                           \
  X(state, "state")                                                                                  \
  X(session, "session")                                                                              \
  /* The library itself, and the program behind the job commands. */                                 \
  X(library, "library")                                                                              \
  X(control, "control")                                                                              \
  /* What a task finds on its standard input. */                                                     \
  X(input, "input")                                                                                  \
  /* Why no task can be started. */                                                                  \
  X(refusal, "refusal")                                                                              \
  /* What bash reads: BGSH_READER_... */                                                             \
  X(reader, "reader")                                                                                \
  /* The descriptor of the file with the text of `-c`; the name of the script. */                    \
  X(text, "text")                                                                                    \
  X(script, "script")                                                                                \
  /* Not empty where bash is to echo what it reads. */                                               \
  X(verbose, "verbose")                                                                              \
  /* Which startup files bash is to read: BGSH_STARTUP_..., and the one that is named. */            \
  X(startup, "startup")                                                                              \
  X(startupFile, "file")                                                                             \
  /* Not empty where a login shell reads its profile files. */                                       \
  X(profiles, "profiles")                                                                            \
  /* BGSH_POSIX_OFF where posix mode was only a means to come here. */                               \
  X(posix, "posix")                                                                                  \
  /* bash code to be run after the startup files. */                                                 \
  X(settings, "settings")                                                                            \
  /* The job commands that bash has no word for, as far as this session has them; with commas. */    \
  X(words, "words")                                                                                  \
  /* The descriptor that all this was read from. */                                                  \
  X(descriptor, "descriptor")

enum BGSH_CLOSED_ENUM("StartSetting") bgsh_start_setting {
#define BGSH_START_SETTING_CASE(name, key) bgsh_start_##name BGSH_SWIFT_NAME(#name),
  BGSH_START_SETTINGS(BGSH_START_SETTING_CASE)
#undef BGSH_START_SETTING_CASE
};

static inline const char *_Nonnull bgsh_start_key(enum bgsh_start_setting setting)
    BGSH_SWIFT_NAME("getter:StartSetting.key(self:)");
static inline const char *_Nonnull bgsh_start_key(enum bgsh_start_setting setting) {
#define BGSH_START_SETTING_KEY(name, key) key,
  static const char *const keys[] = {BGSH_START_SETTINGS(BGSH_START_SETTING_KEY)};
#undef BGSH_START_SETTING_KEY
  return keys[setting];
}

#define BGSH_READER_TERMINAL "terminal"
#define BGSH_READER_COMMAND "command"
#define BGSH_READER_SCRIPT "script"
#define BGSH_READER_INPUT "input"

/// `~/.bashrc`, or the file that is named in its place.
#define BGSH_STARTUP_INTERACTIVE "interactive"
/// Those of a login shell, and of one that is called `sh`, which reads the file that ENV names after them.
#define BGSH_STARTUP_LOGIN "login"
#define BGSH_STARTUP_SH_LOGIN "sh-login"
/// The file that ENV names, in posix mode.
#define BGSH_STARTUP_POSIX "posix"
/// None, but PROMPT_COMMAND is to be run once more.
#define BGSH_STARTUP_PROMPT "prompt"

#define BGSH_POSIX_OFF "off"

/// The builtins of the library, in one word list, to be loaded with `enable -f`.
#define BGSH_QUIET_BUILTIN "__bgsh_quiet"
#define BGSH_START_BUILTIN "__bgsh_start"
#define BGSH_SOURCE_BUILTIN "__bgsh_source"
#define BGSH_READ_BUILTIN "__bgsh_read"
#define BGSH_LAUNCH_BUILTIN "__bgsh_launch"
#define BGSH_TAKE_BUILTIN "__bgsh_take"
#define BGSH_SERVE_BUILTIN "__bgsh_serve"

#endif
