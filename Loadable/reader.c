// Bash reads its own lines, with its own readline, prompts, history and traps.
// Here stands what looks at each line before bash parses it: bgsh says whether
// it holds something of bgsh's. If not, and that is nearly always, bash gets
// it as it was read. If it does, bash gets other text and the history keeps
// what was typed.
#include "reader.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/// Bash's own functions for a character of the input and back.
static get_function *get_natively;
static unget_function *unget_natively;

/// The line that bash is being given, or several.
static struct text line;
static size_t next;
/// Whether bash is given something other than was typed: then its history must not see it.
static bool is_replacement;

/// What bash is to be given once it has forgotten the command that it had begun to read. Until it asks for that its
/// status is `none_yet`: an interrupt that comes first would change it.
enum { none_yet = 0x5bad };
static struct {
  bool is_due;
  struct text text;
  int status;
  enum input_type type;
  /// Whether bash does not know yet that its input is of that type: without line editing it would prompt for each line.
  bool hides_prompts;
} again;

/// A source that bash reads; nobody types it.
static struct {
  bool is_read;
  /// Called before its first line; NULL afterwards.
  void (*begin)(void);
  /// What is left of the text of `-c`.
  char *text;
} source;

/// What bgsh makes of the first line of the text of `-c`, which it knew before bash was started; NULL where it is to be asked.
static const char *prepared_line;

/// The command that bash has begun to read.
static struct {
  /// The number of its first line.
  int first_line;
  /// Its lines so far, each with a newline; only of a source.
  struct text lines;
  /// Whether the source has no newline behind them; and whether it ends with one behind a backslash.
  bool is_unended, was_continued;
} command;

// MARK: What bash is given

static void drop_command(void) __attribute__((noreturn));
static void end_source(void) __attribute__((noreturn));

/// Runs nothing of a line that is not whole, as there was no memory for the rest.
static void refuse_line(void) {
  bgsh_say(STDERR_FILENO, "no memory left for the line; it is not run");
  if (source.is_read && current_command_line_count > 0) end_source();
  set_exit_status(2);
  if (current_command_line_count > 0) drop_command();
  bgsh_clear(&line);
  bgsh_add(&line, "\n", 1);
  // Without memory for a newline bash would end, too.
  if (line.is_cut) exit_shell(2);
}

static void replace_line(const struct text *text) {
  bgsh_clear(&line);
  bgsh_add(&line, text->bytes ? text->bytes : "", text->length);
  bgsh_add(&line, "\n", 1);
  next = 0;
  if (line.is_cut || text->is_cut) refuse_line();
  is_replacement = true;
}

static void show_prompts(void) {
  if (again.hides_prompts) bash_input.type = again.type;
  again.hides_prompts = false;
}

static void forget_line(void) {
  show_prompts();
  bgsh_clear(&line);
  next = 0;
  is_replacement = false;
}

/// Lets bash forget the command that it has begun to read.
static void drop_command(void) {
  forget_line();
  line_number = command.first_line - 1;
  reset_parser();
  jump_to_top_level(discard_command);
}

/// Ends the shell as a syntax error in a source does. What has been read of the command is not run.
static void end_source(void) {
  forget_line();
  reset_parser();
  bgsh_run_again();
  set_exit_status(2);
  jump_to_top_level(exit_program);
}

/// Gives bash the whole command again, rewritten, without a prompt in between.
static void read_again(const struct text *text) __attribute__((noreturn));
static void read_again(const struct text *text) {
  bgsh_clear(&again.text);
  bgsh_add(&again.text, text->bytes, text->length);
  again.is_due = true;
  again.status = last_command_exit_value;
  again.type = bash_input.type;
  // PROMPT_COMMAND and the prompt belong to lines that are typed. A status that is not 0 bash leaves alone when it
  // discards a command (its eval.c).
  bash_input.type = input_string;
  last_command_exit_value = none_yet;
  drop_command();
}

