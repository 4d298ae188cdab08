// A loadable builtin of bash, `__bgsh_source NAME`: it gives the script that
// bash reads its own name in BASH_SOURCE, which bash lets nobody assign. With
// that, error messages, `caller` and functions name the script and not the
// file that holds its rewritten text. C because bash loads it; the Makefile
// builds it, because the package manager would bind it to Swift's library.
#include <stddef.h>
#include <stdint.h>

// The parts of bash's structures that are used, as they have been since bash 4.
struct word_desc {
  char *word;
  int flags;
};
struct word_list {
  struct word_list *next;
  struct word_desc *word;
};
struct variable {
  char *name;
  char *value;
};
struct builtin {
  const char *name;
  int (*function)(struct word_list *);
  int flags;
  char *const *long_documentation;
  const char *short_documentation;
  char *handle;
};

// bash has these.
struct variable *find_variable(const char *name);
int array_insert(void *array, intmax_t index, char *value);

static int name_script(struct word_list *arguments) {
  struct variable *sources = find_variable("BASH_SOURCE");
  if (!arguments || !sources || !sources->value) return 1;
  return array_insert(sources->value, 0, arguments->word->word) < 0;
}

enum { builtin_enabled = 1 };

static char *const documentation[] = {NULL};

/// Bash looks for the name with `_struct` behind it.
struct builtin __bgsh_source_struct = {"__bgsh_source", name_script, builtin_enabled, documentation, "", NULL};
