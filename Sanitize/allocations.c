// Counts the library's allocations while FAIL_ALLOCATION=N stands in the shell,
// and lets the Nth fail. ALLOCATION_FAILED says that it has come to that.
#include "allocations.h"

// It is included before this file, too.
#undef malloc
#undef calloc
#undef realloc
#undef strdup

char *get_string_value(const char *name);
void *bind_variable(const char *name, char *value, int flags);

static int has_failed(void) {
  static long left;
  static int is_counting;
  const char *number = get_string_value("FAIL_ALLOCATION");
  if (!number || !*number) return is_counting = 0;
  if (!is_counting) left = strtol(number, NULL, 10);
  is_counting = 1;
  if (left <= 0 || --left > 0) return 0;
  char yes[] = "yes";
  bind_variable("ALLOCATION_FAILED", yes, 0);
  return 1;
}

void *scarce_malloc(size_t size) { return has_failed() ? NULL : malloc(size); }
void *scarce_calloc(size_t count, size_t size) { return has_failed() ? NULL : calloc(count, size); }
void *scarce_realloc(void *bytes, size_t size) { return has_failed() ? NULL : realloc(bytes, size); }
char *scarce_strdup(const char *text) { return has_failed() ? NULL : strdup(text); }
