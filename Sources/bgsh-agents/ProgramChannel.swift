import Agents
import Connections
import Glibc
import ProcessControl
import SystemPackage

/// The program at the other end: its lines come in on standard input, and answers go out on standard output, until one
/// of the two ends or a signal says that it is over.
final class ProgramChannel {
  private let service: ToolService
  private let output: OutputChannel
  private let signals: SignalDescriptor
  private var lines = RequestLines()
  private var inputWatch: EventLoop.WatchID?
  private var isReading = true
  private var hasLeft = false

  /// Called with each line.
  var heard: (RequestLines.Line) -> Void = { _ in }
  /// Whether something has not been answered yet.
  var isBusy: () -> Bool = { false }

  /// Takes standard input, standard output and the signals that end a program; the children are given to the service.
  static func serve(options: ShellOptions) throws -> (ProgramChannel, ToolService) {
    Signal.pipe.ignore()
    let signals = try SignalDescriptor([.childChanged, .hangUp, .interrupt, .terminate])
    ChildProcess.becomeSubreaper()
    let service = try ToolService(loop: try EventLoop(), options: options)
    service.serveHooks()
    return (try ProgramChannel(service, signals), service)
  }

  private init(_ service: ToolService, _ signals: SignalDescriptor) throws {
    self.service = service
    self.signals = signals
    output = OutputChannel(loop: service.loop)
    output.broken = { [unowned self] in leave() }
    try service.loop.watch(signals.descriptor) { [unowned self] _ in takeSignals() }
  }

  /// Serves until the other side has gone, or a signal says that it is over.
  func run() throws {
    try watchInput()
    while !hasLeft {
      try service.loop.turn(milliseconds: service.clock.millisecondsToNext)
      service.clock.strike()
    }
  }

  /// Writes a line.
  ///
  /// - Parameter told: Called once all of it was taken.
  func write(_ line: String, told: @escaping () -> Void = {}) {
    output.write(line) { [unowned self] in
      told()
      leaveIfDone()
    }
  }

  /// Leaves if the input has ended and nothing is left to be answered.
  func leaveIfDone() {
    if !isReading, !isBusy(), output.isEmpty { leave() }
  }

  private func takeSignals() {
    while let signal = signals.next() {
      guard signal == .childChanged else { return leave() }
      while let child = ReapedChild.next() { service.take(child) }
    }
  }

  /// The supervisors see that this process has ended, and end the tasks.
  private func leave() {
    hasLeft = true
  }

  // MARK: Input

  private func watchInput() throws {
    if FileDescriptor.standardInput.isRegularFile {
      // It can always be read, and cannot be waited for.
      service.clock.after(.zero) { [unowned self] in readFile() }
    } else {
      inputWatch = try service.loop.watch(.standardInput) { [unowned self] _ in read() }
    }
  }

  private func readFile() {
    while isReading { read() }
  }

  private func read() {
    do throws(Errno) {
      let bytes = try FileDescriptor.standardInput.readSome()
      guard !bytes.isEmpty else { return endInput() }
      for line in lines.take(bytes) { heard(line) }
    } catch .resourceTemporarilyUnavailable {
    } catch {
      endInput()
    }
  }

  /// What is nearly done is still answered; everything else ends.
  private func endInput() {
    guard isReading else { return }
    isReading = false
    if let inputWatch { service.loop.forget(inputWatch) }
    for line in lines.rest() { heard(line) }
    leaveIfDone()
    if !hasLeft { service.clock.after(Self.leavePause) { [unowned self] in leave() } }
  }

  private static let leavePause = Duration.milliseconds(250)
}
