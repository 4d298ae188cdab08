#include "invocation.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

// MARK: Long options

enum long_option {
  long_unknown,
  long_kept,
  long_login,
  long_startup_file,
  long_no_startup_file,
  long_no_profile,
  long_posix,
  long_verbose,
  long_restricted,
  long_bash_only,
  long_help,
  long_version,
};

/// All of bash 5.2, with what they are to a session.
static const struct {
  const char *name;
  enum long_option option;
} long_options[] = {
    {"debug", long_kept},
    {"debugger", long_kept},
    {"dump-po-strings", long_bash_only},
    {"dump-strings", long_bash_only},
    {"help", long_help},
    {"init-file", long_startup_file},
    {"login", long_login},
    {"noediting", long_kept},
    {"noprofile", long_no_profile},
    {"norc", long_no_startup_file},
    {"posix", long_posix},
    {"pretty-print", long_bash_only},
    {"rcfile", long_startup_file},
    {"restricted", long_restricted},
    {"verbose", long_verbose},
    {"version", long_version},
};

static enum long_option find_long_option(const char *name) {
  for (size_t index = 0; index < sizeof long_options / sizeof *long_options; index++)
    if (strcmp(long_options[index].name, name) == 0) return long_options[index].option;
  return long_unknown;
}

// MARK: Words

/// Words in order, with room for all that there can be.
struct words {
  char **words;
  size_t count;
};

static void add(struct words *words, char *word) {
  words->words[words->count++] = word;
  words->words[words->count] = NULL;
}

/// What is read so far.
struct reader {
  char **words;
  struct bgsh_command_line line;
  /// For bash: its long options, then the words of letters with their values.
  struct words long_words, letter_words;
  /// For a session's bash.
  struct words long_options, letter_options;
  bool has_command;
};

static void complain(struct reader *reader, enum bgsh_complaint complaint, char *word) {
  reader->line.complaint = complaint;
  reader->line.wrong_word = word;
}

// MARK: Reading

static char *name_for_bash(struct bgsh_command_line *line, char *called) {
  static char bash[] = "bash", login_bash[] = "-bash";
  const char *slash = strrchr(called, '/');
  const char *base = slash ? slash + 1 : called;
  bool is_login = called[0] == '-';
  if (is_login && !slash) base++;
  line->is_login = is_login;
  line->is_called_sh = strcmp(base, "sh") == 0;
  line->is_restricted = strcmp(base, "rbash") == 0;
  line->is_called_bash = line->is_called_sh || strcmp(base, "bash") == 0 || strcmp(base, "rbash") == 0;
  if (strcmp(base, "bgsh") == 0) return is_login ? login_bash : bash;
  return called;
}

/// Takes a long option of bash's and returns how many words that is; 0 if it is none.
static int take_long(struct reader *reader, char **words, const char *name) {
  struct bgsh_command_line *line = &reader->line;
  enum long_option option = find_long_option(name);
  if (option == long_unknown) return 0;
  if ((option == long_help || option == long_version) && !line->is_called_bash) {
    line->asks_for_help = line->asks_for_help || option == long_help;
    line->asks_for_version = line->asks_for_version || option == long_version;
    return 1;
  }
  add(&reader->long_words, words[0]);
  switch (option) {
    case long_login: line->is_login = true; break;
    case long_no_startup_file: line->reads_no_startup_file = true; break;
    case long_verbose: line->is_verbose = true; break;
    case long_help: case long_version: case long_bash_only: line->runs_nothing = true; break;
    case long_no_profile:
      line->reads_no_profile = true;
      add(&reader->long_options, words[0]);
      break;
    case long_posix:
      line->is_posix = true;
      add(&reader->long_options, words[0]);
      break;
    case long_startup_file:
      if (!words[1]) return complain(reader, bgsh_complaint_missing_value, words[0]), 1;
      line->startup_file = words[1];
      add(&reader->long_words, words[1]);
      return 2;
    case long_restricted:
      line->is_restricted = true;
      add(&reader->long_options, words[0]);
      break;
    default: add(&reader->long_options, words[0]);
  }
  return 1;
}

/// Whether a session is told of an option of `set` by other means; notes what it says.
static bool notes_set_option(struct bgsh_command_line *line, const char *name, bool is_on) {
  if (strcmp(name, "posix") == 0) line->is_posix = is_on;
  if (strcmp(name, "noexec") == 0) line->runs_nothing = is_on;
  if (strcmp(name, "verbose") != 0) return false;
  line->is_verbose = is_on;
  return true;
}

