// How wide text is on the terminal, in the locale of the shell.
#include "library.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

int bgsh_columns_of(int descriptor) {
  struct winsize size;
  return isatty(descriptor) && ioctl(descriptor, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

size_t bgsh_take_character(const char *text, size_t length, int *columns) {
  wchar_t character;
  mbstate_t state = {0};
  size_t size = mbrtowc(&character, text, length, &state);
  // What is no character is shown byte by byte.
  bool is_one = size != 0 && size != (size_t)-1 && size != (size_t)-2;
  int width = is_one ? wcwidth(character) : 1;
  *columns = width < 0 ? 1 : width;
  return is_one ? size : 1;
}

static int width_of(const char *text, size_t length) {
  int sum = 0, columns;
  for (size_t index = 0; index < length; sum += columns)
    index += bgsh_take_character(text + index, length - index, &columns);
  return sum;
}

int bgsh_width_of(const char *text) { return width_of(text, strlen(text)); }

/// How many bytes at the beginning take at most so many columns.
static size_t beginning_of(const char *text, size_t length, int columns) {
  size_t index = 0;
  while (index < length) {
    int width;
    size_t size = bgsh_take_character(text + index, length - index, &width);
    if ((columns -= width) < 0) break;
    index += size;
  }
  return index;
}

void bgsh_add_without_middle(struct text *text, const char *string, int columns) {
  const char *ellipsis = MB_CUR_MAX > 1 ? "…" : "...";
  size_t length = strlen(string);
  int width = width_of(string, length), room = columns - bgsh_width_of(ellipsis);
  if (width <= columns || room <= 0) return bgsh_add(text, string, length);
  size_t head = beginning_of(string, length, (room + 1) / 2);
  // What is left out on the left of the tail may be one column more, where a wide character stands at the cut.
  size_t tail = beginning_of(string, length, width - room / 2 - 1);
  int columns_of_one;
  do tail += bgsh_take_character(string + tail, length - tail, &columns_of_one);
  while (tail < length && width_of(string + tail, length - tail) > room / 2);
  // What joins a character that is left out.
  while (tail < length) {
    size_t size = bgsh_take_character(string + tail, length - tail, &columns_of_one);
    if (columns_of_one != 0) break;
    tail += size;
  }
  bgsh_add(text, string, head);
  bgsh_add_string(text, ellipsis);
  bgsh_add(text, string + tail, length - tail);
}
