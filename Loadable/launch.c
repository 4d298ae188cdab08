// What the rewritten form of `LIST &bg FLAGS` calls (BashEngine/Rewriter.swift):
// `__bgsh_launch` before bash forks the task, and `__bgsh_confirm` after it.
// Everything is found by path, so that no descriptor is inherited and a new
// supervisor can take over.
#include "library.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

/// The launch that is being made.
static struct {
  struct text command;
  struct text shown;
  struct text name;
  struct text description;
  struct text timeout;
  struct text kill_after;
  struct text limit;
  /// Where the task is to run; empty for where the shell is.
  struct text directory;
  struct text keep;
  bool is_quiet;
  bool is_split;
  /// `$?` of the launching shell.
  int status;
  char id[16];
  /// What the task writes to; standard error only where that is kept apart. -1 if it is not open.
  int output, errors;
  /// The directory, held open; -1 if it is the shell's.
  int place;
  struct text record;
} launch = {.output = -1, .errors = -1, .place = -1};

static struct text *const flag_values[] = {&launch.name,       &launch.description, &launch.timeout,
                                           &launch.kill_after, &launch.limit,       &launch.directory};

/// What this process has launched; a fork begins anew.
static struct {
  pid_t process;
  struct text ids;
} launched;

#define NO_MEMORY "this shell has no memory left; end some programs, or raise 'ulimit -v'"
#define NO_SPACE "no space is left for the state directory; free some and try again"

enum {
  /// What a row takes in the database's log, several times over, in bytes.
  room_for_row = 256 * 1024,
  /// Where the shell's standard error stands while a trace is hidden from it.
  messages = 9,
  id_patience_milliseconds = 10000,
  /// How often a shell that waits for an id looks whether there is a supervisor, and how often there may be none.
  id_look_milliseconds = 500,
  id_looks_in_vain = 4,
  /// How long a task waits where there is no supervisor, and how often it looks for one.
  start_patience_milliseconds = 10000,
  start_pause_milliseconds = 10,
};

static void begin_task(void);

static void set(struct text *text, const char *value) {
  bgsh_clear(text);
  bgsh_add_string(text, value);
}

static const char *value(const struct text *text) { return text->bytes ? text->bytes : ""; }

// MARK: Flags

static const char *skip_number(const char *text) {
  const char *next = text;
  while (isdigit((unsigned char)*next)) next++;
  if (next == text || next - text > 9) return NULL;
  if (*next == '.') {
    const char *fraction = ++next;
    while (isdigit((unsigned char)*next)) next++;
    if (next == fraction) return NULL;
  }
  return next;
}

