import Glibc
import TestSupport
import Testing

/// Signals to the process ID that whoever started the shell knows.
struct SignalTests {
  @Test(arguments: rows)
  func `a signal to the shell does what it does to bash`(row: Row) throws { try compare(row) }

  /// Those that end a bash that waits for a key, trapped or not, are left out: docs/differences.md.
  private static let trapped = [SIGUSR1, SIGUSR2, SIGALRM, SIGQUIT, SIGPIPE, SIGIO, SIGTSTP].map {
    signal in
    Row("signal \(signal), trapped", .line("trap 'echo trapped' \(signal)"), .signal(signal), .line(""), "echo on")
  }

  private static let untrapped = [SIGUSR1, SIGUSR2, SIGALRM, SIGPIPE, SIGVTALRM, SIGSEGV, SIGABRT].map { signal in
    Row("signal \(signal)", "trap 'echo bye' EXIT", .signal(signal), .end)
  }

  static let rows =
    trapped + untrapped + [
      Row("SIGTERM and SIGQUIT", .signal(SIGTERM), .signal(SIGQUIT), "echo on"),
      Row("SIGINT at a prompt", .text("echo one"), .signal(SIGINT), "echo $?"),
      Row("SIGINT at a command", .busy("echo busy; read", shows: "busy"), .signal(SIGINT), "echo $?"),
      Row("SIGWINCH", "trap 'echo resized' WINCH", .signal(SIGWINCH), "", "echo on"),
      Row("SIGCONT", "trap 'echo continued' CONT", .signal(SIGCONT), "", "echo on"),
    ]
}
