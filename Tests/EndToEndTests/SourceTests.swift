import Glibc
import TestSupport
import Testing

/// Commands, scripts and standard input: bash's where nothing is detached, and as in bash where something is.
struct SourceTests {
  // MARK: Nothing detached

  @Test(arguments: ["echo $PPID", "jobs; echo $PPID"])
  func `a command that detaches nothing becomes bash`(command: String) throws {
    let scratch = try ScratchState()
    #expect(try scratch.bgsh("-c", command).standardOutput == "\(getpid())\n")
    try scratch.write(command, to: "script")
    #expect(try scratch.bgsh("script").standardOutput == "\(getpid())\n")
    #expect(FileTree.names(in: scratch.stateDirectory).isEmpty, "there is no supervisor")
  }

  static let commandLines: [[String]] = [
    ["-c", "echo $0 $- $#"],
    ["-c", "echo \"$0\" $# \"$@\"", "NAME", "A", "B C"],
    ["-c", "exit 7"],
    ["-c", "kill -TERM $$"],
    ["-c", "nonsense-here; echo $?"],
    ["-c", "echo one\nif"],
    ["no-such-script"],
    ["-s", "A", "B"],
  ]

  @Test(arguments: commandLines)
  func `a command line means what it means to bash`(arguments: [String]) throws {
    try expectAsInBash(arguments, input: "echo \"$@\"; read -r x\nthe line\necho \"got $x\"; exit 6\n")
  }

  // MARK: Something detached

  static let detachingCommands: [[String]] = [
    ["echo $0 $- $#; true &bg"],
    ["true &bg echo \"$0\" $# \"$@\"", "NAME", "A", "B C"],
    ["true &bg exit 7"],
    ["true &bg kill -TERM $$"],
    ["true &bg\nnonsense-here\necho $? $LINENO"],
    ["echo \"$_\" $LINENO; true &bg\necho $LINENO; echo \"$_\""],
    ["echo one\ncat <<end; true &bg\n$LINENO\nend\necho $LINENO"],
    ["true &bg\n: \(String(repeating: "x", count: 131_000))\necho $LINENO"],
    ["true &bg trap 'echo bye' EXIT; exit 3"],
    ["{ echo in the task; nonsense-here; echo $LINENO \"$@\"; } >task.out 2>&1 &bg wait", "NAME", "A"],
  ]

  @Test(arguments: detachingCommands)
  func `the shell of a command that detaches is bash's`(words: [String]) throws {
    // The launch is confirmed on standard error; that is all there is of bgsh.
    try expectAsInBash(["-c"] + words)
  }

  @Test(arguments: [["-o", "posix"], ["-p"], ["-e"], ["-u"], ["-eu", "-o", "pipefail"], ["+B"], ["-O", "extglob"]])
  func `options of bash count`(options: [String]) throws {
    let script =
      "echo $- $SHELLOPTS $BASHOPTS; true &bg wait; echo $?; echo {a,b}; false; echo after; echo $x; echo end"
    try expectAsInBash(options + ["-c", script])
  }

  static let script = """
    #!/bin/bash
    f() { echo "${FUNCNAME[@]}" "${BASH_SOURCE[@]}" "${BASH_LINENO[@]}"; }
    echo "$0" $# "$@" $LINENO "${BASH_SOURCE[@]}" "${FUNCNAME[0]-none}"
    f
    true &bg
    nonsense-here
    echo $LINENO
    { f; echo "$0" "$@" $LINENO; nonsense-here; } >task.out 2>&1 &bg
    wait
    : "${unset?is not set}"
    echo never
    """

  @Test(arguments: ["script", "./script", "-script", "a script"])
  func `a script knows its name, its arguments and its lines`(name: String) throws {
    let path = name.hasPrefix("./") ? String(name.dropFirst(2)) : name
    try expectAsInBash((name.hasPrefix("-") ? ["--"] : []) + [name, "A", "B C"], files: [path: Self.script])
  }

  @Test func `a script larger than an argument may be runs`() throws {
    let script = """
      echo begins
      : \(String(repeating: "x", count: 200_000))
      { echo in the task; echo $LINENO; } >task.out &bg wait
      echo $LINENO
      exit 5
      """
    try expectAsInBash(["script"], files: ["script": script])
  }

  @Test func `a script on a pipe runs`() throws {
    try expectAsInBash(["/dev/stdin", "A"], input: "echo \"$0\" $# \"$@\"\nexit 4\n")
    let scratch = try ScratchState()
    let script = "'\(BuiltProducts.bgsh)' <(echo 'echo \"$# $1\"; exit 3') A"
    let outcome = try scratch.command("bash", "-c", script).run()
    #expect(outcome.standardOutput == "1 A\n")
    #expect(outcome.status == .exited(3))
  }

