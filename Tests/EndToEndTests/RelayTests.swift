import TestSupport
import Testing

/// A script with tasks is its bgsh to everybody who started it: what reaches that process ID reaches bash.
struct RelayTests {
  /// How the shell gets its source: in the test's shell code, the words behind its name and a redirection.
  static let sources = [
    "script": "\"$shell\" script", "standard input": "\"$shell\" <script", "-c": "\"$shell\" -c \"$text\"",
  ]

  /// Names that bash knows, and the ends of the real-time signals.
  private static let signals = """
    HUP INT QUIT ILL TRAP ABRT BUS FPE USR1 SEGV USR2 PIPE ALRM TERM STKFLT CONT TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF \
    WINCH IO PWR SYS RTMIN RTMIN+7 RTMAX
    """
  /// Those that do nothing to a shell that does not ask, or stop it.
  private static let harmless = "QUIT CONT TSTP TTIN TTOU URG WINCH"

  /// Shell code that makes a function: `start TRAP CONDITION` starts the shell with what sets a trap, launches, says that
  /// it is ready, and goes on until a condition holds.
  private func beginning(_ source: String) throws -> String {
    """
    set -m; exec 2>/dev/null; mkfifo ready hold
    start() {
      text="$1 $launch; echo >ready; until $2; do read -t 0.01 <>hold; done; exit 0"
      echo "$text" >script
      \(try #require(Self.sources[source])) &
      read <ready
    }
    """
  }

  @Test(arguments: sources.keys.sorted())
  func `a signal runs the trap that it runs in bash, or ends the script`(source: String) throws {
    let code = """
      \(try beginning(source))
      for signal in \(Self.signals); do
        for trap in "trap 'echo trapped; end=1' $signal;" ''; do
          if [[ ! $trap && ' \(Self.harmless) ' == *" $signal "* ]]; then continue; fi
          start "$trap" '[[ $end ]]'
          kill -$signal $!
          wait $!
          echo "$signal ${trap:+trapped }$?"
        done
      done
      """
    try expectSame(code)
  }

  @Test(arguments: sources.keys.sorted())
  func `a signal that stops is seen to stop, and another lets it go on`(source: String) throws {
    let code = """
      \(try beginning(source))
      for signal in TSTP TTIN TTOU; do
        rm -f go
        start "trap 'echo continued' CONT;" '[[ -e go ]]'
        kill -$signal $!
        wait $!
        echo "$signal $?"
        jobs | sed 's/  .*//'
        >go
        kill -CONT $!
        wait $!
        echo "$signal $?"
      done
      """
    try expectSame(code)
  }

  @Test func `a timer that was set before the start runs out for bash`() throws {
    let code = """
      text="trap 'echo rang; exit 3' ALRM; $launch; while :; do read -t 0.01 <>hold; done"
      mkfifo hold; echo "$text" >script
      perl -e 'alarm 1; exec @ARGV' "$shell" script
      echo $?
      """
    try expectSame(code)
  }

  @Test func `Ctrl-Z stops a script with tasks, and fg lets it go on`() throws {
    let scratch = try ScratchState()
    try scratch.write("true &bg --quiet; echo ready; cat; echo end\n", to: "script")
    let shell = try ShellKind.bash.start(in: scratch)
    try shell.begin("\(BuiltProducts.bgsh) script")
    try shell.terminal.expect("ready\n")
    try shell.terminal.send(.suspend)
    try shell.terminal.expect("Stopped")
    try shell.terminal.expect(shell.prompt)
    try shell.begin("fg")
    // The job has the terminal when bash has named it; what is typed sooner is echoed before that.
    try shell.terminal.expect("bgsh script\n")
    try shell.terminal.waitUntil("lines to be read") { shell.terminal.isCanonical }
    try shell.terminal.sendLine("typed")
    try shell.terminal.expect("typed\ntyped\n")
    try shell.terminal.send(.endOfFile)
    try shell.terminal.expect("end\n")
    try shell.terminal.expect(shell.prompt)
  }

  @Test func `Ctrl-Z stops nothing where nobody could let it go on`() throws {
    let scratch = try ScratchState()
    try scratch.write("true &bg --quiet; echo ready; read line; echo got $line\n", to: "script")
    let terminal = try PseudoTerminal(scratch.command(BuiltProducts.bgsh, "script"))
    try terminal.expect("ready\n")
    try terminal.send(.suspend)
    try terminal.sendLine("this")
    try terminal.expect("got this\n")
    #expect(try terminal.waitForExit() == .success)
  }

  /// Expects that bash code writes the same with bgsh as its `shell` as with bash, where `launch` launches nothing.
  private func expectSame(_ code: String, at location: SourceLocation = #_sourceLocation) throws {
    func output(_ shell: String, _ launch: String) throws -> String {
      let scratch = try ScratchState()
      var command = scratch.command("bash", "-c", code)
      command.environment["shell"] = shell
      command.environment["launch"] = launch
      return try command.run(within: .seconds(120)).standardOutput
    }
    let (bgsh, bash) = (try output(BuiltProducts.bgsh, "true &bg --quiet"), try output("bash", ":"))
    for (own, expected) in zip(bgsh.split(separator: "\n"), bash.split(separator: "\n")) {
      #expect(own == expected, sourceLocation: location)
    }
    #expect(bgsh == bash, sourceLocation: location)
  }
}
