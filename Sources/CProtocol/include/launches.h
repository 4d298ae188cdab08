// How a task is launched: what the shell's code says, what the shell takes from
// the supervisor, and what the task writes to it.
#ifndef BGSH_LAUNCHES_H
#define BGSH_LAUNCHES_H

#include <stddef.h>
#include <string.h>

#include "frames.h"
#include "swift_names.h"

/// What begins a list that ends in the background, written behind it and in front of it.
#define BGSH_OPERATOR "&bg"
#define BGSH_PREFIX "--timeout"

// MARK: The rewritten form

// `__bgsh_launch "$?" TEXT SHOWN FLAGS [VALUE... __bgsh_end]... "$_"`: the list as it was typed and as it is shown, the names
// of the flags in one word with blanks between them, and the words of each value.

/// Ends the words of each flag's value: an expansion may have made none of it, or several.
#define BGSH_END_OF_VALUE "__bgsh_end"
/// Stands behind the name of a flag whose value holds an expansion: bgsh has not judged it yet.
#define BGSH_EXPANDED_MARK "?"
/// Named among the flags by bgsh itself, for a task that runs elsewhere than its shell: the directory.
#define BGSH_DIRECTORY_FLAG "directory"
/// A redirection that changes nothing, by which the library knows the subshell of a launch.
#define BGSH_LIST_MARK "97>&97"

// MARK: Ids

enum {
  /// An id is one packet in a FIFO: eight digits, or sixteen where those do not hold it.
  bgsh_id_length = 8,
  bgsh_longest_id = 16,
  /// What begins a packet that says why there is none; up to seven letters follow, and blanks.
  bgsh_refusal_mark = '!',
};

/// `X(CASE, WORD, TEXT)`: why no task can be started, as a word in the packet and as people read it. The last one also
/// stands for a word that is not known.
#define BGSH_REFUSALS(X)                                                                                            \
  X(full, "full", BGSH_NO_SPACE)                                                                                    \
  X(unwritable, "write", "the state directory cannot be written; check the rights to it")                           \
  X(newer, "newer",                                                                                                 \
    "the task database is of a newer bgsh; use that one, or set BGSH_STATE_DIR to another directory")               \
  X(memory, "memory",                                                                                               \
    "the supervisor of this session has no memory left; end some programs, or raise 'ulimit -v'")                   \
  X(files, "files", "the supervisor of this session has too many files open; raise 'ulimit -n'")                    \
  X(limit, "limit", "the limit of file sizes is too small for the task database; raise 'ulimit -f'")                \
  X(busy, "busy", "the task database is locked by another process; try again, 'bgsh doctor' says more")             \
  X(database, "store", "the task database cannot be used; 'bgsh doctor' says more")

#define BGSH_NO_SPACE "no space is left for the state directory; free some and try again"

enum BGSH_CLOSED_ENUM("LaunchRefusal") bgsh_refusal {
#define BGSH_REFUSAL_CASE(name, word, text) bgsh_refusal_##name BGSH_SWIFT_NAME(#name),
  BGSH_REFUSALS(BGSH_REFUSAL_CASE)
#undef BGSH_REFUSAL_CASE
};

static inline const char *_Nonnull bgsh_refusal_word(enum bgsh_refusal refusal)
    BGSH_SWIFT_NAME("getter:LaunchRefusal.word(self:)");
static inline const char *_Nonnull bgsh_refusal_word(enum bgsh_refusal refusal) {
#define BGSH_REFUSAL_WORD(name, word, text) word,
  static const char *const words[] = {BGSH_REFUSALS(BGSH_REFUSAL_WORD)};
#undef BGSH_REFUSAL_WORD
  return words[refusal];
}

/// What a packet says, behind its mark. A word that is not known is of another version.
static inline const char *_Nonnull bgsh_refusal_text(const char *_Nonnull packet) {
#define BGSH_REFUSAL_ENTRY(name, word, text) {word, text},
  static const struct {
    const char *word, *text;
  } refusals[] = {BGSH_REFUSALS(BGSH_REFUSAL_ENTRY)};
#undef BGSH_REFUSAL_ENTRY
  size_t size = strcspn(packet, " "), index = 0;
  const size_t last = sizeof refusals / sizeof *refusals - 1;
  while (index < last && (strlen(refusals[index].word) != size || strncmp(refusals[index].word, packet, size) != 0))
    index++;
  return refusals[index].text;
}

// MARK: The record

/// What a task writes to the supervisor: fields that end with a NUL each. First these; then each flag that was given, as
/// two fields: its name, and its value, which is empty where it takes none.
enum {
  /// Of sixteen digits.
  bgsh_record_id,
  bgsh_record_command,
  bgsh_record_directory,
  /// What BGSH_KEEP and BGSH_OUTPUT_LIMIT are in the shell; empty if they are not set.
  bgsh_record_keep,
  bgsh_record_output_limit,
  bgsh_record_field_count,
};

// MARK: The start

enum {
  /// Of what kinds and payloads mean. 2 had no adoptions and no hidden failures. 1 was a record of eleven fields up to the
  /// end of the file, and for an answer the line `go`, or `no` with a blank and the reason.
  bgsh_launch_version = 3,
  /// The longest record that a task may have, in bytes.
  bgsh_longest_record = 64 * 1024 * 1024,
  /// The longest reason that a task reads, in bytes.
  bgsh_longest_reason = 4096,
};

/// What precedes the record where a process that runs already is to be a task: numbers, each with a NUL.
enum {
  /// Its ID, and its start in clock ticks after boot.
  bgsh_adopted_process,
  bgsh_adopted_start_ticks,
  /// When that began to run which the task is: on the monotonic clock, and since 1970.
  bgsh_adopted_started_nanoseconds,
  bgsh_adopted_started_milliseconds,
  /// What was started before, in clock ticks after boot, does not belong to the task.
  bgsh_adopted_since_ticks,
  bgsh_adoption_field_count,
};

/// What a task and the supervisor say to each other, a frame each way.
enum BGSH_OPEN_ENUM("LaunchFrameKind") bgsh_launch_frame {
  /// The task asks to start. Fields that end with a NUL each: its record.
  bgsh_launch_record BGSH_SWIFT_NAME("record") = 1,
  /// It may.
  bgsh_launch_go BGSH_SWIFT_NAME("go") = 2,
  /// It may not, and the payload says why.
  bgsh_launch_refused BGSH_SWIFT_NAME("refused") = 3,
  /// Somebody asks that a process become a task that runs already. What is said of it, and its record. It is answered as
  /// one that asks to start.
  bgsh_launch_adopt BGSH_SWIFT_NAME("adopt") = 4,
  /// A task is about to end with status 0, and its last pipeline had a failure. Text: its statuses, with blanks between
  /// them. Answered when that is on record.
  bgsh_launch_hidden BGSH_SWIFT_NAME("hidden") = 5,
};

/// How many NULs stand before each record in the list of what was confirmed: more than there are in a row in one.
enum { bgsh_record_separator_length = 12 };

#endif