  @Test func `standard input feeds the commands and what they read`() throws {
    try expectAsInBash(
      ["-s", "A", "B"],
      input: """
        echo "$0" $# "$@"; { echo in the task; } >task.out &bg
        read -r x
        the line
        echo "got $x"
        wait
        exit 6
        echo never

        """)
    try expectAsInBash([], input: "true &bg wait\nread -r x\nthe line\necho \"got $x\"\n(exit 9)\n")
  }

  @Test func `standard input is read as by bash, also behind errors and in tasks`() throws {
    try expectAsInBash([], input: "(true && /bin/echo x)\n(/bin/echo in a task) >task.out &bg wait\ncat task.out\n")
    try expectAsInBash(
      [],
      input:
        "x=1; f() { local x=2; echo $((1/0)); }; f\necho $x\nfor i in 1; do readonly q=1; q=3; done\nbreak\necho end\n"
    )
    try expectAsInBash(["-x"], input: "echo a; echo c\nif true\nthen echo b; fi\n")
  }

  @Test func `the status of a job command is judged by its context`() throws {
    let scratch = try ScratchState()
    let outcome = try scratch.bgsh(
      "-c",
      "set -e; trap 'echo trapped' ERR; false &bg\nif wait @@; then echo no; fi\nwait @@ || echo failed\nwait @@\necho never"
    )
    #expect(outcome.standardOutput == "failed\ntrapped\n")
    #expect(outcome.status == .exited(1))
  }

  @Test func `a value with an expansion leaves the task the shell's status`() throws {
    let scratch = try ScratchState()
    let outcome = try scratch.bgsh("-c", "(exit 3); echo $? &bg --quiet --desc \"$(true)\"\nwait; output @@")
    #expect(outcome.standardOutput == "3\n")
  }

  @Test func `a trapped signal ends the wait for a task`() throws {
    let scratch = try ScratchState()
    _ = try scratch.command("mkfifo", "gate").run()
    // It is sent when the shell waits for the command that waits for the task.
    let script = """
      trap 'echo trapped' USR1; cat gate &bg
      { until pgrep -P $$ bgctl && [[ $(</proc/$$/stat) == *') S '* ]]; do sleep 0.01; done; kill -USR1 $$; } >/dev/null &
      wait @@; echo $?; echo >gate; wait @@; echo $?
      """
    let outcome = try scratch.bgsh("-c", script)
    #expect(outcome.standardOutput == "trapped\n138\n0\n")
  }

