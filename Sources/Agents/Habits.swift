import Advice
package import Tasks

/// What a program that takes turns does to its own harm, and what to do instead: a line in the result of a call, once for
/// each command and connection.
///
/// It is advice: nothing is refused, and where nobody knows what a command does, nothing is said.
package struct Habits: Sendable {
  /// What has been said already.
  private var said: Set<String> = []
  /// The task that the last call has launched, as long as nothing was called after it.
  private var justLaunched: TaskID?

  package init() {}

  /// A command was sent to the background.
  ///
  /// - Parameters:
  ///   - running: The commands of the tasks that run, this one left out.
  package mutating func launched(
    _ command: String, as id: TaskID, beside running: @autoclosure () -> [String]
  ) -> String? {
    justLaunched = id
    guard let judgement = CommandJudgement(command) else { return copies(of: command, known: nil, beside: running()) }
    if judgement.kind.needsTerminal {
      return say(
        "terminal", judgement.name,
        "'\(judgement.name)' wants a terminal, and there is none here; use a command that does without")
    }
    if judgement.kind.changesShell {
      return say(
        "shell", judgement.name,
        "'\(judgement.name)' changes a copy of the shell there, and nothing here; call it without run_in_background")
    }
    if judgement.kind.place == .foreground {
      return say(
        "quick", judgement.name,
        "'\(judgement.name)' takes less than a second, and its result is needed now; call it without run_in_background")
    }
    return copies(of: command, known: judgement, beside: running())
  }

  /// A command was run in the foreground.
  ///
  /// - Parameter count: How many tasks run.
  package mutating func ran(_ command: String, besides count: @autoclosure () -> Int) -> String? {
    justLaunched = nil
    guard CommandJudgement(command)?.kind.isPause == true else { return nil }
    let running = count()
    guard running > 0 else { return nil }
    return say(
      "pause", command,
      "\(running == 1 ? "a task runs, and its end is" : "\(running) tasks run, and their ends are") told with the next "
        + "result of any tool: do something else meanwhile, or call Wait; do not sleep")
  }

  /// Tasks were waited for.
  package mutating func waited(for tasks: some Collection<BackgroundTask>) -> String? {
    defer { justLaunched = nil }
    guard let justLaunched, let task = tasks.first(where: { $0.id == justLaunched }) else { return nil }
    return say(
      "wait", task.command,
      "to launch a command and wait for it at once is to run it: leave out run_in_background, or do something else meanwhile"
    )
  }

  /// Another tool was called.
  package mutating func wentOn() { justLaunched = nil }

  private mutating func copies(of command: String, known: CommandJudgement?, beside running: [String]) -> String? {
    let isHeavy = known.map { $0.kind.place == .background && !$0.kind.neverEnds } ?? true
    guard isHeavy else { return nil }
    let copies = running.count { $0 == command || known != nil && CommandJudgement($0)?.name == known?.name }
    guard copies + 1 >= Limits.manyCopies else { return nil }
    let name = known?.name ?? CommandText.line(PlainText.line(command))
    return say(
      "copies", name,
      "\(copies + 1) copies of '\(name)' run at a time: they slow one another down, and may write to the same files; "
        + "let those end that run, or end them with KillShell")
  }

  private mutating func say(_ habit: String, _ subject: String, _ advice: String) -> String? {
    // What was said first is forgotten last: a connection may last for weeks.
    guard said.count < Limits.mostAdvice, said.insert("\(habit) \(subject)").inserted else { return nil }
    return "[advice: \(advice)]"
  }
}
