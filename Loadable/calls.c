// `__bgsh_serve`: a shell that a program uses, call by call (docs/agents.md).
// It runs each call itself, so that what the call changes stays. Before a call
// it leaves a copy of itself behind, which goes on where the call does not come
// back: it was killed, has executed another program, or has become a task.
#include "library.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/// The process as a shell of calls.
static struct {
  /// To the server, while there is nothing to do; else -1.
  int connection;
  /// Whether it is a copy that nobody has needed yet.
  bool is_copy;
  /// The last call that it has run, or before which it was made.
  char number[24];
  int status;
  /// What was trapped on EXIT before that.
  char *exit_trap;
} self = {.connection = -1, .number = "0"};

/// What the server wants.
struct order {
  enum bgsh_order kind;
  struct text fields;
  const char *number, *output, *code;
};

// MARK: The connection

static void add_number(struct text *fields, long number) {
  char digits[24];
  snprintf(digits, sizeof digits, "%ld", number);
  bgsh_add_field(fields, digits);
}

static bool send_message(int connection, enum bgsh_rest kind, const struct text *fields) {
  struct bgsh_frame_header header = {.version = bgsh_calls_version, .kind = (uint16_t)kind};
  return !fields->is_cut && bgsh_send_frame(connection, header, fields);
}

/// What the shell says when it comes to rest.
static bool say_status(void) {
  struct text fields = {0};
  const char *task = get_string_value(BGSH_TASK_VARIABLE), *directory = get_string_value("PWD");
  bgsh_add_field(&fields, self.number);
  add_number(&fields, self.status);
  add_number(&fields, getpid());
  bgsh_add_field(&fields, task ? task : "");
  bgsh_add_field(&fields, directory ? directory : "");
  struct text statuses = {0};
  bgsh_find_hidden_failure(self.status, &statuses);
  bgsh_add_field(&fields, bgsh_string(&statuses));
  free(statuses.bytes);
  bool is_sent = send_message(self.connection, bgsh_rest_shell, &fields);
  free(fields.bytes);
  return is_sent;
}

/// Says which process a copy is.
static void say_copy(int connection, const char *number, pid_t copy) {
  struct text fields = {0};
  bgsh_add_field(&fields, number);
  add_number(&fields, copy);
  send_message(connection, bgsh_rest_copy, &fields);
  free(fields.bytes);
}

static int connect_to_server(void) {
  int connection = bgsh_connect_to_name(bgsh_session.calls_name);
  return connection < 0 ? connection : bgsh_move_up(connection);
}

/// An interrupt has nothing to interrupt here.
static bool await_order(void) {
  while (!bgsh_await(self.connection, POLLIN)) {
    if (terminating_signal || !interrupt_state) return false;
    interrupt_state = 0;
  }
  return true;
}

/// Returns false when the server has gone.
static bool receive_order(struct order *order) {
  struct bgsh_frame_header header;
  *order = (struct order){0};
  if (!await_order() || !bgsh_read_frame_header(self.connection, &header)) return false;
  if (header.version != bgsh_calls_version) return false;
  if (!bgsh_read_payload(self.connection, header.length, &order->fields)) return false;
  order->kind = (enum bgsh_order)header.kind;
  if (order->kind == bgsh_order_leave) return true;
  const char *next = order->fields.bytes, *end = next + header.length;
  const char **places[] = {&order->number, &order->output, &order->code};
  for (size_t index = 0; index < 3; index++) {
    const char *stop = next < end ? memchr(next, '\0', (size_t)(end - next)) : NULL;
    if (!stop) return false;
    *places[index] = next;
    next = stop + 1;
  }
  return true;
}

// A task is forked while the shell that launches it is at rest.
void bgsh_leave_calls(void) {
  if (self.connection >= 0) close(self.connection);
  self.connection = -1;
}

static void end_order(struct order *order) { free(order->fields.bytes); }

// MARK: The copy

/// Forks a process that is no child of this one, which may wait for all its children. Returns its ID, 0 in it, or -1.
static pid_t fork_copy(void) {
  sigset_t all, before;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, &before);
  // The process in between shares the memory of this one.
  volatile pid_t made = -1;
  pid_t between = vfork();
  if (between == 0) {
    // What the call sends to its group must not reach the copy, before that has left it itself.
    setsid();
    pid_t copy = fork();
    if (copy != 0) {
      made = copy;
      _exit(0);
    }
    // The call may become a task: by then, what is in its session belongs to that.
    if (setsid() < 0) setpgid(0, 0);
    sigprocmask(SIG_SETMASK, &before, NULL);
    return 0;
  }
  while (between > 0 && waitpid(between, NULL, 0) < 0 && errno == EINTR) continue;
  sigprocmask(SIG_SETMASK, &before, NULL);
  return made;
}

/// Whether this process is the copy. The server knows of it before the call runs: it is connected before it is made.
static bool leave_copy(const char *number) {
  int connection = connect_to_server();
  if (connection < 0) return false;
  pid_t copy = fork_copy();
  if (copy == 0) {
    close(self.connection);
    self.connection = connection;
    self.is_copy = true;
    snprintf(self.number, sizeof self.number, "%s", number);
    return true;
  }
  if (copy > 0) say_copy(connection, number, copy);
  close(connection);
  return false;
}

/// The copy is the shell from here on.
static void become_shell(void) {
  if (!self.is_copy) return;
  self.is_copy = false;
  bgsh_session.shell = dollar_dollar_pid = getpid();
  // They were another's.
  delete_all_jobs(0);
}

