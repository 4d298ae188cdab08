import TestSupport
import Testing

/// Tab, where only bgsh knows what may stand; everything else is bash's (Tests/ComparisonTests).
struct CompletionTests {
  @Test func `flags, references and the commands behind them are completed`() throws {
    let scratch = try ScratchState()
    let shell = try ShellSession(in: scratch, startupFile: "complete -W 'alpha' cmd; bind 'set bell-style none'")
    try shell.turn("cat gate &bg --name tests")
    for (typed, expected) in [
      ("make &bg --na", "make &bg --name"), ("make &bg --name x --ti", "make &bg --name x --timeout"),
      ("for i in 1; do make &bg --ki", "for i in 1; do make &bg --kill-after"), ("wait @te", "wait @tests"),
      ("output --fo", "output --follow"), ("true &bg cmd al", "true &bg cmd alpha"),
      ("--timeout 5m cmd al", "--timeout 5m cmd alpha"), ("true &bg; cmd al", "true &bg; cmd alpha"),
    ] {
      try shell.terminal.send(typed)
      try shell.terminal.send(.control("i"))
      try shell.terminal.expectScreen("'\(expected)'") { $0.lines.last { !$0.isEmpty } == shell.prompt + expected }
      try shell.terminal.send(.interrupt)
      try shell.terminal.expect(shell.prompt)
    }
  }
}
