// What the rewritten form of `LIST &bg FLAGS` calls (launches.h): `__bgsh_launch`
// before bash forks the list, and what the shell does about that fork. Everything
// is found by path, so that no descriptor is inherited and a new supervisor can
// take over.
#include "launch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/// The launches under way, the innermost first: each but the last was interrupted by a trap that launches too.
static struct launch *pending;

/// How bash prints the end of a launch's list.
static const char end_of_list[] = " ) " BGSH_LIST_MARK;

// MARK: Pending launches

void bgsh_close_files(struct launch *launch) {
  if (launch->output >= 0) close(launch->output);
  if (launch->errors >= 0) close(launch->errors);
  if (launch->place >= 0) close(launch->place);
  launch->output = launch->errors = launch->place = -1;
}

static void end_innermost(void) {
  struct launch *launch = pending;
  pending = launch->outer;
  bgsh_close_files(launch);
  struct text *const texts[] = {&launch->command, &launch->shown, &launch->directory, &launch->record};
  for (size_t index = 0; index < sizeof texts / sizeof *texts; index++) free(texts[index]->bytes);
  for (size_t index = 0; index < bgsh_task_flag_count; index++) free(launch->flags[index].bytes);
  free(launch);
}

/// The launch whose list bash forks next here. Launches of traps that never came to their fork are dropped.
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

struct launch *bgsh_pending_launch(void) { return pending; }

// MARK: Before the fork

/// Writes what the supervisor is to record of the task (launches.h), or returns false.
///
/// It is not known yet which id: the first field has room for its digits.
static bool describe_task(struct launch *launch) {
  const char *directory = launch->directory.length ? launch->directory.bytes : bgsh_setting("PWD");
  bool is_cut = launch->command.is_cut || launch->shown.is_cut || launch->directory.is_cut;
  const char *const fields[] = {
      [bgsh_record_id] = "0000000000000000",
      [bgsh_record_command] = bgsh_string(&launch->command),
      [bgsh_record_directory] = directory,
      [bgsh_record_keep] = bgsh_setting(BGSH_KEEP_VARIABLE),
      [bgsh_record_output_limit] = bgsh_setting(BGSH_OUTPUT_LIMIT_VARIABLE),
  };
  for (size_t index = 0; index < bgsh_record_field_count; index++) bgsh_add_field(&launch->record, fields[index]);
  for (size_t index = 0; index < bgsh_task_flag_count; index++) {
    is_cut |= launch->flags[index].is_cut;
    if (!bgsh_is_given(launch, index)) continue;
    bgsh_add_field(&launch->record, bgsh_words_of_task_flag(index).name);
    bgsh_add_field(&launch->record, bgsh_string(&launch->flags[index]));
  }
  return !is_cut && !launch->record.is_cut;
}

static int open_output(const struct launch *launch, const char *suffix) {
  const char *directory = bgsh_session.output_path;
  int file = bgsh_open_in(directory, launch->id, suffix, O_WRONLY | O_CREAT | O_APPEND | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC);
  if (file >= 0) return bgsh_move_up(file);
  if (bgsh_is_without_descriptors(errno)) bgsh_say(BGSH_MESSAGES_DESCRIPTOR, "no task can be started: " BGSH_NO_DESCRIPTORS);
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
  if (launch->output < 0 || !bgsh_is_given(launch, bgsh_task_flag_split)) return launch->output >= 0;
  launch->errors = open_output(launch, BGSH_ERRORS_SUFFIX);
  // Whatever the user's mask is.
  return launch->errors >= 0 && fchmod(launch->errors, 0600) == 0;
}

/// Makes all ready for the task of a launch; the status that the launch is to have.
static int prepare(struct launch *launch, const char *flags, struct word_list *values) {
  if (!bgsh_take_flags(launch, flags, values) || !bgsh_are_accepted(launch)) return BGSH_STATUS_WRONG_USAGE;
  if (*bgsh_session.refusal) {
    bgsh_say(BGSH_MESSAGES_DESCRIPTOR, "no task can be started: %s", bgsh_session.refusal);
    return BGSH_STATUS_FAILED;
  }
  // Before an id is taken.
  bgsh_forget_others_tasks();
  if (!describe_task(launch) || !bgsh_make_room_for_launched()) {
    bgsh_say(BGSH_MESSAGES_DESCRIPTOR, "no task can be started: " BGSH_NO_MEMORY);
    return BGSH_STATUS_FAILED;
  }
  if (!open_place(launch)) return BGSH_STATUS_FAILED;
  char id[bgsh_longest_id + 1];
  if (!bgsh_take_id(launch, id)) return BGSH_STATUS_FAILED;
  snprintf(launch->id, sizeof launch->id, "%ld", strtol(id, NULL, 10));
  memcpy(launch->record.bytes + bgsh_longest_id - strlen(id), id, strlen(id));
  if (!open_outputs(launch)) return BGSH_STATUS_FAILED;
  bind_variable(BGSH_TASK_VARIABLE, launch->id, 0);
  return 0;
}