/// Shows bgsh the line, and does what it says.
static void consider(bool is_first) {
  // Kept from call to call: there may be a jump out of here.
  static struct text typed, seen, answer;
  bgsh_clear(&typed);
  bgsh_add(&typed, line.bytes, line.length);
  if (typed.length > 0 && typed.bytes[typed.length - 1] == '\n') typed.bytes[--typed.length] = '\0';
  bgsh_clear(&seen);
  bgsh_add(&seen, typed.bytes, typed.length);
  if (typed.is_cut || seen.is_cut) return refuse_line();
  if (bgsh_expand_history(&seen) == expansion_native) return;
  if (seen.is_cut) return refuse_line();
  bgsh_clear(&answer);
  switch (bgsh_ask_about(seen.bytes, is_first ? bgsh_place_first : bgsh_place_later, 0, 1, &answer)) {
    case bgsh_answer_replacement:
      bgsh_remember(typed.bytes);
      replace_line(&answer);
      break;
    case bgsh_answer_whole_command:
      bgsh_remember(typed.bytes);
      read_again(&answer);  // Does not return.
    case bgsh_answer_refused:
      bgsh_remember(typed.bytes);
      set_exit_status(2);
      if (!is_first) drop_command();
      bgsh_clear(&answer);
      replace_line(&answer);
      break;
    default:
      break;
  }
}

// MARK: Sources

/// Takes a newline away that the source does not have; a line that bash echoes keeps it.
static void leave_unended(void) {
  if (command.is_unended && line.length > 0 && !echo_input_at_read) line.bytes[--line.length] = '\0';
}

/// Gives the last line of a source a newline, so that bash does not see the end of the input yet: it has to come back for the
/// command that is held.
static void end_held_line(void) {
  size_t backslashes = 0;
  if (line.bytes[line.length - 1] == '\n') line.bytes[--line.length] = '\0';
  while (backslashes < line.length && line.bytes[line.length - 1 - backslashes] == '\\') backslashes++;
  if (backslashes % 2) line.bytes[--line.length] = '\0';
  bgsh_add(&line, "\n", 1);
  if (line.is_cut) refuse_line();
}

/// What bgsh makes of the command.
static struct text judged;

/// Shows bgsh the command whose end bash has found, and gives bash what it says.
static void judge_command(void) {
  bgsh_end_hold(false);
  command.lines.bytes[--command.lines.length] = '\0';
  line_number = command.first_line;
  bgsh_clear(&judged);
  enum bgsh_answer verdict = bgsh_ask_about(command.lines.bytes, bgsh_place_whole, 0, command.first_line, &judged);
  if (verdict == bgsh_answer_refused) end_source();
  replace_line(verdict == bgsh_answer_replacement ? &judged : &command.lines);
  leave_unended();
}

/// Takes what bgsh has made of the first line, if nothing has come before it that could change what it means.
static bool take_prepared_line(size_t start) {
  const char *prepared = prepared_line;
  prepared_line = NULL;
  if (!prepared || start > 0 || command.first_line != 1 || posixly_correct || bgsh_has_aliases()) return false;
  bgsh_add_string(&judged, prepared);
  return true;
}

/// Shows bgsh the newest line of a command, if something on it can concern tasks.
static void consider_line(size_t start) {
  const char *newest = command.lines.bytes + start;
  // Flags may stand on the next line.
  bool goes_on = bgsh_is_held() && start >= 2 && newest[-2] == '\\';
  if (!goes_on && !bgsh_mentions_tasks(newest) && !bgsh_has_alias_with_operator()) return;
  bgsh_clear(&judged);
  enum bgsh_answer verdict = bgsh_answer_replacement;
  if (!take_prepared_line(start))
    verdict = bgsh_ask_about(command.lines.bytes, bgsh_place_in_source, start, command.first_line, &judged);
  if (verdict == bgsh_answer_held) bgsh_hold(source.text);
  if (verdict == bgsh_answer_refused) end_source();
  bool is_replaced =
      verdict == bgsh_answer_replacement || (verdict == bgsh_answer_held && judged.length > 0);
  if (!is_replaced) return;
  if (echo_input_at_read) fprintf(stderr, "%.*s\n", (int)strcspn(newest, "\n"), newest);
  struct text typed = {0};
  bgsh_add(&typed, newest, strcspn(newest, "\n"));
  if (!typed.is_cut) bgsh_remember(typed.bytes);
  free(typed.bytes);
  replace_line(&judged);
}

// MARK: Reading

/// What the last command of the startup files has left in `$_`, and whether `-v` is on.
static char *last_word;
static int echoes_first_line;

/// Whether what is due before the next command has been shown.
static bool has_taken_turn;

