// How bgsh was called: bash's own command line, read as bash reads it, and
// where the real bash is. C because bgsh needs both before Swift's runtime
// starts, and everything else is to come to the same answers (docs/design/line.md).
#ifndef BGSH_INVOCATION_H
#define BGSH_INVOCATION_H

#include <stdbool.h>
#include <stddef.h>

/// Where what is to run comes from.
enum bgsh_source { bgsh_source_input, bgsh_source_command, bgsh_source_script };

/// Why a command line cannot be meant.
enum bgsh_complaint {
  bgsh_no_complaint,
  bgsh_complaint_nameless,
  bgsh_complaint_unknown_option,
  bgsh_complaint_missing_value,
  bgsh_complaint_missing_command,
  bgsh_complaint_no_memory,
  /// The one who took bgsh's own options knows.
  bgsh_complaint_of_taker,
};

/// A command line with bash's options in their meaning. Words are those that were passed; the arrays live as long as the
/// process.
struct bgsh_command_line {
  enum bgsh_source source;
  /// The command, or the script's name.
  char *_Nullable text;
  /// What follows it, or what `-s` is given; NULL at the end.
  char *_Nullable *_Nullable arguments;

  /// What bash is to be called: `bash` in place of bgsh's own name, any other name as it is.
  char *_Nullable name;
  /// Bash's whole command line, as if bash had been called; NULL at the end.
  char *_Nullable *_Nullable plain_words;
  /// The options that a session does not express otherwise, long ones first; NULL at the end. Those for a login, an
  /// interactive and a verbose shell, `-c`, `-s` and what names startup files are not among them.
  char *_Nullable *_Nullable options;

  /// The file that `--rcfile` or `--init-file` names.
  char *_Nullable startup_file;
  bool is_login;
  bool is_interactive;
  bool is_verbose;
  bool is_posix;
  /// Whether it is a restricted shell, by its name or by an option.
  bool is_restricted;
  bool reads_standard_input;
  bool reads_no_startup_file;
  bool reads_no_profile;
  /// Whether it goes by a name of bash's, and is to be nothing else.
  bool is_called_bash;
  /// Whether that name is `sh`.
  bool is_called_sh;
  /// Whether nothing is to run, as with `-n`, `--dump-strings` and what bash prints about itself: then it is bash's.
  bool runs_nothing;
  bool asks_for_help;
  bool asks_for_version;

  enum bgsh_complaint complaint;
  /// What the complaint is about; NULL if it needs no word.
  char *_Nullable wrong_word;
};

/// Takes an option of bgsh's own with its value from the front of `words`.
///
/// Returns how many words that is, 0 if it is no such option, -1 if it cannot be meant.
typedef int bgsh_option_taker(void *_Nullable context, char *_Nullable const *_Nonnull words);

/// Reads a whole command line, the program's name first and NULL behind it. Long options are bash's up to the first
/// letters, as in bash, with one dash or two, and with two also behind them.
///
/// - Parameter take_own: What takes bgsh's own long options; NULL if they are to be a complaint.
struct bgsh_command_line bgsh_read_command_line(int count, char *_Nullable *_Nonnull words,
                                                bgsh_option_taker *_Nullable take_own, void *_Nullable context);

/// The user's bash: the one that `BGSH_SHELL` names, else the first in `PATH`, else that of the system. A program that is
/// itself bgsh, by whatever name, is passed over.
///
/// Returns NULL if there is none; else a path that lives as long as the process.
const char *_Nullable bgsh_find_bash(void);

#endif
