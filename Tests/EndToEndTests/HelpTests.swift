import TestSupport
import Testing

/// What bgsh says of itself, and what it takes a slip of the pen for.
struct HelpTests {
  @Test func `the commands are listed by what one wants to do, and none is missing`() throws {
    let scratch = try ScratchState()
    let overview = try scratch.bgsh("help").standardOutput
    let commands = Set(
      overview.split(separator: "\n").filter { $0.hasPrefix("  ") }.compactMap { $0.split(separator: " ").first })
    let usage = try scratch.bgsh("--help").standardOutput
    let all = try #require(usage.firstMatch(of: /job commands: (.+)\n/)).1.split(separator: ", ")
    #expect(commands == Set(all).union(["COMMAND", "--timeout"]))
  }

  @Test func `help of a name is that of the command`() throws {
    let scratch = try ScratchState()
    for name in ["jobs", "fg", "wait", "prune", "help"] {
      let outcome = try scratch.bgsh("help", name)
      #expect(outcome.status == .exited(0))
      #expect(outcome.standardOutput.contains("USAGE: bgsh \(name)"), "\(name)")
    }
    #expect(try scratch.bgsh("help", "bg").standardOutput.contains("\n  --timeout DURATION  "))
    #expect(try scratch.bgsh("help", "tool").standardOutput == "'bgsh tool --help' says what it does\n")
  }

  @Test(arguments: [("outptu", "; did you mean 'output'?"), ("frobnicate", "")])
  func `what is not known may be something like it`(name: String, suggestion: String) throws {
    let scratch = try ScratchState()
    let outcome = try scratch.bgsh("help", name)
    #expect(outcome.status == .exited(1))
    #expect(outcome.standardError == "bgsh: no help for '\(name)'\(suggestion); 'bgsh help' lists what there is\n")
  }

  @Test(arguments: ["jobs", "fg", "bg", "wait", "kill"])
  func `a command of bash's says bash's part first, with its status`(name: String) throws {
    let scratch = try ScratchState()
    let native = try scratch.command("bash", "-c", "\(name) --help").run()
    let outcome = try scratch.bgsh("-c", "true &bg\nwait\n\(name) --help; exit $?")
    #expect(outcome.status == native.status)
    #expect(outcome.standardOutput.hasPrefix(native.standardOutput))
    let own = try scratch.bgsh("help", name).standardOutput
    #expect(!own.isEmpty && outcome.standardOutput == native.standardOutput + own)
    #expect(try scratch.bgsh("-c", "true &bg\nhelp \(name)").standardOutput == native.standardOutput + own)
  }

  @Test func `help stays bash's`() throws {
    let scratch = try ScratchState()
    for line in [
      "help cd", "help -s cd type", "help cd nosuch", "help nosuch", "help -d 'c*'", "help -x", "help --help",
    ] {
      let native = try scratch.command("bash", "-c", line).run()
      let outcome = try scratch.bgsh("-c", ": &bg\n\(line)")
      #expect(outcome.standardOutput == native.standardOutput, "\(line)")
      #expect(outcome.status == native.status, "\(line)")
    }
    let both = try scratch.bgsh("-c", ": &bg\nhelp output cd").standardOutput
    #expect(both.contains("USAGE: bgsh output") && both.contains("Change the shell working directory."))
    #expect(!both.contains("own use"))
  }

  @Test(arguments: [
    "touch ran &bg --help", "&bg --help", "touch ran &bg --name x --help; touch ran",
    "for x in 1 2; do\ntouch ran &bg --help\ndone",
    "touch ran &bg --help --nonsense", "--timeout 5m --help touch ran", "eval 'touch ran &bg --help'",
  ])
  func `a list with --help is not run: the flags are printed`(line: String) throws {
    let scratch = try ScratchState()
    let outcome = try scratch.bgsh("-c", line)
    #expect(outcome.status == .exited(0))
    #expect(outcome.standardOutput.contains("  --kill-after DURATION  grace before SIGKILL\n"))
    #expect(outcome.standardError == "")
    #expect(!FileTree.names(in: scratch.path).contains("ran"))
    #expect(try scratch.records() == [])
    let shell = try ShellSession(in: scratch)
    for part in line.split(separator: "\n").dropLast() { try shell.terminal.sendLine(String(part)) }
    #expect(try shell.turn(String(line.split(separator: "\n").last ?? "")).contains("grace before SIGKILL"))
    #expect(!FileTree.names(in: scratch.path).contains("ran"))
  }

  @Test func `a task of a name like it may be meant`() throws {
    let scratch = try ScratchState()
    let outcome = try scratch.bgsh("--notify", "off", "-c", "true &bg --name tests\nwait\noutput @tsets; output @other")
    #expect(
      outcome.standardError == """
        bgsh: no task @tsets; did you mean @tests?
        bgsh: no task @other; 'jobs -a' shows the tasks there are

        """)
  }

  @Test func `a job command may be meant by a script that there is not`() throws {
    let scratch = try ScratchState()
    let outcome = try scratch.bgsh("jbos")
    #expect(outcome.status == .exited(127))
    #expect(outcome.standardError.hasPrefix("bgsh: there is no script 'jbos'; did you mean 'bgsh jobs'?\n"))
    try scratch.write("echo hello\n", to: "jbos")
    #expect(try scratch.bgsh("jbos").standardError == "")
    #expect(!(try scratch.bgsh("deploy-everything").standardError.contains("did you mean")))
  }

  @Test func `only the first start of all says what to try`() throws {
    let scratch = try ScratchState()
    for isFirst in [true, false] {
      let shell = try ShellSession(in: scratch, environment: ["BGSH_STATE_DIR": "\(scratch.path)/new"])
      #expect(shell.terminal.text.contains("'&bg' behind a command runs it in the background") == isFirst)
      try shell.exit()
    }
  }
}