  /// Bash has its own opinion of such files, and it is the one that counts.
  @Test(arguments: [
    "echo a\r\ntrue &bg\r\nif true; then\r\necho b\r\nfi\r\n", "echo a\0b\ntrue &bg\necho c\n",
    "echo a\n\0\ntrue & bg\n", "\u{FEFF}echo a\ntrue &bg\n",
  ])
  func `a file that is no plain text is complained of by bash`(text: String) throws {
    var outcomes: [Outcome] = []
    for program in [BuiltProducts.bgsh, "bash"] {
      let scratch = try ScratchState()
      try scratch.write(text, to: "script")
      outcomes.append(try scratch.run(program, ["script"]))
    }
    // What bash makes of '&bg' elsewhere in the file is a job of its own, whose notice has a number.
    func lines(_ outcome: Outcome) -> [String] {
      outcome.standardError.split(separator: "\n").map(String.init).filter {
        !$0.contains("started") && !$0.contains("done")
      }
    }
    #expect(outcomes[0].standardOutput == outcomes[1].standardOutput)
    if text.contains("\r") || !text.contains("&bg") { #expect(lines(outcomes[0]) == lines(outcomes[1])) }
  }

  @Test func `BASH_ENV counts`() throws {
    let scratch = try ScratchState()
    try scratch.write("echo \"from the file $0\"; x=set", to: "environment")
    let variables = ["BASH_ENV": "\(scratch.path)/environment"]
    for command in ["true &bg echo $x", "echo $x"] {
      let outcome = try scratch.run(BuiltProducts.bgsh, ["--notify", "off", "-c", command], variables)
      #expect(outcome.standardOutput == "from the file bash\nset\n")
      #expect(outcome.standardError.isEmpty)
    }
  }

  /// Bash reads what bgsh has made of the first line before anything was known of them.
  @Test func `an alias or a mode of the startup file changes the first line`() throws {
    let scratch = try ScratchState()
    try scratch.write("shopt -s expand_aliases; alias go='echo one &bg'", to: "aliases")
    let aliased = try scratch.run(
      BuiltProducts.bgsh, ["--notify", "off", "-c", "go echo two &bg\nwait"],
      ["BASH_ENV": "\(scratch.path)/aliases"])
    #expect(aliased.status == .success && aliased.standardError.isEmpty)
    #expect(try scratch.records().map(\.["command"]) == ["echo one", "echo two"])
    try scratch.write("set -o posix", to: "posix")
    let text = #"echo "${x:-it's}" &bg"#
    let posix = try scratch.run(
      BuiltProducts.bgsh, ["--notify", "off", "-c", "\(text)\nwait"], ["BASH_ENV": "\(scratch.path)/posix"])
    #expect(posix.status == .success && posix.standardError.isEmpty)
    #expect(try scratch.output(of: 3) == "it's\n")
  }

  @Test(arguments: [
    ("echo hi; true &bg wait; exit 4", "2>&-"), ("echo hi; true &bg exit 4", "2>&- <&-"),
  ])
  func `a task starts without a standard error`(command: String, closing: String) throws {
    let scratch = try ScratchState()
    let shell = "\"$@\" \(closing)"
    let outcome = try scratch.run("bash", ["-c", shell, "bash", BuiltProducts.bgsh, "--notify", "off", "-c", command])
    #expect(outcome.standardOutput == "hi\n" && outcome.status == .exited(4))
    try scratch.waitForEnd()
  }

  @Test(arguments: [["-c", "true &bg wait; exit 7"], ["-c", "true &bg exit 7"], ["-c", ": @1; exit 7"]])
  func `a child that ends is noticed where that signal was ignored`(arguments: [String]) throws {
    let scratch = try ScratchState()
    let words = ["--ignore-signal=CHLD", BuiltProducts.bgsh, "--notify", "off"] + arguments
    #expect(try scratch.run("env", words).status == .exited(7))
    if arguments[1].contains("&bg") { try scratch.waitForEnd() }
  }

  @Test func `set -k takes nothing from the start`() throws {
    try expectAsInBash(["-k", "-c", "true &bg echo a x=1 b"])
  }

  @Test(arguments: [
    "builtin() { :; }", "enable -n builtin", "set -r", "for n in {3..255}; do eval \"exec $n<&-\"; done",
  ])
  func `a source that cannot be run is said`(startup: String) throws {
    let scratch = try ScratchState()
    try scratch.write(startup, to: "startup")
    let outcome = try scratch.run(
      BuiltProducts.bgsh, ["--notify", "off", "-c", "echo hi; true &bg"],
      ["BASH_ENV": "\(scratch.path)/startup"])
    #expect(outcome.standardOutput.isEmpty && outcome.status == .exited(127))
    #expect(outcome.standardError.contains("this bash cannot load the library of bgsh, and nothing is run"))
  }

  @Test func `the prefix form detaches the list`() throws {
    let scratch = try ScratchState()
    let script = "--timeout 5m --name it echo one && echo two; echo here\nwait @it; output @it"
    let outcome = try scratch.bgsh("--notify", "off", "-c", script)
    #expect(outcome.standardOutput == "here\none\ntwo\n")
    let record = try scratch.record(1)
    #expect(record["command"] == "echo one && echo two" && record["timeout_ms"] == 300_000)
  }

  @Test func `a task may detach a task`() throws {
    let scratch = try ScratchState()
    let script = """
      { echo outer; { echo inner; exit 4; } &bg --name inner
        wait @inner; echo $?; } &bg --name outer
      wait @outer
      output @outer
      output @inner
      """
    #expect(try scratch.bgsh("--notify", "off", "-c", script).standardOutput == "outer\n4\ninner\n")
    #expect(try scratch.records().map(\.["name"]) == ["outer", "inner"])
  }

  @Test func `a command substitution ends while the task lives`() throws {
    let scratch = try ScratchState()
    let script = "out=$('\(BuiltProducts.bgsh)' -c 'sleep 1000 &bg' 2>&1); echo \"got $out\""
    #expect(try scratch.command("bash", "-c", script).run().standardOutput == "got [@1] started: sleep 1000\n")
    #expect(try scratch.record(1)["state"] == "running")
  }

  @Test func `a whole command as a task with a time limit`() throws {
    let scratch = try ScratchState()
    let outcome = try scratch.bgsh("--timeout", "1s", "--json", "-c", "echo hi; sleep 100")
    #expect(outcome.status == .success && outcome.standardError.isEmpty)
    let record = try JSON(parsing: outcome.standardOutput)
    #expect(record["id"] == 1 && record["timeout_ms"] == 1000 && record["command"] == "echo hi; sleep 100")
    #expect(try scratch.waitStatus() == .exited(124))
    #expect(try scratch.record(1)["state"] == "timed-out")
    #expect(try scratch.output() == "hi\n")
    // The first session's supervisor gives back the id that it held ready when it ends.
    try waitUntil("the first session is gone") { FileTree.names(in: "\(scratch.stateDirectory)/run").isEmpty }
    // That it has ended is told, too, if it has by then.
    #expect(
      try scratch.bgsh("--timeout", "1h", "-c", "echo hi").standardError.hasPrefix("[@2] started: echo hi\n"))
  }

