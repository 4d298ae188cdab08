// Text that bash evaluates: of `eval`, of a sourced file, of a trap or of
// PROMPT_COMMAND. Bash's builtins and functions stay as they are. Before bash
// looks for the first command of such a text it calls sigsetjmp, and the library
// stands in the place of that function. If the text can concern tasks, bgsh is
// shown it there, and bash goes on with what bgsh answers.
#include "library.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static unget_function *unget_natively;

/// Calls bash's own function. Where it stands in an input, the text of that input has been seen.
static int unget_seen(int character) { return unget_natively(character); }

static void mark_seen(struct bash_input *input) {
  if (input->type != input_string || input->unget == unget_seen) return;
  unget_natively = input->unget;
  input->unget = unget_seen;
}

/// Whether the text is that of a substitution. It is part of a text that has been seen.
static bool is_substitution(const char *name) {
  return strcmp(name, "command substitution") == 0 || strcmp(name, "process substitution") == 0;
}

/// Whether flags behind the operator show that the command `bg` is not meant.
static bool has_flags(const char *text) {
  for (const char *found = text; (found = strstr(found, BGSH_OPERATOR)) != NULL;) {
    found += strlen(BGSH_OPERATOR);
    const char *word = found + strspn(found, " \t");
    if (word > found && strncmp(word, "--", 2) == 0 && strchr("abcdefghijklmnopqrstuvwxyz", word[2])) return true;
  }
  return false;
}

static void say_native_meaning(const char *text, const char *reason) {
  if (has_flags(text)) bgsh_say(STDERR_FILENO, "'&bg' is bash's here, '&' and the command 'bg': %s", reason);
}

/// Goes on in another text, which is kept as long as bash evaluates it.
static void go_on_in(char *text) {
  bash_input.location.string = text;
  add_unwind_protect(free, text);
}

/// Says the complaints, a line each, and gives bash a text that only fails, with status 2. A trace does not show that.
static void refuse(const char *file, char *complaints) {
  static char code[] = "(\\builtin exit 2) 2>/dev/null";
  for (char *line; (line = strsep(&complaints, "\n")) != NULL;)
    if (*line) bgsh_say(STDERR_FILENO, "%s%s%s", file, *file ? ": " : "", line);
  bash_input.location.string = code;
}

static void show_text(const char *name, bool is_file) {
  const char *text = bash_input.location.string;
  if (remember_on_history) return say_native_meaning(text, "what 'fc' runs is kept in the history; type the command");
  struct text answer = {0};
  switch (bgsh_ask_about_evaluation(text, &answer)) {
    case bgsh_answer_replacement:
      go_on_in(answer.bytes);
      return;
    case bgsh_answer_error:
      if (answer.bytes) refuse(is_file ? name : "", answer.bytes);
      break;
    case bgsh_answer_not_understood:
      // A single line with a syntax error runs nothing, so nothing is misunderstood.
      if (strchr(text, '\n')) say_native_meaning(text, "the text as a whole cannot be understood");
      break;
    case bgsh_answer_none:
      if (!interrupt_state) say_native_meaning(text, "no bgsh answers");
      break;
    default:
      break;
  }
  free(answer.bytes);
}

/// Called wherever bash calls sigsetjmp, by the function below.
__attribute__((visibility("hidden"))) void bgsh_see_evaluation(void) {
  if (bash_input.type != input_string || bash_input.unget == unget_seen || bgsh_reads_input() || shell_eof_token) return;
  int error = errno;
  mark_seen(&bash_input);
  const char *name = bash_input.name ? bash_input.name : "";
  bool is_eval = strcmp(name, "eval") == 0, is_file = strchr(name, '/') != NULL;
  // In a file `--timeout` may be the option of any program.
  bool is_concerned = strstr(bash_input.location.string, BGSH_OPERATOR) ||
                      (!is_file && strstr(bash_input.location.string, BGSH_PREFIX)) ||
                      (is_eval && bgsh_has_alias_with_operator());
  if (is_concerned && !is_substitution(name)) show_text(name, is_file);
  errno = error;
}

// MARK: In bash's place

// sigsetjmp returns twice, to where it was called from. So this function must not have a frame of its own when it goes on
// there, which cannot be said in C.
#if defined __x86_64__
__asm__(
    ".text\n"
    ".type bgsh_set_jump, @function\n"
    "bgsh_set_jump:\n"
    "  endbr64\n"
    "  push %rdi\n"
    "  push %rsi\n"
    "  sub $8, %rsp\n"
    "  call bgsh_see_evaluation\n"
    "  add $8, %rsp\n"
    "  pop %rsi\n"
    "  pop %rdi\n"
    "  jmp __sigsetjmp@PLT\n"
    ".size bgsh_set_jump, . - bgsh_set_jump\n");
#elif defined __aarch64__
__asm__(
    ".text\n"
    ".type bgsh_set_jump, @function\n"
    "bgsh_set_jump:\n"
    "  hint #34\n"
    "  stp x29, x30, [sp, #-32]!\n"
    "  mov x29, sp\n"
    "  stp x0, x1, [sp, #16]\n"
    "  bl bgsh_see_evaluation\n"
    "  ldp x0, x1, [sp, #16]\n"
    "  ldp x29, x30, [sp], #32\n"
    "  b __sigsetjmp\n"
    ".size bgsh_set_jump, . - bgsh_set_jump\n");
#endif

void bgsh_follow_evaluation(void) {
  // The texts that are being evaluated now are bgsh's own.
  mark_seen(&bash_input);
  for (struct saved_input *saved = stream_list; saved; saved = saved->next) mark_seen(&saved->input);
#if defined __x86_64__ || defined __aarch64__
  extern int bgsh_set_jump(void *, int);
  // A bash that has no such slot gives evaluated text its own meaning.
  bgsh_replace_function("__sigsetjmp", (void *)bgsh_set_jump);
#endif
}