/// Without line editing bash prints its prompt before it asks for a character. Before that it looks for PS1.
static struct variable *see_prompt(struct variable *prompt) {
  bool is_due = no_line_editing && interactive && bash_input.type == input_stream && !has_taken_turn &&
                current_command_line_count == 0 && parse_and_execute_level == 0;
  if (!is_due || getpid() != bgsh_session.shell) return prompt;
  has_taken_turn = true;
  // At its start bash sets up such an input after all startup files.
  bgsh_follow_input();
  bgsh_take_turn();
  return prompt;
}

/// Whatever is assigned to PS1 keeps this; what takes its place, as after `unset`, is given it at the next line.
static void watch_prompt(void) {
  struct variable *prompt = find_variable("PS1");
  if (prompt && !prompt->dynamic_value) prompt->dynamic_value = see_prompt;
}

/// Whether bash is about to prompt, and does not go on with what was pasted.
static bool will_prompt(void) {
  if (bash_input.type == input_stream) return interactive_shell;
  return bash_input.type == input_readline &&
         (!current_readline_line || !current_readline_line[current_readline_line_index]);
}

/// Puts back what shows of the command that has started the session.
static void finish_start(void) {
  if (!last_word) return;
  bind_variable("_", last_word, 0);
  free(last_word);
  last_word = NULL;
  // Bash restores it behind PROMPT_COMMAND.
  echo_input_at_read = echoes_first_line;
  // Before there was any status, bash has put nothing back behind PROMPT_COMMAND, and would keep no status in it.
  struct variable *statuses = find_variable("PIPESTATUS");
  if (statuses && !statuses->value) unbind_variable("PIPESTATUS");
}

/// Reads a line up to its newline, or to the end of the input.
static void read_natively(void) {
  char part[256];
  size_t count = 0;
  int character;
  do {
    character = get_natively();
    // Bash drops NUL characters.
    if (character != EOF && character != '\0') part[count++] = (char)character;
    if (count < sizeof part && character != EOF && character != '\n') continue;
    bgsh_add(&line, part, count);
    count = 0;
  } while (character != EOF && character != '\n');
}

/// At the end of the input: gives a command that is held, and ends with a backslash and a newline, the end that bash comes
/// back from.
static bool end_continued_command(void) {
  const struct text *lines = &command.lines;
  bool is_continued = bgsh_is_held() && !command.is_unended && !command.was_continued && lines->length > 1 &&
                      lines->bytes[lines->length - 2] == '\\';
  if (!is_continued) return false;
  command.was_continued = true;
  bgsh_add(&line, "\n", 1);
  return !line.is_cut;
}

/// Reads a line of a source; what it leaves in `line` is for bash. False at the end of the input.
static bool read_source_line(void) {
  bool is_first = current_command_line_count == 0;
  forget_line();
  if (is_first && bgsh_is_held()) {
    judge_command();
    return true;
  }
  if (is_first) {
    command.first_line = line_number;
    command.is_unended = command.was_continued = false;
    bgsh_clear(&command.lines);
  }
  read_natively();
  if (line.is_cut) refuse_line();
  if (line.length == 0) return end_continued_command();
  // With `set -n` nothing is run.
  if (read_but_dont_execute && !bgsh_is_held()) return true;
  size_t start = command.lines.length;
  command.is_unended = line.bytes[line.length - 1] != '\n';
  bgsh_add(&command.lines, line.bytes, line.length);
  if (command.is_unended) bgsh_add(&command.lines, "\n", 1);
  if (command.lines.is_cut) refuse_line();
  consider_line(start);
  if (!command.is_unended) return true;
  if (bgsh_is_held()) end_held_line();
  else if (is_replacement) leave_unended();
  return true;
}

/// Reads a line; what it leaves in `line` is for bash. False at the end of the input.
static bool read_line(void) {
  if (source.begin) source.begin();
  source.begin = NULL;
  if (source.is_read) return read_source_line();
  finish_start();
  bool is_first = current_command_line_count == 0;
  if (is_first) command.first_line = line_number;
  forget_line();
  watch_prompt();
  if (is_first && !has_taken_turn && will_prompt()) bgsh_take_turn();
  has_taken_turn = false;
  // Bash heeds an interrupt at the next character, and readline would not hear of it.
  if (interrupt_state) {
    bgsh_add(&line, "\n", 1);
    return true;
  }
  read_natively();
  if (line.length == 0 && !line.is_cut) return false;
  if (line.is_cut) refuse_line();
  else consider(is_first);
  if (interrupt_state) {
    forget_line();
    bgsh_add(&line, "\n", 1);
  }
  return true;
}