  @Test func `a whole script as a task with a time limit`() throws {
    let scratch = try ScratchState()
    try scratch.write("echo \"$0\" \"$@\"; exit 3", to: "script")
    #expect(try scratch.bgsh("--timeout", "1h", "script", "A", "B C").status == .success)
    #expect(try scratch.waitStatus() == .exited(3))
    #expect(try scratch.output() == "script A B C\n")
  }

  @Test func `notifications may be off`() throws {
    let scratch = try ScratchState()
    let quiet = try scratch.bgsh("--notify", "off", "-c", "false &bg wait; true")
    #expect(quiet.standardOutput.isEmpty && quiet.standardError.isEmpty)
    let loud = try scratch.bgsh("-c", "false &bg wait; true")
    #expect(loud.standardOutput.isEmpty)
    #expect(loud.standardError.contains(/^\[@2\] started: false\n\[@2\] failed \(exit 1\) after .*: false\n$/))
  }

  // MARK: Errors

  static let errors: [(String, String)] = [
    ("true &bg --nope", "line 2, column 10: unknown flag '--nope' after '&bg'"),
    ("true &bg --nope=3", "line 2, column 10: unknown flag '--nope' after '&bg'"),
    ("true &bg --timeout soon", "line 2, column 10: --timeout: 'soon' is no duration"),
    ("true &bg --name", "line 2, column 10: '--name' needs a value"),
    ("true &bg --name a,b", "line 2, column 10: --name: a name cannot contain a comma"),
    ("true &bg | cat", "line 2, column 10: '|' cannot follow '&bg'"),
    ("true &bg && true", "line 2, column 10: '&&' cannot follow '&bg'"),
    ("true &bg || true", "line 2, column 10: '||' cannot follow '&bg'"),
    ("true &bg & true", "line 2, column 10: '&' cannot follow '&bg'"),
    ("true &bg >ran", "line 2, column 10: a redirection cannot follow '&bg'"),
    ("true; &bg", "line 2, column 7: nothing to run before '&bg'"),
    ("--timeout 1s true &bg", "line 2, column 19: the prefix '--timeout' and '&bg' cannot be used together"),
  ]

  @Test(arguments: errors)
  func `a wrong construct is told with its place, and the source ends there`(line: String, message: String) throws {
    let scratch = try ScratchState()
    let source = "echo before\n\(line)\necho after"
    try scratch.write(source, to: "script")
    for arguments in [["-c", source], ["script"]] {
      let outcome = try scratch.run(BuiltProducts.bgsh, arguments)
      #expect(outcome.status == .exited(2))
      #expect(outcome.standardError.hasPrefix("bgsh: \(message)"), "\(outcome.standardError)")
      #expect(outcome.standardError.split(separator: "\n", omittingEmptySubsequences: false).count == 2)
      #expect(outcome.standardOutput == "before\n")
    }
    #expect(!FileTree.exists("\(scratch.path)/ran"))
    #expect(try scratch.records().isEmpty)
  }

  @Test(arguments: [("--timeout", "999999999d"), ("--timeout", "0.0004s"), ("--kill-after", "36526d")])
  func `a time that is none is told when it comes from a variable, too`(flag: String, value: String) throws {
    let scratch = try ScratchState()
    let outcome = try scratch.bgsh("-c", "bad=\(value); touch ran &bg \(flag) \"$bad\"\necho $?")
    #expect(outcome.standardOutput == "2\n")
    #expect(outcome.standardError.hasPrefix("bgsh: \(flag): "))
    #expect(!FileTree.exists("\(scratch.path)/ran"))
    let fits = try scratch.bgsh("--notify", "off", "-c", "good=36525d; true &bg \(flag) \"$good\" wait")
    #expect(fits.status == .success)
  }

  @Test(arguments: ["--timeout", "--name", "--kill-after"])
  func `a bad value from a variable is told, and the task does not start`(flag: String) throws {
    let scratch = try ScratchState()
    let outcome = try scratch.bgsh("-c", "bad=a,b; touch ran &bg \(flag) \"$bad\"\necho $?")
    #expect(outcome.standardOutput == "2\n")
    #expect(outcome.standardError.hasPrefix("bgsh: ") && outcome.standardError.contains("'a,b'"))
    #expect(outcome.standardError.split(separator: "\n", omittingEmptySubsequences: false).count == 2)
    #expect(try scratch.records().isEmpty)
    #expect(!FileTree.exists("\(scratch.path)/ran"))
  }
}
