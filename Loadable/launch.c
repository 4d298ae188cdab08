// What the rewritten form of `LIST &bg FLAGS` calls (BashEngine/Rewriter.swift):
// `__bgsh_launch` before bash forks the list, and what bash's fork becomes then.
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
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/// A launch whose list bash has not forked yet.
struct launch {
  /// The launch that a trap has come in between of.
  struct launch *outer;
  /// How deep in text that bash evaluates it stands: a trap may run before the fork, and after an interrupt
  /// PROMPT_COMMAND, and both are one deeper.
  int level;
  /// Why it has failed: the status to be; 0 if an id was taken and a task is to be forked.
  int failure;
  struct text command;
  struct text shown;
  /// The value of each flag, empty of one that takes none; of a flag that is not given there are no bytes.
  struct text flags[bgsh_task_flag_count];
  /// Which of the values hold an expansion, and were not judged with the line.
  bool is_expanded[bgsh_task_flag_count];
  /// Where the task is to run; empty for where the shell is.
  struct text directory;
  struct text record;
  /// `$?` of the launching shell.
  int status;
  char id[24];
  /// What the task writes to; standard error only where that is kept apart. -1 if it is not open.
  int output, errors;
  /// The directory, held open; -1 if it is the shell's.
  int place;
};

/// The launches under way, the innermost first: each but the last was interrupted by a trap that launches too.
static struct launch *pending;

/// What this process has launched; a fork begins anew.
static struct {
  pid_t process;
  struct text ids;
} launched;

#define NO_MEMORY "this shell has no memory left; end some programs, or raise 'ulimit -v'"
#define NO_DESCRIPTORS "no more files can be opened; close some, or raise 'ulimit -n'"

/// How bash prints the end of a launch's list.
static const char end_of_list[] = " ) " BGSH_LIST_MARK;

enum {
  /// What a row takes in the database's log, several times over, in bytes.
  room_for_row = 256 * 1024,
  id_patience_milliseconds = 10000,
  /// How often a shell that waits for an id looks whether there is a supervisor, and how often there may be none.
  id_look_milliseconds = 500,
  id_looks_in_vain = 4,
  /// How long a task waits where there is no supervisor, and how often it looks for one.
  start_patience_milliseconds = 10000,
  start_pause_milliseconds = 10,
};

static void set(struct text *text, const char *value) {
  bgsh_clear(text);
  bgsh_add_string(text, value);
}

// MARK: Pending launches

static void close_files(struct launch *launch) {
  if (launch->output >= 0) close(launch->output);
  if (launch->errors >= 0) close(launch->errors);
  if (launch->place >= 0) close(launch->place);
  launch->output = launch->errors = launch->place = -1;
}

static void end_innermost(void) {
  struct launch *launch = pending;
  pending = launch->outer;
  close_files(launch);
  struct text *const texts[] = {&launch->command, &launch->shown, &launch->directory, &launch->record};
  for (size_t index = 0; index < sizeof texts / sizeof *texts; index++) free(texts[index]->bytes);
  for (size_t index = 0; index < bgsh_task_flag_count; index++) free(launch->flags[index].bytes);
  free(launch);
}

/// The launch whose list comes next here. Those of traps that never came to their fork are over.
static struct launch *pending_here(void) {
  while (pending && pending->level > parse_and_execute_level) end_innermost();
  return pending && pending->level == parse_and_execute_level ? pending : NULL;
}

static struct launch *begin_launch(void) {
  if (pending_here()) end_innermost();
  struct launch *launch = calloc(1, sizeof *launch);
  if (!launch) return NULL;
  launch->outer = pending;
  launch->level = parse_and_execute_level;
  launch->output = launch->errors = launch->place = -1;
  return pending = launch;
}

void bgsh_forget_launches(void) {
  while (pending) end_innermost();
}

// MARK: Flags

static bool is_given(const struct launch *launch, enum bgsh_task_flag flag) { return launch->flags[flag].bytes; }

static bool ends_value(const struct word_list *words) { return strcmp(words->word->word, BGSH_END_OF_VALUE) == 0; }

