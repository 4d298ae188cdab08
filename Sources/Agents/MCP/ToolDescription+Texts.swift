extension ToolDescription {
  /// What is said about each tool.
  init(_ name: ToolName) {
    switch name {
    case .bash: self = .bash
    case .bashOutput: self = .bashOutput
    case .killShell: self = .killShell
    case .tasks: self = .tasks
    case .wait: self = .wait
    case .notifications: self = .notifications
    }
  }

  private static let bash = ToolDescription(
    name: .bash, title: "Run a command",
    text: """
      Runs a command in bash, as the user. The shell stays: its directory, variables and functions are there in the next \
      call of the same session. The result is what the command has written and its exit code. Standard input is empty and \
      there is no terminal.
      With run_in_background the command becomes a task, and the call returns at once with the task's ID and the path of \
      its output. You are notified when it ends: the notification stands first in the result of whichever tool is called \
      next. Use this for what takes more than a few seconds (tests, builds, servers), go on with other work meanwhile, and \
      neither poll nor sleep for it. A task has no time limit unless 'timeout' sets one.
      In the foreground a command that runs for 44 s, or for 'bg_after', goes on in the background as a task, with what it \
      has written; the shell then goes on as it was before the command. It is ended with all it has started after 120000 \
      ms, or after 'timeout', which is 600000 ms at most without 'bg_after'. More than 30000 characters of output are shown head and tail, with the path of the whole.
      """,
    inputs: [
      Input(name: "command", kind: .text, text: "The command line for bash.", isRequired: true),
      Input(name: "description", kind: .text, text: "What it is for, in five to ten words."),
      Input(
        name: "timeout", kind: .milliseconds,
        text: "The time limit in milliseconds; without one a task has none, and a command in the foreground has 120000."
      ),
      Input(name: "run_in_background", kind: .flag, text: "Whether it becomes a task, and the call returns at once."),
      Input(
        name: "bg_after", kind: .milliseconds,
        text: "After how many milliseconds a command in the foreground goes on in the background as a task."),
      Input(
        name: "notify_on", kind: .text,
        text: "An extended regular expression: you are notified once, as soon as a line of the task's output matches."),
      Input(name: "name", kind: .text, text: "A name by which the task can be referred to, instead of its ID."),
      session,
    ],
    effect: .destroys(isIdempotent: false, reachesOut: true), isAlwaysLoaded: true, hasLongResults: true)

  private static let bashOutput = ToolDescription(
    name: .bashOutput, title: "Read a task's output",
    text: """
      What a task has written since this was last called for it, its state and its exit code. There is no need to call this \
      to learn whether a task has ended: that is told by itself.
      """,
    inputs: [
      task,
      Input(name: "filter", kind: .text, text: "An extended regular expression: only lines that match are shown."),
      Input(name: "block", kind: .flag, text: "Whether to wait until the task has ended."),
      Input(name: "timeout", kind: .milliseconds, text: "How long to wait, in milliseconds: 30000 unless set."),
      session,
    ],
    effect: .readsOnly(isIdempotent: false), hasLongResults: true)

  private static let killShell = ToolDescription(
    name: .killShell, title: "End a task",
    text: "Ends a task with every process it has started, and says how it ended.",
    inputs: [task, session],
    effect: .destroys(isIdempotent: true, reachesOut: false))

  private static let tasks = ToolDescription(
    name: .tasks, title: "List tasks",
    text: "The tasks of this session that are running, as JSON records; with 'all' those that have ended as well.",
    inputs: [Input(name: "all", kind: .flag, text: "Whether ended tasks are listed too."), session],
    effect: .readsOnly(isIdempotent: true))

  private static let wait = ToolDescription(
    name: .wait, title: "Wait for tasks",
    text: """
      Waits until tasks have ended, and says how. Only for when there is nothing else to do: their ends are told by \
      themselves with the next result of any tool.
      """,
    inputs: [
      Input(
        name: "task_ids", kind: .texts,
        text: "The IDs or names of the tasks; without them all that are running in this session."),
      Input(name: "any", kind: .flag, text: "Whether the end of one of them is enough."),
      Input(
        name: "until", kind: .text,
        text: "An extended regular expression: a line of output that matches ends the wait, too."),
      Input(
        name: "timeout", kind: .milliseconds,
        text: "How long to wait, in milliseconds: 30000 unless set, at most 44000."),
      session,
    ],
    effect: .readsOnly(isIdempotent: true))

  private static let notifications = ToolDescription(
    name: .notifications, title: "Show what is due",
    text: "Shows now what has happened to the tasks of this session and has not been told yet.",
    inputs: [session],
    effect: .readsOnly(isIdempotent: false))

  private static let task = Input(
    name: "task_id", kind: .text, text: "The ID of the task, or its name.", isRequired: true)

  private static let session = Input(
    name: "session", kind: .text,
    text: "The name of a shell with a directory, variables, tasks and notifications of its own; a new name starts one.")
}
