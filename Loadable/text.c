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
  // Also a text that has nothing but room is one.
  text->bytes[text->length] = '\0';
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

void bgsh_add_field(struct text *text, const char *string) { bgsh_add(text, string, strlen(string) + 1); }

void bgsh_set(struct text *text, const char *string) {
  bgsh_clear(text);
  bgsh_add_string(text, string);
}

const char *bgsh_string(const struct text *text) { return text->bytes ? text->bytes : ""; }

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

/// How many bytes a character of UTF-8 beyond ASCII has that stands here and does not drive a terminal; 0 if there is none.
static size_t harmless_length(const unsigned char *text) {
  size_t length = text[0] >= 0xf0 && text[0] <= 0xf4 ? 4 : text[0] >= 0xe0 ? 3 : text[0] >= 0xc2 ? 2 : 0;
  if (length == 0 || text[0] > 0xf4) return 0;
  for (size_t index = 1; index < length; index++)
    if ((text[index] & 0xc0) != 0x80) return 0;
  // The second half of what C0 is the first of.
  return text[0] == 0xc2 && text[1] < 0xa0 ? 0 : length;
}

/// Writes a message with what would drive a terminal shown (`^A`, `\x9b`): paths, names and answers stand in it, and
/// nobody knows who has made them. The words of bgsh itself have been made harmless before: VisibleText.swift.
static size_t show(const char *text, char *shown, size_t room) {
  size_t length = 0;
  while (*text && length + 5 < room) {
    unsigned char byte = (unsigned char)*text;
    size_t count = byte >= 0x20 && byte < 0x7f ? 1 : harmless_length((const unsigned char *)text);
    if (count > 0) {
      memcpy(shown + length, text, count);
      length += count;
      text += count;
      continue;
    }
    length += (size_t)snprintf(shown + length, room - length, byte < 0x80 ? "^%c" : "\\x%02x",
                               byte < 0x80 ? byte ^ 0x40 : byte);
    text++;
  }
  return length;
}

void bgsh_say(int descriptor, const char *format, ...) {
  char message[1024], shown[2048] = "bgsh: ";
  va_list arguments;
  va_start(arguments, format);
  int added = vsnprintf(message, sizeof message, format, arguments);
  va_end(arguments);
  if (added < 0) return;
  size_t length = strlen(shown);
  length += show(message, shown + length, sizeof shown - length - 1);
  shown[length++] = '\n';
  bgsh_write(descriptor, shown, length);
}