/// Takes the words of a flag's value, which must be one, and returns what follows them; NULL if they are not.
static struct word_list *take_value(struct text *place, const char *flag, struct word_list *words) {
  int count = 0;
  for (; words && !ends_value(words); words = words->next)
    if (count++ == 0) set(place, words->word->word);
  if (count == 1 && words && words->next) return words->next;
  bgsh_say(BGSH_MESSAGES_DESCRIPTOR, "'--%s' takes one word, and its value has become %s; put it in double quotes", flag,
           count == 0 ? "none" : "several");
  return NULL;
}

/// Takes a flag and the words of its value, and returns what follows them; NULL if they are not one.
static struct word_list *take_flag(struct launch *launch, const char *name, struct word_list *words) {
  size_t length = strcspn(name, BGSH_EXPANDED_MARK);
  enum bgsh_task_flag flag;
  if (!bgsh_find_task_flag(name, length, &flag))
    return strcmp(name, BGSH_DIRECTORY_FLAG) == 0 ? take_value(&launch->directory, name, words) : words;
  launch->is_expanded[flag] = name[length] != '\0';
  if (bgsh_task_flag_takes_value(flag))
    return take_value(&launch->flags[flag], bgsh_words_of_task_flag(flag).name, words);
  set(&launch->flags[flag], "");
  return words;
}

/// Takes the flags, named in one word, and their values. Which are named there bgsh has decided.
static bool take_flags(struct launch *launch, const char *flags, struct word_list *words) {
  char *names = strdup(flags), *rest = names;
  if (!names) {
    bgsh_say(BGSH_MESSAGES_DESCRIPTOR, "no task can be started: " NO_MEMORY);
    return false;
  }
  for (char *name; words && (name = strsep(&rest, " ")) != NULL;) words = take_flag(launch, name, words);
  free(names);
  // The last word is for bash, which leaves it in `$_`. One more is part of a value that held the end of one.
  if (words && words->next) bgsh_say(BGSH_MESSAGES_DESCRIPTOR, "the value of a flag holds the word '%s'", BGSH_END_OF_VALUE);
  return words && !words->next;
}

/// A setting of the shell; empty if it is not set.
static const char *setting(const char *name) {
  const char *value = get_string_value(name);
  return value ? value : "";
}

static void add_to_judge(struct text *fields, const char *dashes, const char *name, const char *value) {
  bgsh_add_string(fields, dashes);
  bgsh_add_field(fields, name);
  bgsh_add_field(fields, value);
}

