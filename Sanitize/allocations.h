// Memory for the library, of which there is none once (allocations.c).
#include <stdlib.h>
#include <string.h>

void *scarce_malloc(size_t size);
void *scarce_calloc(size_t count, size_t size);
void *scarce_realloc(void *bytes, size_t size);
char *scarce_strdup(const char *text);

#undef strdup
#define malloc scarce_malloc
#define calloc scarce_calloc
#define realloc scarce_realloc
#define strdup scarce_strdup