/// Takes a word like `-xec` with the values of its `o` and `O`, and returns how many words that is.
static int take_letters(struct reader *reader, char **words) {
  struct bgsh_command_line *line = &reader->line;
  bool is_on = words[0][0] == '-';
  char *kept = malloc(strlen(words[0]) + 1);
  char **values = calloc(strlen(words[0]) + 1, sizeof *values);
  if (!kept || !values) return complain(reader, bgsh_complaint_no_memory, NULL), 1;
  size_t length = 0, value_count = 0;
  int taken = 1;
  kept[length++] = words[0][0];
  add(&reader->letter_words, words[0]);
  for (const char *letter = words[0] + 1; *letter; letter++) {
    switch (*letter) {
      case 'c': reader->has_command = true; break;
      case 'i': line->is_interactive = is_on; break;
      case 'l': line->is_login = true; break;
      case 's': line->reads_standard_input = true; break;
      case 'v': line->is_verbose = is_on; break;
      case 'D': line->runs_nothing = true; break;
      case 'o': case 'O':
        if (!words[taken]) {
          // Bash prints what there is.
          line->runs_nothing = true;
          break;
        }
        add(&reader->letter_words, words[taken]);
        if (*letter == 'O' || !notes_set_option(line, words[taken], is_on)) {
          kept[length++] = *letter;
          values[value_count++] = words[taken];
        }
        taken++;
        break;
      default:
        if (*letter == 'n') line->runs_nothing = is_on;
        if (*letter == 'r' && is_on) line->is_restricted = true;
        kept[length++] = *letter;
    }
  }
  kept[length] = '\0';
  if (length > 1) {
    add(&reader->letter_options, kept);
    for (size_t index = 0; index < value_count; index++) add(&reader->letter_options, values[index]);
  }
  free(values);
  return taken;
}

static bool has_blank(const char *word) {
  while (*word && !isspace((unsigned char)*word)) word++;
  return *word;
}

/// Takes all options and returns where they end; `terminator` is the word that ends them, if one does.
static char **take_options(struct reader *reader, bgsh_option_taker *take_own, void *context, char **terminator) {
  char **next = reader->words + 1;
  while (*next && (**next == '-' || **next == '+') && reader->line.complaint == bgsh_no_complaint) {
    char *word = *next;
    if (strcmp(word, "-") == 0 || strcmp(word, "--") == 0) {
      *terminator = word;
      return next + 1;
    }
    bool has_two_dashes = word[0] == '-' && word[1] == '-';
    // A command may begin with the prefix form.
    if (reader->has_command && has_two_dashes && has_blank(word)) break;
    int taken = 0;
    if (has_two_dashes || (word[0] == '-' && reader->letter_words.count == 0))
      taken = take_long(reader, next, word + (has_two_dashes ? 2 : 1));
    if (taken == 0 && has_two_dashes) {
      taken = take_own ? take_own(context, next) : 0;
      if (taken <= 0) complain(reader, taken == 0 ? bgsh_complaint_unknown_option : bgsh_complaint_of_taker, word);
    } else if (taken == 0) {
      taken = take_letters(reader, next);
    }
    next += taken;
  }
  return next;
}

static char **joined(const struct words *parts[], size_t count, size_t room) {
  struct words all = {calloc(room, sizeof(char *)), 0};
  for (size_t part = 0; all.words && part < count; part++)
    for (size_t index = 0; index < parts[part]->count; index++) add(&all, parts[part]->words[index]);
  return all.words;
}

/// Says where what is to run comes from, and what bash would have to be told.
static void finish(struct reader *reader, char **rest, char *terminator, size_t room) {
  struct bgsh_command_line *line = &reader->line;
  static char double_dash[] = "--";
  struct words name = {calloc(2, sizeof(char *)), 0}, operands = {calloc(room, sizeof(char *)), 0};
  if (!name.words || !operands.words) return complain(reader, bgsh_complaint_no_memory, NULL);
  add(&name, line->name);
  if (!terminator && *rest && (**rest == '-' || **rest == '+')) terminator = double_dash;
  if (terminator) add(&operands, terminator);
  for (char **word = rest; *word; word++) add(&operands, *word);
  const struct words *plain[] = {&name, &reader->long_words, &reader->letter_words, &operands};
  const struct words *options[] = {&reader->long_options, &reader->letter_options};
  line->plain_words = joined(plain, 4, room);
  line->options = joined(options, 2, room);
  if (!line->plain_words || !line->options) return complain(reader, bgsh_complaint_no_memory, NULL);

  if (reader->has_command || (!line->reads_standard_input && *rest)) {
    line->source = reader->has_command ? bgsh_source_command : bgsh_source_script;
    if (!*rest && !line->runs_nothing) return complain(reader, bgsh_complaint_missing_command, NULL);
    line->text = *rest ? *rest++ : NULL;
  }
  line->arguments = rest;
}

struct bgsh_command_line bgsh_read_command_line(int count, char **words, bgsh_option_taker *take_own, void *context) {
  struct reader reader = {.words = words};
  if (count < 1 || !words[0]) {
    complain(&reader, bgsh_complaint_nameless, NULL);
    return reader.line;
  }
  // A name, a terminator and a NULL more than there are words.
  size_t room = (size_t)count + 3;
  struct words *lists[] = {&reader.long_words, &reader.letter_words, &reader.long_options, &reader.letter_options};
  for (size_t index = 0; index < sizeof lists / sizeof *lists; index++) {
    lists[index]->words = calloc(room, sizeof(char *));
    if (!lists[index]->words) {
      complain(&reader, bgsh_complaint_no_memory, NULL);
      return reader.line;
    }
  }
  reader.line.name = name_for_bash(&reader.line, words[0]);
  char *terminator = NULL;
  char **rest = take_options(&reader, take_own, context, &terminator);
  if (reader.line.complaint == bgsh_no_complaint) finish(&reader, rest, terminator, room);
  return reader.line;
}
