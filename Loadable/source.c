// What a shell reads that nobody types into: the text of `-c`, a script, or
// standard input. bgsh starts bash with a command string of its own, which calls
// the library. From there on bash reads what it was to read, as if it had been
// started with that.
#include "library.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

extern char **environ;

/// What `$_` is when bash starts.
static char *first_word(void) {
  for (char **variable = environ; *variable; variable++)
    if (strncmp(*variable, "_=", 2) == 0) return *variable + 2;
  return program_invocation_name;
}

static void empty(const char *array) {
  struct variable *variable = find_variable(array);
  if (variable && variable->value) array_shift(variable->value, INT_MAX, 1);
}

/// Puts back what shows of the commands that have brought bash here.
static void begin(void) {
  bind_variable("_", first_word(), 0);
  empty("PIPESTATUS");
  const char *startup_file = get_string_value("BASH_ENV");
  if (!debugging_mode && !(startup_file && *startup_file)) {
    empty("BASH_ARGV");
    empty("BASH_ARGC");
    bash_argv_initialized = 0;
  }
  line_number = 1;
  bgsh_end_quiet();
  if (!*bgsh_source.verbose) return;
  change_flag('v', '-');
  set_shellopts();
}

// MARK: The text of -c

/// All that is in the file, in memory that is never freed, with a NUL behind it; NULL with errno.
static char *read_file(int descriptor, size_t *length) {
  struct stat information;
  if (fstat(descriptor, &information) != 0) return NULL;
  size_t size = (size_t)information.st_size, count = 0;
  *length = size;
  char *bytes = malloc(size + 1);
  while (bytes && count < size) {
    ssize_t more = pread(descriptor, bytes + count, size - count, (off_t)count);
    if (more < 0 && errno == EINTR) continue;
    if (more <= 0) {
      // The file has become shorter: half of it must not run.
      if (more == 0) errno = EIO;
      free(bytes);
      return NULL;
    }
    count += (size_t)more;
  }
  if (bytes) bytes[size] = '\0';
  return bytes;
}

/// Lets bash go on with the text in the file, as if it followed on the command string that it is reading.
static int follow_with_text(void) {
  int descriptor = atoi(bgsh_source.descriptor);
  size_t length = 0;
  char *text = read_file(descriptor, &length);
  int failure = errno;
  close(descriptor);
  if (!text) {
    bgsh_say(BGSH_MESSAGES_DESCRIPTOR, "cannot read the commands to run: %s", strerror(failure));
    return BGSH_STATUS_NOT_FOUND;
  }
  // What follows the text is what bgsh makes of its first line.
  size_t text_length = strlen(text);
  if (text_length < length) bgsh_prepare_first_line(text + text_length + 1);
  bind_variable("BASH_EXECUTION_STRING", text, 0);
  bgsh_follow_text(text, begin);
  return 0;
}

/// `__bgsh_source`: the command string that bash is reading goes on with what bash is to read.
static int read_on(struct word_list *words) {
  static char code[] = BGSH_READ_BUILTIN "\n";
  (void)words;
  if (bash_input.type != input_string) return 2;
  if (strcmp(bgsh_source.kind, BGSH_READER_COMMAND) == 0) return follow_with_text();
  bash_input.location.string = code;
  return 0;
}

// MARK: Scripts and standard input

/// What bash calls the file that it reads: BASH_SOURCE, BASH_LINENO and FUNCNAME.
static void push_call(const char *variable, const char *value) {
  struct variable *stack = find_variable(variable);
  char *copy = strdup(value);
  if (stack && stack->value && copy) array_rshift(stack->value, 1, copy);
  free(copy);
}

/// Opens the script where bash would find it. What is wrong with it is said by bash's own function.
static int open_script(void) {
  char *path = strdup(bgsh_source.script);
  int file = open(bgsh_source.script, O_RDONLY);
  if (file < 0 && errno == ENOENT && !absolute_program(bgsh_source.script)) {
    char *found = find_path_file(bgsh_source.script);
    errno = ENOENT;
    if (found) {
      free(path);
      path = found;
      file = open(path, O_RDONLY);
    }
  }
  if (file < 0 || !path) {
    int status = errno == ENOENT ? BGSH_STATUS_NOT_FOUND : BGSH_STATUS_CANNOT_RUN;
    file_error(bgsh_source.script);
    sh_exit(status);
  }
  push_call("BASH_SOURCE", path);
  push_call("BASH_LINENO", "0");
  push_call("FUNCNAME", "main");
  free(path);
  file = move_to_high_fd(file, 1, -1);
  fcntl(file, F_SETFD, FD_CLOEXEC);
  return file;
}

void bgsh_end_command_string(void) {
  top_level_cleanup();
  startup_state = 0;
  indirection_level = 0;
  shell_initialized = 1;
  want_pending_command = 0;
  command_execution_string = NULL;
  unbind_variable("BASH_EXECUTION_STRING");
}

/// `__bgsh_read`: reads a script or standard input, to the end of the shell.
static int read_source(struct word_list *words) {
  (void)words;
  bool is_script = strcmp(bgsh_source.kind, BGSH_READER_SCRIPT) == 0;
  bgsh_end_command_string();
  // With `-c` bash has set it to `$0`.
  shell_name = program_invocation_short_name;
  read_from_stdin = !is_script;
  if (interactive_shell) {
    // Nobody is prompted for what stands in a file.
    interactive = 0;
    no_line_editing = 1;
    startup_state = 1;
  }
  reading_shell_script = is_script;
  default_buffered_input = is_script ? open_script() : STDIN_FILENO;
  sh_unset_nodelay_mode(default_buffered_input);
  with_input_from_buffered_stream(default_buffered_input, dollar_vars[0]);
  bgsh_follow_source(begin);
  EOF_Reached = 0;
  reader_loop();
  // A trap of EXIT must run, also behind a command that was held.
  bgsh_run_again();
  exit_shell(last_command_exit_value);
}

BGSH_BUILTIN(__bgsh_source, read_on, 0);
BGSH_BUILTIN(__bgsh_read, read_source, 0);
