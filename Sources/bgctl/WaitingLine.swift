import Notices
import ProcessControl
import SystemPackage
import TaskOperations
import Tasks

/// The line on the terminal that says what is waited for. It goes before anything else is said, and leaves no trace.
final class WaitingLine {
  private let style: NoticeStyle
  private let signals: SignalDescriptor
  private var isShown = false

  /// Nil where standard error is no terminal, or one on which nothing can be erased.
  ///
  /// - Parameter wait: Whose loop hears the signals that end this process.
  init?(for wait: TaskWait) {
    style = Console.remarkStyle
    guard style.marks != .none, style.columns != nil else { return nil }
    guard let signals = try? SignalDescriptor([.interrupt, .terminate, .hangUp, .quit]) else { return nil }
    self.signals = signals
    let isHeard: Void? = try? wait.watch.hear(signals) { [unowned self] signal in
      erase()
      signal.endThisProcess()
    }
    if isHeard == nil { return nil }
  }

  /// Says it of tasks, in one row.
  func show(_ tasks: [BackgroundTask], now: Timestamp = .now) {
    guard let columns = style.columns else { return }
    let parts = tasks.map { task in
      let name = task.name.map { " \(VisibleText.line($0.text.utf8))" } ?? ""
      let time = task.startedAt.map { now.milliseconds &- $0.milliseconds } ?? 0
      return "\(task.id)\(name) \(DurationText.text(milliseconds: time / 1_000 * 1_000))"
    }
    let text = "waiting for \(parts.joined(separator: ", ")); Ctrl-C ends the wait, not the tasks"
    // The last column stays free: some terminals go to the next row behind it.
    let row = CommandText.line(text, columnLimit: columns - 1, ellipsis: style.ellipsis)
    FileDescriptor.standardError.show("\r\(row)\u{1b}[K")
    isShown = true
  }

  func erase() {
    if isShown { FileDescriptor.standardError.show("\r\u{1b}[K") }
    isShown = false
  }
}
