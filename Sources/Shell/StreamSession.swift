import BashEngine
import BashSyntax
import Glibc
import ProcessControl
import SystemPackage
import Tasks

/// Commands from a standard input that is no terminal, one after the other: what a command reads itself is not read
/// here.
final class StreamSession {
  private let loop: EventLoop
  private let interpreter: Interpreter
  private let notifier: Notifier?
  private let signals: SignalDescriptor
  private let readsGlue: Bool

  init(start: SessionStart) throws {
    readsGlue = start.isToldOfGlue
    Signal.pipe.ignore()
    loop = try EventLoop()
    signals = try SignalDescriptor([.interrupt, .quit, .childChanged])
    ChildProcess.becomeSubreaper()
    let channels = try start.launch()
    interpreter = try Interpreter(loop: loop, channels: channels)
    notifier = start.makeNotifier()
    interpreter.supervisorLost = {
      start.closeLaunches()
      Diagnostic.say("\(SupervisorError.gone)")
    }
    try loop.watch(signals.descriptor) { [unowned self] _ in reapChildren() }
  }

  /// Runs everything up to the end of the input, and returns how bash ended.
  func run() -> WaitStatus {
    if interpreter.awaitReadiness(readsGlue: readsGlue) {
      while let command = readCommand(), run(command) {}
    }
    if interpreter.end == nil {
      _ = interpreter.evaluate(Array("\\builtin exit \(interpreter.state.status)".utf8), entry: nil)
    }
    let status = interpreter.awaitShellEnd()
    // What has been confirmed is on record when this process has ended.
    interpreter.settle()
    for failure in interpreter.takeLaunchFailures() { Diagnostic.say(failure) }
    if interpreter.hasNotifications, interpreter.state.notifies { notifier?.deliver() }
    return status ?? .exited(code: 125)
  }

  private func run(_ command: [UInt8]) -> Bool {
    let scan = SyntaxScanner.scan(command)
    let complaints = SourceReview.complaints(about: scan, in: command)
    guard complaints.isEmpty else {
      for complaint in complaints { Diagnostic.say(complaint) }
      interpreter.setStatus(2)
      return true
    }
    return interpreter.evaluate(Rewriter.rewrite(command, scan), entry: nil) != nil
  }

  /// The next command, complete, or what is left at the end of the input; nil if nothing is.
  private func readCommand() -> [UInt8]? {
    var command: [UInt8] = []
    while let line = readLine() {
      command += line
      if SyntaxScanner.scan(command).completeness != .incomplete { return command }
    }
    return command.isEmpty ? nil : command
  }

  /// One line with its newline, read byte by byte: what follows belongs to the command, if that reads it.
  private func readLine() -> [UInt8]? {
    var line: [UInt8] = []
    while let byte = (try? FileDescriptor.standardInput.readSome(upTo: 1))?.first {
      line.append(byte)
      if byte == UInt8(ascii: "\n") { return line }
    }
    return line.isEmpty ? nil : line
  }

  private func reapChildren() {
    while signals.next() != nil {}
    interpreter.reapChildren()
  }
}
