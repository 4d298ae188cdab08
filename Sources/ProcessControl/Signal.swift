import CProcess
import Glibc

/// A signal by its number, which may be one that has no name here.
package struct Signal: RawRepresentable, Hashable, Sendable {
  package let rawValue: Int32

  package init(rawValue: Int32) {
    self.rawValue = rawValue
  }

  package static let hangUp = Signal(rawValue: SIGHUP)
  package static let interrupt = Signal(rawValue: SIGINT)
  package static let quit = Signal(rawValue: SIGQUIT)
  package static let kill = Signal(rawValue: SIGKILL)
  package static let pipe = Signal(rawValue: SIGPIPE)
  package static let terminate = Signal(rawValue: SIGTERM)
  package static let childChanged = Signal(rawValue: SIGCHLD)
  package static let `continue` = Signal(rawValue: SIGCONT)
  package static let stop = Signal(rawValue: SIGSTOP)
  package static let terminalStop = Signal(rawValue: SIGTSTP)
  package static let terminalInput = Signal(rawValue: SIGTTIN)
  package static let terminalOutput = Signal(rawValue: SIGTTOU)
  package static let alarm = Signal(rawValue: SIGALRM)
  package static let virtualAlarm = Signal(rawValue: SIGVTALRM)
  package static let profiling = Signal(rawValue: SIGPROF)
  package static let fileSizeExceeded = Signal(rawValue: SIGXFSZ)

  private static let names: [Int32: String] = [
    SIGHUP: "HUP", SIGINT: "INT", SIGQUIT: "QUIT", SIGILL: "ILL", SIGTRAP: "TRAP", SIGABRT: "ABRT", SIGBUS: "BUS",
    SIGFPE: "FPE", SIGKILL: "KILL", SIGUSR1: "USR1", SIGSEGV: "SEGV", SIGUSR2: "USR2", SIGPIPE: "PIPE",
    SIGALRM: "ALRM", SIGTERM: "TERM", SIGSTKFLT: "STKFLT", SIGCHLD: "CHLD", SIGCONT: "CONT", SIGSTOP: "STOP",
    SIGTSTP: "TSTP", SIGTTIN: "TTIN", SIGTTOU: "TTOU", SIGURG: "URG", SIGXCPU: "XCPU", SIGXFSZ: "XFSZ",
    SIGVTALRM: "VTALRM", SIGPROF: "PROF", SIGWINCH: "WINCH", SIGIO: "IO", SIGPWR: "PWR", SIGSYS: "SYS",
  ]

  /// The name without `SIG`; a real-time signal is `RTMIN+N`, any other number stands for itself.
  package var name: String {
    if let name = Self.names[rawValue] { return name }
    return rawValue >= 34 && rawValue <= 64 ? "RTMIN+\(rawValue - 34)" : String(rawValue)
  }

  /// Reads `TERM`, `SIGTERM`, `term`, `15` or `RTMIN+2`; nil for anything else.
  package init?(text: String) {
    let upper = text.uppercased()
    let bare = upper.hasPrefix("SIG") ? String(upper.dropFirst(3)) : upper
    if let match = Self.names.first(where: { $0.value == bare }) {
      self.init(rawValue: match.key)
    } else if bare.hasPrefix("RTMIN+"), let offset = Int32(bare.dropFirst(6)), (0...30).contains(offset) {
      self.init(rawValue: 34 + offset)
    } else if let number = Int32(bare), (1...64).contains(number) {
      self.init(rawValue: number)
    } else {
      return nil
    }
  }

  /// Ignores the signal in this process; a child started by ``ChildProcess`` has its default back, unless this program was
  /// started with it ignored.
  package func ignore() {
    bgsh_ignore_signal(rawValue)
  }

  package func restoreDefault() {
    bgsh_default_signal(rawValue)
  }

  /// All signals that a process can read from a descriptor, without SIGCHLD and those that stand for a failure of its own.
  package static let allOfOthers: [Signal] = {
    // The C library keeps 32 and 33 for itself.
    var signals: [Signal] = []
    for number in Int32(1)...64 where number < 32 || number > 33 {
      switch number {
      case SIGKILL, SIGSTOP, SIGCHLD, SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT, SIGSYS: continue
      default: signals.append(Signal(rawValue: number))
      }
    }
    return signals
  }()

  /// What becomes of a signal that stands for a failure, but was sent by another process.
  package enum FailureTaker {
    /// This process takes it for a failure of its own.
    case nobody
    /// It is kept for a process that is to come.
    case expected
    case process(Int32)
  }

  package static func passFailures(to taker: FailureTaker) {
    switch taker {
    case .nobody: bgsh_pass_failures_to(0)
    case .expected: bgsh_pass_failures_to(-1)
    case .process(let processID): bgsh_pass_failures_to(processID)
    }
  }

  /// Stops this process by a signal whose action is to stop, blocked or not; returns when it goes on.
  package func stopThisProcess() {
    bgsh_stop_by_signal(rawValue)
  }

  /// Lets this process say something before it dies of a signal that stands for a failure of its own.
  package static func say(atDeath text: StaticString) {
    text.utf8Start.withMemoryRebound(to: CChar.self, capacity: text.utf8CodeUnitCount + 1) { bgsh_say_at_death($0) }
  }

  /// Ends this process by the signal's default action, so that the parent sees what ended it.
  package func endThisProcess() {
    bgsh_die_of_signal(rawValue)
  }
}
