import BashEngine
import CProtocol
import ProcessControl
import Tasks

/// Answers what the session's bash asks: about each line that it has read, and before each prompt.
final class ShellResponder {
  private let listener: ShellListener
  private let interpreter: Interpreter
  private let notifier: Notifier?
  private var command = TypedCommand()

  /// Whether the user's settings let notifications be shown, as of the last prompt.
  private(set) var notifies = true
  /// Whether something has happened that has not been told, as far as is known here.
  private var hasNews = false

  /// Called before a prompt, ahead of what is due.
  var turnBegins: () -> Void = {}

  init(listener: ShellListener, interpreter: Interpreter, notifier: Notifier?) {
    self.listener = listener
    self.interpreter = interpreter
    self.notifier = notifier
    listener.answer = { [unowned self] request in answer(request) }
    interpreter.notified = { [unowned self] in
      hasNews = true
      listener.answerWaiting(with: .done)
    }
  }

  private func answer(_ request: ShellRequest) -> ShellAnswer? {
    switch request {
    case .turn(let variables):
      learn(variables)
      hasNews = false
      takeTurn()
      return .done
    case .news:
      return hasNews ? .done : nil
    case .tell(let variables):
      learn(variables)
      hasNews = false
      if notifies { notifier?.deliver() }
      return .done
    case .text(let read) where read.place == .evaluated:
      return .evaluation(EvaluatedText.judge(read))
    case .text(let read):
      let (verdict, complaints) = judge(read)
      for complaint in complaints { Diagnostic.say(complaint) }
      return .verdict(verdict)
    case .completion(let line, let start, let word):
      return .completion(WordCompletion(store: notifier?.store).answer(line: line, wordStart: start, word: word))
    case .check(let words):
      return TaskOptions.complaint(about: words).map { .complaint(VisibleText.line($0.utf8)) } ?? .done
    case .runningTasks:
      interpreter.settle()
      return .count(notifier?.runningTasks ?? 0)
    }
  }

  /// Takes what the shell's variables say.
  private func learn(_ variables: [String: String]) {
    notifies = variables[BGSH_NOTIFY_VARIABLE] != BGSH_NOTIFY_OFF
    notifier?.variables = { variables[$0] }
  }

  private func judge(_ read: ReadText) -> (verdict: LineVerdict, complaints: [String]) {
    switch read.place {
    case .firstLine, .laterLine: command.add(read)
    case .lines, .command, .evaluated: SourceCommand.judge(read)
    }
  }

  /// Shows what is due. This is the moment before a prompt: no line is being edited and no program has the screen.
  private func takeTurn() {
    interpreter.settle()
    for failure in interpreter.takeLaunchFailures() { Diagnostic.say(failure) }
    turnBegins()
    if notifies { notifier?.deliver() }
  }
}
