// The source of `bgsh -c` and of scripts: bash reads it from a file of the
// session's, as if it were its own argument or the user's script.
#include "library.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

extern char **environ;
static get_function *get_natively;

/// What `$_` is when bash starts.
static char *first_word(void) {
  for (char **variable = environ; *variable; variable++)
    if (strncmp(*variable, "_=", 2) == 0) return *variable + 2;
  return dollar_vars[0];
}

/// Line 1 and `$_` are the source's, not those of the command which brought bash here.
static int begin_source(void) {
  bind_variable("_", first_word(), 0);
  line_number = 1;
  bash_input.get = get_natively;
  return get_natively();
}

/// The whole file, for good; NULL with errno.
static char *read_file(int descriptor) {
  struct stat information;
  if (fstat(descriptor, &information) != 0) return NULL;
  size_t size = (size_t)information.st_size, count = 0;
  char *bytes = malloc(size + 1);
  while (bytes && count < size) {
    ssize_t more = pread(descriptor, bytes + count, size - count, (off_t)count);
    if (more < 0 && errno == EINTR) continue;
    if (more <= 0) {
      // Half of it is not what was to run.
      if (more == 0) errno = EIO;
      free(bytes);
      return NULL;
    }
    count += (size_t)more;
  }
  if (bytes) bytes[size] = '\0';
  return bytes;
}

/// `__bgsh_text DESCRIPTOR`: what stands in that file follows the command string that bash is reading, which ends here.
static int follow_with_file(struct word_list *words) {
  if (!words || bash_input.type != input_string) return 2;
  int descriptor = atoi(words->word->word);
  char *text = read_file(descriptor);
  int failure = errno;
  close(descriptor);
  if (!text) {
    bgsh_say(9, "cannot read the commands to run: %s", strerror(failure));
    return 127;
  }
  bind_variable("BASH_EXECUTION_STRING", text, 0);
  bash_input.location.string = text;
  get_natively = bash_input.get;
  bash_input.get = begin_source;
  return 0;
}

/// `__bgsh_source NAME`: the script that bash reads has that name.
static int name_script(struct word_list *words) {
  if (!words) return 2;
  bgsh_name_script(words->word->word);
  return 0;
}

void bgsh_name_script(char *name) {
  struct variable *sources = find_variable("BASH_SOURCE");
  if (sources && sources->value) array_insert(sources->value, 0, name);
}

BGSH_BUILTIN(__bgsh_text, follow_with_file, 0);
BGSH_BUILTIN(__bgsh_source, name_script, 0);