/// Whether it is the rewritten form that calls this, in which a trace is hidden, and nobody who has typed the name.
static bool is_in_rewritten_form(void) {
  struct stat errors;
  return fcntl(BGSH_MESSAGES_DESCRIPTOR, F_GETFD) >= 0 && fstat(STDERR_FILENO, &errors) == 0 && S_ISCHR(errors.st_mode) &&
         errors.st_rdev == makedev(1, 3);
}

/// `__bgsh_launch` (launches.h): makes a task ready, to the point where bash forks the list. If this fails, the fork of the
/// list ends at once, with the status of this (see `bgsh_purpose_of_fork`).
static int take_launch(struct word_list *words) {
  bgsh_reveal_history();
  const char *leading[4];
  for (size_t index = 0; index < 4 && words; index++, words = words->next) leading[index] = words->word->word;
  if (!words || !is_in_rewritten_form()) {
    bgsh_say(STDERR_FILENO, "'" BGSH_LAUNCH_BUILTIN "' is not for typing; write 'COMMAND &bg' to launch a task");
    return BGSH_STATUS_WRONG_USAGE;
  }
  struct launch *launch = begin_launch();
  if (!launch) {
    bgsh_say(BGSH_MESSAGES_DESCRIPTOR, "no task can be started: " BGSH_NO_MEMORY);
    return BGSH_STATUS_FAILED;
  }
  launch->status = atoi(leading[0]);
  bgsh_set(&launch->command, leading[1]);
  bgsh_set(&launch->shown, leading[2]);
  launch->failure = prepare(launch, leading[3], words);
  if (launch->failure == 0 || bgsh_session.follows_forks) return 0;
  // The list must not run: bash forgets the whole command.
  set_exit_status(launch->failure);
  end_innermost();
  jump_to_top_level(discard_command);
}

// MARK: The fork

/// Whether bash is about to fork the list of a launch. Before it forks a subshell it prints the command for itself; the mark
/// is cut off there, as a later fork that prints nothing would find it again.
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
  // Without a launch, `__bgsh_launch` was not called: a DEBUG trap forbade it, or its redirection failed.
  *status = launch ? launch->failure : last_command_exit_value;
  if (launch) end_innermost();
  return fork_for_nothing;
}

/// Fewer columns of a command say nothing.
enum { narrowest_command = 8 };

/// Says that the task has been launched.
static void tell(const struct launch *launch) {
  const struct text *name = &launch->flags[bgsh_task_flag_name];
  struct text line = {0};
  bgsh_add_string(&line, "[@");
  bgsh_add_string(&line, launch->id);
  if (name->length > 0) {
    bgsh_add_string(&line, " ");
    bgsh_add_string(&line, name->bytes);
  }
  bgsh_add_string(&line, "] started: ");
  // One row of the screen, unless the name is too long for that.
  int columns = bgsh_columns_of(STDERR_FILENO), taken = columns ? bgsh_width_of(bgsh_string(&line)) : 0;
  int room = !columns ? INT_MAX : columns - taken > narrowest_command ? columns - taken : narrowest_command;
  bgsh_add_without_middle(&line, bgsh_string(&launch->shown), room);
  bgsh_add_string(&line, "\n");
  if (line.is_cut) dprintf(STDERR_FILENO, "[@%s] started\n", launch->id);
  else bgsh_write(STDERR_FILENO, line.bytes, line.length);
  free(line.bytes);
}

// Only when the task has been forked: an interrupt before that leaves nothing that was promised.
void bgsh_confirm_task(void) {
  bgsh_add_launched(pending);
  if (strcmp(bgsh_setting(BGSH_NOTIFY_VARIABLE), BGSH_NOTIFY_OFF) != 0) tell(pending);
  end_innermost();
}

void bgsh_abandon_task(void) { end_innermost(); }

BGSH_BUILTIN(__bgsh_launch, take_launch, 0);
