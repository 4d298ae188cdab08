// Text that grows, and what the library has to say.
#include "library.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool bgsh_make_room(struct text *text, size_t count) {
  if (text->length + count + 1 <= text->capacity) return true;
  size_t capacity = text->capacity * 2 + count + 64;
  char *grown = realloc(text->bytes, capacity);
  if (!grown) return false;
  text->bytes = grown;
  text->capacity = capacity;
  return true;
}

void bgsh_add(struct text *text, const char *bytes, size_t count) {
  if (text->is_cut || !bgsh_make_room(text, count)) {
    text->is_cut = true;
    return;
  }
  memcpy(text->bytes + text->length, bytes, count);
  text->length += count;
  text->bytes[text->length] = '\0';
}

void bgsh_add_string(struct text *text, const char *string) { bgsh_add(text, string, strlen(string)); }

void bgsh_clear(struct text *text) {
  text->length = 0;
  text->is_cut = false;
  if (text->bytes) text->bytes[0] = '\0';
}

void bgsh_write(int descriptor, const char *bytes, size_t count) {
  while (count > 0) {
    ssize_t written = write(descriptor, bytes, count);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    bytes += written;
    count -= (size_t)written;
  }
}

void bgsh_say(int descriptor, const char *format, ...) {
  char message[1024];
  size_t length = (size_t)snprintf(message, sizeof message, "bgsh: ");
  va_list arguments;
  va_start(arguments, format);
  int added = vsnprintf(message + length, sizeof message - length - 1, format, arguments);
  va_end(arguments);
  if (added < 0) return;
  length += (size_t)added;
  if (length > sizeof message - 2) length = sizeof message - 2;
  message[length++] = '\n';
  bgsh_write(descriptor, message, length);
}