/// Lets bgsh judge the values that hold an expansion, and the settings, unless it has just accepted the same. The others it
/// has judged with the line. Where there is no answer the supervisor will judge them.
static bool are_accepted(const struct launch *launch) {
  static struct text accepted;
  struct text fields = {0}, answer = {0};
  for (size_t index = 0; index < bgsh_task_flag_count; index++)
    if (launch->is_expanded[index])
      add_to_judge(&fields, "--", bgsh_words_of_task_flag(index).name, bgsh_string(&launch->flags[index]));
  const char *limit = setting(BGSH_OUTPUT_LIMIT_VARIABLE), *keep = setting(BGSH_KEEP_VARIABLE);
  if (*limit && !is_given(launch, bgsh_task_flag_limit)) add_to_judge(&fields, "", BGSH_OUTPUT_LIMIT_VARIABLE, limit);
  if (*keep) add_to_judge(&fields, "", BGSH_KEEP_VARIABLE, keep);
  bool is_known = fields.length == accepted.length && memcmp(bgsh_string(&fields), bgsh_string(&accepted), fields.length) == 0;
  enum bgsh_answer verdict =
      fields.length == 0 || is_known ? bgsh_answer_done : bgsh_ask(bgsh_question_check, &fields, &answer);
  if (verdict == bgsh_answer_error) bgsh_say(BGSH_MESSAGES_DESCRIPTOR, "%s", bgsh_string(&answer));
  if (verdict == bgsh_answer_done && !is_known) {
    bgsh_clear(&accepted);
    bgsh_add(&accepted, bgsh_string(&fields), fields.length);
    if (accepted.is_cut) bgsh_clear(&accepted);
  }
  free(fields.bytes);
  free(answer.bytes);
  return verdict != bgsh_answer_error;
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
static bool has_room(const struct launch *launch, int file) {
  struct statvfs system;
  if (fstatvfs(file, &system) != 0 || system.f_blocks == 0) return true;
  return (uint64_t)system.f_bavail * system.f_frsize >= room_for_row + 2 * launch->command.length;
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

static bool is_without_descriptors(int error) { return error == EMFILE || error == ENFILE; }

/// Takes an id: one packet of eight bytes or, as they get longer, of sixteen, which must be read by a single read(2).
static bool take_id(const struct launch *launch, char id[bgsh_longest_id + 1]) {
  int ids = open_path(bgsh_session.run_path, BGSH_IDS_FIFO, "", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (ids < 0 && errno != ENOENT && errno != ENOTDIR) {
    bgsh_say(BGSH_MESSAGES_DESCRIPTOR, "no task can be started: %s",
             is_without_descriptors(errno) ? NO_DESCRIPTORS
             : errno == ENOMEM             ? NO_MEMORY
                                           : "the state directory cannot be used; 'bgsh doctor' says more");
    return false;
  }
  if (ids >= 0 && !has_room(launch, ids)) {
    close(ids);
    bgsh_say(BGSH_MESSAGES_DESCRIPTOR, "no task can be started: " BGSH_NO_SPACE);
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
    if (result > 0) count = read(ids, id, bgsh_longest_id);
    if (count < 0 && errno != EAGAIN && errno != EINTR) break;
  }
  if (ids >= 0) close(ids);
  id[count > 0 ? count : 0] = '\0';
  if (interrupt_state || terminating_signal) return false;
  if (count >= bgsh_id_length && id[0] != bgsh_refusal_mark) return true;
  const char *reason = "the supervisor of this session does not answer; 'bgsh doctor' says more";
  if (ids < 0 && access(bgsh_session.run_path, F_OK) != 0 && errno == ENOENT)
    reason = "somebody has removed the directory of this session; start a new bgsh";
  if (id[0] == bgsh_refusal_mark) reason = bgsh_refusal_text(id + 1);
  bgsh_say(BGSH_MESSAGES_DESCRIPTOR, "no task can be started: %s", reason);
  return false;
}

/// Writes what the supervisor is to record of the task (launches.h), or returns false.
///
/// It is not known yet which id: the first field has room for its digits.
static bool describe_task(struct launch *launch) {
  const char *directory = launch->directory.length ? launch->directory.bytes : setting("PWD");
  bool is_cut = launch->command.is_cut || launch->shown.is_cut || launch->directory.is_cut;
  const char *const fields[] = {
      [bgsh_record_id] = "0000000000000000",
      [bgsh_record_command] = bgsh_string(&launch->command),
      [bgsh_record_directory] = directory,
      [bgsh_record_keep] = setting(BGSH_KEEP_VARIABLE),
      [bgsh_record_output_limit] = setting(BGSH_OUTPUT_LIMIT_VARIABLE),
  };
  for (size_t index = 0; index < bgsh_record_field_count; index++) bgsh_add_field(&launch->record, fields[index]);
  for (size_t index = 0; index < bgsh_task_flag_count; index++) {
    is_cut |= launch->flags[index].is_cut;
    if (!is_given(launch, index)) continue;
    bgsh_add_field(&launch->record, bgsh_words_of_task_flag(index).name);
    bgsh_add_field(&launch->record, bgsh_string(&launch->flags[index]));
  }
  return !is_cut && !launch->record.is_cut;
}

/// A fork begins with no tasks of its own.
static void forget_others_tasks(void) {
  if (launched.process == getpid()) return;
  launched.process = getpid();
  bgsh_clear(&launched.ids);
}

static int open_output(const struct launch *launch, const char *suffix) {
  const char *directory = bgsh_session.output_path;
  int file = open_path(directory, launch->id, suffix, O_WRONLY | O_CREAT | O_APPEND | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC);
  if (file >= 0) return bgsh_move_up(file);
  if (is_without_descriptors(errno)) bgsh_say(BGSH_MESSAGES_DESCRIPTOR, "no task can be started: " NO_DESCRIPTORS);
  else
    bgsh_say(BGSH_MESSAGES_DESCRIPTOR, "no task can be started: cannot open '%s/%s%s': %s", directory, launch->id, suffix,
             strerror(errno));
  return -1;
}

/// Opens where the task is to run: the shell can still say that it cannot be there.
static bool open_place(struct launch *launch) {
  if (!launch->directory.length) return true;
  const char *directory = bgsh_string(&launch->directory);
  int place = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (place >= 0) launch->place = bgsh_move_up(place);
  // It has to be one that can be gone to.
  if (launch->place >= 0 && faccessat(launch->place, ".", X_OK, AT_EACCESS) == 0) return true;
  bgsh_say(BGSH_MESSAGES_DESCRIPTOR, "no task can be started: cannot go to '%s': %s", directory, strerror(errno));
  return false;
}

/// Opens what the task is to write to: the shell can still say that it cannot be.
static bool open_outputs(struct launch *launch) {
  launch->output = open_output(launch, "");
  if (launch->output < 0 || !is_given(launch, bgsh_task_flag_split)) return launch->output >= 0;
  launch->errors = open_output(launch, BGSH_ERRORS_SUFFIX);
  // Whatever the user's mask is.
  return launch->errors >= 0 && fchmod(launch->errors, 0600) == 0;
}

/// Makes all ready for the task of a launch; the status that the launch is to have.
static int prepare(struct launch *launch, const char *flags, struct word_list *values) {
  if (!take_flags(launch, flags, values) || !are_accepted(launch)) return 2;
  if (*bgsh_session.refusal) {
    bgsh_say(BGSH_MESSAGES_DESCRIPTOR, "no task can be started: %s", bgsh_session.refusal);
    return 1;
  }
  // Before an id is taken.
  forget_others_tasks();
  if (!describe_task(launch) || !bgsh_make_room(&launched.ids, sizeof launch->id)) {
    bgsh_say(BGSH_MESSAGES_DESCRIPTOR, "no task can be started: " NO_MEMORY);
    return 1;
  }
  if (!open_place(launch)) return 1;
  char id[bgsh_longest_id + 1];
  if (!take_id(launch, id)) return 1;
  snprintf(launch->id, sizeof launch->id, "%ld", strtol(id, NULL, 10));
  memcpy(launch->record.bytes + bgsh_longest_id - strlen(id), id, strlen(id));
  if (!open_outputs(launch)) return 1;
  bind_variable(BGSH_TASK_VARIABLE, launch->id, 0);
  return 0;
}

/// Whether it is the rewritten form that calls this, in which a trace is hidden, and nobody who has typed the name.
static bool is_in_rewritten_form(void) {
  struct stat errors;
  return fcntl(BGSH_MESSAGES_DESCRIPTOR, F_GETFD) >= 0 && fstat(STDERR_FILENO, &errors) == 0 && S_ISCHR(errors.st_mode) &&
         errors.st_rdev == makedev(1, 3);
}

/// `__bgsh_launch "$?" TEXT SHOWN FLAGS [VALUE __bgsh_end]... "$_"` takes an id. The list follows, which is not run in
/// any case: where this fails, its fork ends with the status of that (see `bgsh_purpose_of_fork`).
static int take_launch(struct word_list *words) {
  bgsh_reveal_history();
  const char *leading[4];
  for (size_t index = 0; index < 4 && words; index++, words = words->next) leading[index] = words->word->word;
  if (!words || !is_in_rewritten_form()) {
    bgsh_say(STDERR_FILENO, "'" BGSH_LAUNCH_BUILTIN "' is not for typing; write 'COMMAND &bg' to launch a task");
    return 2;
  }
  struct launch *launch = begin_launch();
  if (!launch) {
    bgsh_say(BGSH_MESSAGES_DESCRIPTOR, "no task can be started: " NO_MEMORY);
    return 1;
  }
  launch->status = atoi(leading[0]);
  set(&launch->command, leading[1]);
  set(&launch->shown, leading[2]);
  launch->failure = prepare(launch, leading[3], words);
  if (launch->failure == 0 || bgsh_session.follows_forks) return 0;
  // The list must not run: bash forgets the whole command.
  set_exit_status(launch->failure);
  end_innermost();
  jump_to_top_level(discard_command);
}

/// Says, for the case that everybody dies, what was confirmed. It is a help, not a promise: where it cannot be written,
/// the task goes on record all the same. More NULs than there are in a record stand before it, so that one that a full
/// disk cuts off spoils no other.
static void leave_record(const struct launch *launch) {
  static char separator[bgsh_record_separator_length];
  struct iovec parts[] = {{separator, sizeof separator}, {launch->record.bytes, launch->record.length}};
  int file = open_path(bgsh_session.run_path, BGSH_LAUNCHED_LIST, "", O_WRONLY | O_APPEND | O_CLOEXEC);
  // That the user's limit of file sizes is too small is a failure like another.
  struct sigaction ignoring = {.sa_handler = SIG_IGN}, before;
  sigaction(SIGXFSZ, &ignoring, &before);
  ssize_t count;
  do count = file >= 0 ? writev(file, parts, 2) : 0;
  while (count < 0 && errno == EINTR);
  sigaction(SIGXFSZ, &before, NULL);
  if (file >= 0) close(file);
}

// MARK: The fork

/// Whether bash has just printed the list of a launch, as it does before it forks a subshell. That is seen once: a
/// fork without a text of its own would find it again.
static bool takes_list(void) {
  size_t length = the_printed_command ? strlen(the_printed_command) : 0, size = sizeof end_of_list - 1;
  if (length < size || memcmp(the_printed_command + length - size, end_of_list, size) != 0) return false;
  // What remains is ` )`.
  the_printed_command[length - size + 2] = '\0';
  return true;
}

enum fork_purpose bgsh_purpose_of_fork(int *status) {
  if (!takes_list()) return fork_for_bash;
  struct launch *launch = pending_here();
  if (launch && launch->failure == 0) return fork_for_task;
  // Without a launch it was not called: a DEBUG trap has said so, or its redirection has failed.
  *status = launch ? launch->failure : last_command_exit_value;
  if (launch) end_innermost();
  return fork_for_nothing;
}

/// Confirms the launch, once the task has been forked: an interrupt before that leaves nothing that was promised.
void bgsh_confirm_task(void) {
  struct launch *launch = pending;
  forget_others_tasks();
  bgsh_add_string(&launched.ids, ",");
  bgsh_add_string(&launched.ids, launch->id);
  leave_record(launch);
  const char *notify = get_string_value(BGSH_NOTIFY_VARIABLE);
  if (!notify || strcmp(notify, BGSH_NOTIFY_OFF) != 0) {
    struct text line = {0};
    bgsh_add_string(&line, "[@");
    bgsh_add_string(&line, launch->id);
    bgsh_add_string(&line, "] started: ");
    bgsh_add_string(&line, bgsh_string(&launch->shown));
    const struct text *name = &launch->flags[bgsh_task_flag_name];
    if (name->length > 0) {
      bgsh_add_string(&line, " (@");
      bgsh_add_string(&line, name->bytes);
      bgsh_add_string(&line, ")");
    }
    bgsh_add_string(&line, "\n");
    if (line.is_cut) dprintf(STDERR_FILENO, "[@%s] started\n", launch->id);
    else bgsh_write(STDERR_FILENO, line.bytes, line.length);
    free(line.bytes);
  }
  end_innermost();
}

void bgsh_abandon_task(void) { end_innermost(); }

const char *bgsh_launched_tasks(void) { return launched.process == getpid() ? launched.ids.bytes : NULL; }

void bgsh_forget_launched_tasks(void) { bgsh_clear(&launched.ids); }

void bgsh_forget_launched_task(const char *id) {
  size_t size = strlen(id);
  for (char *comma = launched.ids.bytes; comma && (comma = strchr(comma, ',')) != NULL; comma++) {
    char *end = comma + 1 + size;
    if (strncmp(comma + 1, id, size) != 0 || (*end != ',' && *end != '\0')) continue;
    memmove(comma, end, strlen(end) + 1);
    launched.ids.length = strlen(launched.ids.bytes);
    return;
  }
}

// MARK: In the task

/// Where that cannot be, the task has none.
static void take_input(const struct launch *launch) {
  int file = is_given(launch, bgsh_task_flag_noInput) ? -1 : open(bgsh_session.task_input, O_RDONLY | O_NOCTTY);
  if (file < 0) file = open("/dev/null", O_RDONLY);
  if (file <= STDIN_FILENO) return;
  dup2(file, STDIN_FILENO);
  close(file);
}

/// What the supervisor has to say to a task.
struct answer {
  bool may_start;
  /// Why not; empty where there is no answer.
  struct text reason;
  /// Why it cannot be asked, as an errno.
  int failure;
};

/// Reads what the supervisor answers; false if it has died.
static bool read_answer(int supervisor, struct answer *answer) {
  struct bgsh_frame_header header;
  if (!bgsh_read_frame_header(supervisor, &header)) return false;
  if (header.version != bgsh_launch_version || (header.kind != bgsh_launch_go && header.kind != bgsh_launch_refused)) {
    bgsh_add_string(&answer->reason, "the session's supervisor and the library in its bash are of different versions; "
                                     "start another session");
    return true;
  }
  if (header.length > bgsh_longest_reason) header.length = bgsh_longest_reason;
  if (!bgsh_read_payload(supervisor, header.length, &answer->reason)) return false;
  answer->may_start = header.kind == bgsh_launch_go;
  return true;
}

/// Asks the supervisor to start the task, and waits for its answer; false if it has died.
static bool ask_to_start(const struct launch *launch, struct answer *answer) {
  free(answer->reason.bytes);
  *answer = (struct answer){0};
  int supervisor = bgsh_connect_in(bgsh_session.run_path, BGSH_LAUNCHES_SOCKET);
  if (supervisor < 0) {
    answer->failure = errno;
    return false;
  }
  struct bgsh_frame_header header = {.version = bgsh_launch_version, .kind = bgsh_launch_record};
  // A supervisor of before the frames reads up to the end.
  bool is_answered = bgsh_send_frame(supervisor, header, &launch->record) && shutdown(supervisor, SHUT_WR) == 0 &&
                     read_answer(supervisor, answer);
  close(supervisor);
  return is_answered;
}

/// Does that for longer than it takes to put another supervisor in the place of one that died. Empty if there is none.
static void await_start(const struct launch *launch, struct answer *answer) {
  int64_t end = milliseconds_now() + start_patience_milliseconds;
  while (!ask_to_start(launch, answer)) {
    bgsh_clear(&answer->reason);
    if (is_without_descriptors(answer->failure)) break;
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

/// What a key sent to the shell's group before the task had a group of its own is not for the task: a stop would be for
/// good. Signals are blocked, and to ignore one drops what waits of it.
static void forget_signals_of_group(void) {
  static const int signals[] = {SIGINT, SIGQUIT, SIGTSTP};
  struct sigaction ignored = {.sa_handler = SIG_IGN}, before;
  for (size_t index = 0; index < sizeof signals / sizeof *signals; index++) {
    if (sigaction(signals[index], &ignored, &before) == 0) sigaction(signals[index], &before, NULL);
  }
}

/// It gets a process group of its own, also without a terminal, and `$?` as a plain `&` would leave it.
void bgsh_begin_task(void) {
  struct launch *launch = pending;
  setpgid(0, 0);
  forget_signals_of_group();
  job_control = 0;
  running_in_background = 1;
  last_command_exit_value = launch->status;
  dup2(launch->output, STDOUT_FILENO);
  dup2(launch->errors >= 0 ? launch->errors : launch->output, STDERR_FILENO);
  bgsh_keep_output();
  int place = launch->place;
  launch->place = -1;
  close_files(launch);
  take_input(launch);
  export_variable(BGSH_TASK_ID_VARIABLE, launch->id);
  export_variable(BGSH_TASK_NAME_VARIABLE, (char *)bgsh_string(&launch->flags[bgsh_task_flag_name]));
  bool is_there = !launch->directory.length || enter(launch->directory.bytes, place);
  if (place >= 0) close(place);
  if (!is_there) _exit(BGSH_STATUS_UNKNOWN);
  struct answer answer = {0};
  await_start(launch, &answer);
  if (!answer.may_start) {
    const char *reason = is_without_descriptors(answer.failure) ? NO_DESCRIPTORS : bgsh_string(&answer.reason);
    bgsh_say(STDERR_FILENO, "not started: %s", *reason ? reason : "the supervisor of this session is gone");
    _exit(BGSH_STATUS_UNKNOWN);
  }
  // What traps had begun is the shell's.
  bgsh_forget_launches();
}

BGSH_BUILTIN(__bgsh_launch, take_launch, 0);