// MARK: Running

/// Puts standard output and standard error where they belong, and nothing else.
static void write_to(const char *path, int flags) {
  int file = open(path, flags | O_NOCTTY | O_CLOEXEC, 0600);
  if (file < 0) file = open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (file < 0) return;
  fflush(stdout);
  fflush(stderr);
  dup2(file, STDOUT_FILENO);
  dup2(file, STDERR_FILENO);
  if (file > STDERR_FILENO) close(file);
}

/// Runs code as far as it goes: `exit`, `set -e` and errors that end a shell end the code alone. Returns whether it has come
/// to its end.
static bool run_code(const char *code, const char *name) {
  char *copy = strdup(code);
  if (!copy) {
    bgsh_say(STDERR_FILENO, "this shell has no memory left; end some programs, or raise 'ulimit -v'");
    last_command_exit_value = BGSH_STATUS_UNKNOWN;
    return true;
  }
  if (sigsetjmp(top_level, 0) == 0) {
    // It frees the copy.
    evalstring(copy, name, evaluate_unrecorded | evaluate_from_line_one);
    return true;
  }
  int status = last_command_exit_value;
  top_level_cleanup();
  reset_parser();
  last_command_exit_value = status;
  return false;
}

/// What is trapped on EXIT; NULL if nothing is.
static const char *trapped_on_exit(void) {
  const char *code = signal_is_trapped(exit_trap) ? trap_list[exit_trap] : NULL;
  return code == (const char *)SIG_IGN ? NULL : code;
}

/// Runs the EXIT trap as the end of a shell would; once.
static void run_exit_trap_of_call(void) {
  if (!trapped_on_exit()) return;
  char *code = strdup(trapped_on_exit());
  int status = last_command_exit_value;
  restore_default_signal(exit_trap);
  last_command_exit_value = status;
  if (code) run_code(code, "exit trap");
  free(code);
  last_command_exit_value = status;
}

static void follow(const struct order *order) {
  snprintf(self.number, sizeof self.number, "%s", order->number);
  // `set -n`, which nothing could take back.
  read_but_dont_execute = 0;
  write_to(order->output, O_WRONLY | O_APPEND | O_NOFOLLOW);
  if (order->kind == bgsh_order_run) {
    // From here on the file may get another name.
    struct text fields = {0};
    bgsh_add_field(&fields, order->number);
    send_message(self.connection, bgsh_rest_begun, &fields);
    free(fields.bytes);
    close(self.connection);
    self.connection = -1;
    free(self.exit_trap);
    self.exit_trap = trapped_on_exit() ? strdup(trapped_on_exit()) : NULL;
    if (!run_code(order->code, "-c")) run_exit_trap_of_call();
    self.status = last_command_exit_value;
  } else {
    int status = last_command_exit_value;
    void *pipe_status = save_pipestatus_array();
    run_code(order->code, "bgsh");
    self.status = last_command_exit_value;
    restore_pipestatus_array(pipe_status);
    last_command_exit_value = status;
  }
  write_to("/dev/null", O_WRONLY);
}

/// Code of bgsh's own leaves the shell as it is, on its connection, and a copy a copy. Returns false when the server has gone.
static bool evaluate(const struct order *order) {
  char number[sizeof self.number];
  memcpy(number, self.number, sizeof number);
  follow(order);
  bool is_sent = say_status();
  memcpy(self.number, number, sizeof number);
  return is_sent;
}

/// The server has gone, or wants no copy any more.
static void end_shell(void) {
  if (self.is_copy) _exit(0);
  exit_shell(last_command_exit_value);
}

/// Ends as the task that the call has become. What was trapped on EXIT before the call is for the shell that goes on.
static void end_task(const struct order *order) {
  write_to(order->output, O_WRONLY | O_APPEND | O_NOFOLLOW);
  bgsh_tell_hidden_failure(self.status);
  const char *code = trapped_on_exit();
  if (code && self.exit_trap && strcmp(code, self.exit_trap) == 0) restore_default_signal(exit_trap);
  exit_shell(self.status);
}

/// Does what comes, until the server goes.
static int serve(struct word_list *words) {
  (void)words;
  if (!*bgsh_session.calls_name || getpid() != bgsh_session.shell || self.connection >= 0 || strcmp(self.number, "0") != 0) {
    bgsh_say(STDERR_FILENO, "'" BGSH_SERVE_BUILTIN "' is not for typing");
    return 2;
  }
  // A terminal of whoever has started the server is none of the calls'.
  if (setsid() < 0) setpgid(0, 0);
  bgsh_end_command_string();
  last_command_exit_value = 0;
  bgsh_end_quiet();
  while (true) {
    if (self.connection < 0) {
      self.connection = connect_to_server();
      if (self.connection < 0 || !say_status()) end_shell();
    }
    struct order order;
    if (!receive_order(&order) || order.kind == bgsh_order_leave) end_shell();
    if (order.kind == bgsh_order_end) end_task(&order);
    if (order.kind == bgsh_order_run) {
      become_shell();
      if (leave_copy(order.number)) {
        end_order(&order);
        continue;
      }
    }
    if (order.kind == bgsh_order_run) {
      follow(&order);
    } else if (!evaluate(&order)) {
      end_shell();
    }
    end_order(&order);
  }
}

BGSH_BUILTIN(__bgsh_serve, serve, 0);