/// Goes on with the command that bash has been made to forget, unless an interrupt came before.
static void take_again(void) {
  again.is_due = false;
  again.hides_prompts = again.type == input_stream;
  if (!again.hides_prompts) bash_input.type = again.type;
  if (last_command_exit_value != none_yet) drop_command();
  last_command_exit_value = again.status;
  replace_line(&again.text);
}

/// An interrupt between two characters of a line would leave the rest of it here, for the next command to begin with.
static struct {
  bool is_held;
  sigset_t before;
} interrupts;

static void hold_interrupts(void) {
  sigset_t interrupt;
  sigemptyset(&interrupt);
  sigaddset(&interrupt, SIGINT);
  interrupts.is_held = sigprocmask(SIG_BLOCK, &interrupt, &interrupts.before) == 0;
  // One that has come meanwhile is heeded now, with nothing left of the line.
  if (!interrupt_state) return;
  forget_line();
  bgsh_add(&line, "\n", 1);
}

static void release_interrupts(void) {
  if (interrupts.is_held) sigprocmask(SIG_SETMASK, &interrupts.before, NULL);
  interrupts.is_held = false;
}

/// Lets bash see whether more of the text of `-c` follows: where nothing does, it ends.
static void show_rest(void) {
  static char more[] = "\n";
  if (!source.text) return;
  bash_input.location.string = next < line.length || bgsh_is_held() ? more : source.text;
}

static int get(void) {
  if (next >= line.length) {
    bgsh_reveal_history();
    if (again.is_due) {
      take_again();
    } else if (!read_line()) {
      // The last line may have had no newline.
      release_interrupts();
      show_rest();
      return EOF;
    }
  }
  // An interrupt ends a shell that nobody types into.
  if (!source.is_read && !interrupts.is_held) hold_interrupts();
  int character = (unsigned char)line.bytes[next++];
  show_rest();
  if (character != '\n') return character;
  if (is_replacement) {
    bgsh_reveal_history();
    bgsh_hide_from_history(source.is_read);
  }
  release_interrupts();
  if (interrupt_state) forget_line();
  if (next >= line.length) show_prompts();
  return character;
}

static int unget(int character) {
  if (character == EOF) return EOF;
  if (next > 0) {
    line.bytes[--next] = (char)character;
    return character;
  }
  return unget_natively(character);
}

// MARK: Installing

static void follow(struct bash_input *input) {
  if (input->get == get) return;
  get_natively = input->get;
  unget_natively = input->unget;
  input->get = get;
  input->unget = unget;
}

/// While bash reads its startup files, its own input waits as the last of the saved ones. It is set up here, before bash would
/// do it, so that the library stands in it.
void bgsh_follow_reader(void) {
  struct saved_input *saved = stream_list;
  if (!saved) return;
  while (saved->next) saved = saved->next;
  if (saved->input.type == input_none) {
    struct bash_input current = bash_input;
    struct saved_input *list = stream_list;
    memset(&bash_input, 0, sizeof bash_input);
    stream_list = NULL;
    with_input_from_stdin();
    saved->input = bash_input;
    bash_input = current;
    stream_list = list;
  }
  follow(&saved->input);
  watch_prompt();
  const char *word = get_string_value("_");
  last_word = strdup(word ? word : "");
  echoes_first_line = echo_input_at_read;
}

void bgsh_follow_input(void) {
  bool is_own = get_natively && getpid() == bgsh_session.shell;
  if (is_own && (bash_input.type == input_readline || bash_input.type == input_stream)) follow(&bash_input);
}

bool bgsh_reads_input(void) { return bash_input.get == get; }

void bgsh_follow_source(void (*begin)(void)) {
  // A bash that is interactive all the same runs what it reads.
  source.is_read = !interactive_shell;
  source.begin = begin;
  follow(&bash_input);
}

void bgsh_prepare_first_line(const char *replacement) { prepared_line = replacement; }

static int next_of_text(void) { return *source.text ? (unsigned char)*source.text++ : EOF; }

static int put_back(int character) { return character; }

void bgsh_follow_text(char *text, void (*begin)(void)) {
  source.text = text;
  bash_input.location.string = text;
  bash_input.get = next_of_text;
  bash_input.unget = put_back;
  bgsh_follow_source(begin);
}