/// Whether the text is a time: seconds, or numbers with units from days down to milliseconds, each at most once; of at
/// least a millisecond, and a hundred years at most.
static bool is_duration(const char *text, bool may_be_zero) {
  static const struct {
    const char *letters;
    double milliseconds;
  } units[] = {{"d", 86400000}, {"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1}};
  static const double longest = 36525 * 86400000.0;
  double total = 0;
  const char *next = text;
  size_t unit = 0;
  do {
    const char *number = next;
    next = skip_number(number);
    if (!next) return false;
    if (!*next && number == text) {
      total = (int64_t)(strtod(number, NULL) * 1000);
      break;
    }
    size_t letters = strcspn(next, "0123456789.");
    while (unit < 5 && (strlen(units[unit].letters) != letters || strncmp(units[unit].letters, next, letters) != 0))
      unit++;
    if (unit == 5) return false;
    total += (int64_t)(strtod(number, NULL) * units[unit++].milliseconds);
    next += letters;
  } while (*next);
  return total <= longest && (total >= 1 || may_be_zero);
}

static bool is_name(const char *text) {
  bool has_other_than_digits = false;
  if (!*text || *text == '@' || *text == '-') return false;
  for (const char *next = text; *next; next++) {
    unsigned char byte = (unsigned char)*next;
    if (byte == ',' || byte == '/' || iscntrl(byte)) return false;
    has_other_than_digits |= !isdigit(byte);
  }
  return has_other_than_digits;
}

static bool set_duration(struct text *text, const char *flag, const char *given, bool may_be_zero) {
  if (!is_duration(given, may_be_zero)) {
    bgsh_say(messages, "'%s' takes a time like 90, 250ms, 90s, 5m or 1h30m, not '%s'", flag, given);
    return false;
  }
  set(text, given);
  return true;
}

/// Whether the text is a size that is not zero: bytes, or a number with K, M, G or T, up to 1024T.
static bool is_size(const char *text) {
  static const char units[] = "KMGT";
  char *next;
  if (!isdigit((unsigned char)*text)) return false;
  errno = 0;
  unsigned long long number = strtoull(text, &next, 10);
  if (next - text > 16 || errno || number == 0) return false;
  unsigned shift = 0;
  if (*next) {
    const char *unit = strchr(units, toupper((unsigned char)*next));
    if (!unit || next[1]) return false;
    shift = 10 * (unsigned)(unit - units + 1);
  }
  return number <= (1ULL << 50) >> shift;
}

static bool set_limit(const char *name, const char *given) {
  if (!is_size(given)) {
    bgsh_say(messages, "'%s' takes a size like 64M, 500K, 1G or a number of bytes, not '%s'", name, given);
    return false;
  }
  set(&launch.limit, given);
  return true;
}

/// Whether the text is an age, a size or both, separated by a comma and each with its unit: `30d,2G`.
static bool is_keep_rule(const char *text) {
  char copy[128], *rest = copy;
  if ((size_t)snprintf(copy, sizeof copy, "%s", text) >= sizeof copy) return false;
  int ages = 0, sizes = 0, others = 0;
  for (char *part; (part = strsep(&rest, ",")) != NULL;) {
    bool is_bare = !part[strspn(part, "0123456789")];
    if (!is_bare && is_duration(part, true)) ages++;
    else if (!is_bare && is_size(part)) sizes++;
    else others++;
  }
  return ages <= 1 && sizes <= 1 && others == 0;
}

static bool set_flag(const char *flag, const char *given) {
  if (strcmp(flag, "--timeout") == 0) return set_duration(&launch.timeout, flag, given, false);
  if (strcmp(flag, "--kill-after") == 0) return set_duration(&launch.kill_after, flag, given, true);
  if (strcmp(flag, "--limit") == 0) return set_limit(flag, given);
  if (strcmp(flag, "--directory") == 0) {
    // Said by `rerun` only.
    set(&launch.directory, given);
    return true;
  }
  if (strcmp(flag, "--name") == 0) {
    if (!is_name(given)) {
      bgsh_say(messages,
               "'%s' is no name for a task: names have no commas, slashes or control characters, are not all digits, "
               "and do not begin with '@' or '-'",
               given);
      return false;
    }
    set(&launch.name, given);
  } else {
    set(&launch.description, given);
    for (char *byte = launch.description.bytes; byte && *byte; byte++)
      if (*byte == '\n' || *byte == '\t') *byte = ' ';
  }
  return true;
}

// MARK: In the shell

static int64_t milliseconds_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/// Whether somebody keeps the directory of the session locked. One of whom that cannot be found out is there.
static bool has_supervisor(void) {
  int directory = open(bgsh_session.run_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return errno != ENOENT && errno != ENOTDIR;
  // Those who only look do not keep each other out.
  bool is_there = flock(directory, LOCK_SH | LOCK_NB) != 0;
  close(directory);
  return is_there;
}

/// Whether there is room for a task's record and its row, on the file system of the session's directory: a launch that
/// could not be recorded must not be confirmed.
static bool has_room(int file) {
  struct statvfs system;
  if (fstatvfs(file, &system) != 0 || system.f_blocks == 0) return true;
  return (uint64_t)system.f_bavail * system.f_frsize >= room_for_row + 2 * launch.command.length;
}

/// Opens a file in a directory; made, where it is, for its user only.
static int open_path(const char *directory, const char *name, const char *suffix, int flags) {
  struct text path = {0};
  bgsh_add_string(&path, directory);
  bgsh_add_string(&path, "/");
  bgsh_add_string(&path, name);
  bgsh_add_string(&path, suffix);
  if (path.is_cut) errno = ENOMEM;
  int file = path.is_cut ? -1 : open(path.bytes, flags, 0600);
  int error = errno;
  free(path.bytes);
  errno = error;
  return file;
}

/// Takes an id: one packet of eight bytes, which must be read by a single read(2).
static bool take_id(char id[9]) {
  int ids = open_path(bgsh_session.run_path, "ids", "", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (ids >= 0 && !has_room(ids)) {
    close(ids);
    bgsh_say(messages, "no task can be started: " NO_SPACE);
    return false;
  }
  ssize_t count = -1;
  int64_t end = milliseconds_now() + id_patience_milliseconds;
  int looks_in_vain = 0;
  while (ids >= 0 && count < 0) {
    struct pollfd ready = {.fd = ids, .events = POLLIN};
    int64_t left = end - milliseconds_now();
    int result = left > 0 ? poll(&ready, 1, left < id_look_milliseconds ? (int)left : id_look_milliseconds) : 0;
    // A child that ends interrupts the wait; the user may too.
    if (left <= 0 || interrupt_state || terminating_signal) break;
    // Another supervisor begins within that time, or never.
    if (result == 0) looks_in_vain = has_supervisor() ? 0 : looks_in_vain + 1;
    if (looks_in_vain == id_looks_in_vain) break;
    // Another shell may have been quicker.
    if (result > 0) count = read(ids, id, 8);
    if (count < 0 && errno != EAGAIN && errno != EINTR) break;
  }
  if (ids >= 0) close(ids);
  id[count == 8 ? 8 : 0] = '\0';
  if (interrupt_state || terminating_signal) return false;
  if (count == 8 && id[0] != '!') return true;
  const char *reason = "the supervisor of this session does not answer; 'bgsh doctor' says more";
  if (strncmp(id, "!full", 5) == 0)
    reason = NO_SPACE;
  else if (strncmp(id, "!write", 6) == 0)
    reason = "the state directory cannot be written; check the rights to it";
  else if (strncmp(id, "!newer", 6) == 0)
    reason = "the task database is of a newer bgsh; use that one, or set BGSH_STATE_DIR to another directory";
  else if (strncmp(id, "!memory", 7) == 0)
    reason = "the supervisor of this session has no memory left; end some programs, or raise 'ulimit -v'";
  else if (strncmp(id, "!files", 6) == 0)
    reason = "the supervisor of this session has too many files open; raise 'ulimit -n'";
  else if (strncmp(id, "!busy", 5) == 0)
    reason = "the task database is locked by another process; try again, 'bgsh doctor' says more";
  else if (id[0] == '!')
    reason = "the task database cannot be used; 'bgsh doctor' says more";
  bgsh_say(messages, "no task can be started: %s", reason);
  return false;
}

/// What the supervisor is to record of the task: NUL-terminated fields (Tasks/LaunchRecord.swift).
///
/// It is not known yet which id: the first field has room for those digits.
static bool describe_task(void) {
  const char *directory = launch.directory.length ? launch.directory.bytes : get_string_value("PWD");
  const char *const fields[] = {
      "00000000", value(&launch.command), directory ? directory : "", value(&launch.name), value(&launch.description),
      value(&launch.timeout), value(&launch.kill_after), launch.is_quiet ? "1" : "", value(&launch.limit),
      value(&launch.keep), launch.is_split ? "1" : ""};
  bgsh_clear(&launch.record);
  for (size_t index = 0; index < sizeof fields / sizeof *fields; index++)
    bgsh_add(&launch.record, fields[index], strlen(fields[index]) + 1);
  bool is_cut = launch.command.is_cut || launch.shown.is_cut || launch.keep.is_cut || launch.record.is_cut;
  for (size_t index = 0; index < sizeof flag_values / sizeof *flag_values; index++) is_cut |= flag_values[index]->is_cut;
  return !is_cut;
}

/// A fork begins with no tasks of its own.
static void forget_others_tasks(void) {
  if (launched.process == getpid()) return;
  launched.process = getpid();
  bgsh_clear(&launched.ids);
}

static int open_output(const char *suffix) {
  const char *directory = bgsh_session.tasks_path;
  int file = open_path(directory, launch.id, suffix, O_WRONLY | O_CREAT | O_APPEND | O_NOCTTY | O_CLOEXEC);
  if (file >= 0) return bgsh_move_up(file);
  bgsh_say(messages, "no task can be started: cannot open '%s/%s%s': %s", directory, launch.id, suffix, strerror(errno));
  return file;
}

static void close_output(void) {
  if (launch.output >= 0) close(launch.output);
  if (launch.errors >= 0) close(launch.errors);
  if (launch.place >= 0) close(launch.place);
  launch.output = launch.errors = launch.place = -1;
}

/// Opens where the task is to run: the shell can still say that it cannot be there.
static bool open_place(void) {
  if (!launch.directory.length) return true;
  const char *directory = value(&launch.directory);
  int place = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (place >= 0) launch.place = bgsh_move_up(place);
  // It has to be one that can be gone to.
  if (launch.place >= 0 && faccessat(launch.place, ".", X_OK, AT_EACCESS) == 0) return true;
  bgsh_say(messages, "no task can be started: cannot go to '%s': %s", directory, strerror(errno));
  return false;
}

/// Opens what the task is to write to: the shell can still say that it cannot be.
static bool open_outputs(void) {
  launch.output = open_output("");
  if (launch.output < 0 || !launch.is_split) return launch.output >= 0;
  launch.errors = open_output(".stderr");
  // Whatever the user's mask is.
  return launch.errors >= 0 && fchmod(launch.errors, 0600) == 0;
}

/// `__bgsh_launch "$?" TEXT SHOWN [FLAG [VALUE]]... "$_"` takes an id. Its words are complete: the scanner has seen to that.
/// The last one is for bash, which leaves it in `$_`.
static int take_launch(struct word_list *words) {
  bgsh_reveal_history();
  if (!words || !words->next || !words->next->next) return 2;
  launch.status = atoi(words->word->word);
  words = words->next;
  launch.is_quiet = launch.is_split = false;
  set(&launch.command, words->word->word);
  set(&launch.shown, words->next->word->word);
  for (size_t index = 0; index < sizeof flag_values / sizeof *flag_values; index++) set(flag_values[index], "");
  for (words = words->next->next; words && words->next; words = words->next) {
    const char *flag = words->word->word;
    if (strcmp(flag, "--quiet") == 0) {
      launch.is_quiet = true;
      continue;
    }
    if (strcmp(flag, "--split") == 0) {
      launch.is_split = true;
      continue;
    }
    words = words->next;
    if (!set_flag(flag, words->word->word)) return 2;
  }
  const char *limit = get_string_value("BGSH_OUTPUT_LIMIT");
  if (!launch.limit.length && limit && *limit && !set_limit("BGSH_OUTPUT_LIMIT", limit)) return 2;
  const char *keep = get_string_value("BGSH_KEEP");
  set(&launch.keep, keep ? keep : "");
  if (launch.keep.length && !is_keep_rule(keep)) {
    bgsh_say(messages, "'BGSH_KEEP' takes an age, a size or both, like 30d,2G, not '%s'", keep);
    return 2;
  }
  if (*bgsh_session.refusal) {
    bgsh_say(messages, "no task can be started: %s", bgsh_session.refusal);
    return 1;
  }
  // Before an id is taken.
  forget_others_tasks();
  if (!describe_task() || !bgsh_make_room(&launched.ids, sizeof launch.id)) {
    bgsh_say(messages, "no task can be started: " NO_MEMORY);
    return 1;
  }
  close_output();
  if (!open_place()) return 1;
  char id[9];
  if (!take_id(id)) return 1;
  snprintf(launch.id, sizeof launch.id, "%ld", strtol(id, NULL, 10));
  memcpy(launch.record.bytes, id, strlen(id));
  if (!open_outputs()) return 1;
  bind_variable("BGSH_TASK", launch.id, 0);
  bgsh_fork_task_next(begin_task);
  return 0;
}

/// Says, for the case that everybody dies, what was confirmed. It is a help, not a promise: where it cannot be written,
/// the task goes on record all the same.
static void leave_record(void) {
  int file = open_path(bgsh_session.run_path, "launched", "", O_WRONLY | O_APPEND | O_CLOEXEC);
  // That the user's limit of file sizes is too small is a failure like another.
  struct sigaction ignoring = {.sa_handler = SIG_IGN}, before;
  sigaction(SIGXFSZ, &ignoring, &before);
  if (file >= 0) bgsh_write(file, launch.record.bytes, launch.record.length);
  sigaction(SIGXFSZ, &before, NULL);
  if (file >= 0) close(file);
}

/// Confirms the launch, once the task has been forked: an interrupt before that leaves nothing that was promised. A
/// launch that failed keeps its status.
static int confirm(struct word_list *words) {
  (void)words;
  bgsh_fork_task_next(NULL);
  close_output();
  if (last_command_exit_value != 0) return last_command_exit_value;
  forget_others_tasks();
  bgsh_add_string(&launched.ids, ",");
  bgsh_add_string(&launched.ids, launch.id);
  leave_record();
  const char *notify = get_string_value("BGSH_NOTIFY");
  if (notify && strcmp(notify, "off") == 0) return 0;
  struct text line = {0};
  bgsh_add_string(&line, "[@");
  bgsh_add_string(&line, launch.id);
  bgsh_add_string(&line, "] started: ");
  bgsh_add_string(&line, value(&launch.shown));
  if (launch.name.length > 0) {
    bgsh_add_string(&line, " (@");
    bgsh_add_string(&line, launch.name.bytes);
    bgsh_add_string(&line, ")");
  }
  bgsh_add_string(&line, "\n");
  if (line.is_cut) dprintf(messages, "[@%s] started\n", launch.id);
  else bgsh_write(messages, line.bytes, line.length);
  free(line.bytes);
  return 0;
}

const char *bgsh_launched_tasks(void) { return launched.process == getpid() ? launched.ids.bytes : NULL; }

void bgsh_forget_launched_tasks(void) { bgsh_clear(&launched.ids); }

// MARK: In the task

/// Where that cannot be, the task has none.
static void take_input(void) {
  int file = open(bgsh_session.task_input, O_RDONLY | O_NOCTTY);
  if (file < 0) file = open("/dev/null", O_RDONLY);
  if (file <= STDIN_FILENO) return;
  dup2(file, STDIN_FILENO);
  close(file);
}

/// What the supervisor has to say to a task.
struct answer {
  char line[512];
  size_t length;
};

/// Asks the supervisor to start the task, and waits for its answer, a line; false if it has died.
static bool ask_to_start(struct answer *answer) {
  *answer = (struct answer){0};
  int supervisor = bgsh_connect_in(bgsh_session.run_path, "launches");
  if (supervisor < 0) return false;
  bool is_answered = false;
  if (bgsh_send(supervisor, launch.record.bytes, launch.record.length) && shutdown(supervisor, SHUT_WR) == 0) {
    char byte;
    ssize_t count;
    while (!is_answered && ((count = read(supervisor, &byte, 1)) == 1 || (count < 0 && errno == EINTR))) {
      if (count < 0) continue;
      is_answered = byte == '\n';
      if (!is_answered && answer->length + 1 < sizeof answer->line) answer->line[answer->length++] = byte;
    }
  }
  close(supervisor);
  return is_answered;
}

/// Does that for longer than it takes to put another supervisor in the place of one that died. Empty if there is none.
static void await_start(struct answer *answer) {
  int64_t end = milliseconds_now() + start_patience_milliseconds;
  while (!ask_to_start(answer)) {
    *answer = (struct answer){0};
    if (has_supervisor()) end = milliseconds_now() + start_patience_milliseconds;
    if (milliseconds_now() >= end) break;
    poll(NULL, 0, start_pause_milliseconds);
  }
}

static void export_variable(const char *name, char *content) {
  struct variable *variable = bind_variable(name, content, 0);
  if (!variable) return;
  variable->attributes |= attribute_exported;
  array_needs_making = 1;
}

/// Goes to a directory as the user would, or at least to the place that has been held open for it.
static bool enter(char *directory, int place) {
  struct builtin *cd = builtin_address_internal("cd", 1);
  char end[] = "--";
  struct word_desc words[] = {{end, 0}, {directory, 0}};
  struct word_list second = {NULL, &words[1]}, first = {&second, &words[0]};
  return (cd && cd->function && cd->function(&first) == 0) || fchdir(place) == 0;
}

/// Makes a task of the fork, and waits until the supervisor has adopted and recorded it.
///
/// It gets a process group of its own, also without a terminal, and `$?` as a plain `&` would leave it.
static void begin_task(void) {
  setpgid(0, 0);
  job_control = 0;
  running_in_background = 1;
  last_command_exit_value = launch.status;
  dup2(launch.output, STDOUT_FILENO);
  dup2(launch.errors >= 0 ? launch.errors : launch.output, STDERR_FILENO);
  int place = launch.place;
  launch.place = -1;
  close_output();
  take_input();
  export_variable("BGSH_TASK_ID", launch.id);
  export_variable("BGSH_TASK_NAME", (char *)value(&launch.name));
  bool is_there = !launch.directory.length || enter(launch.directory.bytes, place);
  if (place >= 0) close(place);
  if (!is_there) _exit(125);
  struct answer answer;
  await_start(&answer);
  if (strcmp(answer.line, "go") != 0) {
    const char *reason = answer.line;
    if (!*reason) reason = "no the supervisor of this session is gone";
    bgsh_say(STDERR_FILENO, "not started: %s", strncmp(reason, "no ", 3) == 0 ? reason + 3 : reason);
    _exit(125);
  }
}

BGSH_BUILTIN(__bgsh_launch, take_launch, 0);
BGSH_BUILTIN(__bgsh_confirm, confirm, 0);
