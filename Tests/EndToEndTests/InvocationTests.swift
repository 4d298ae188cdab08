import TestSupport
import Testing

/// How bgsh may be called: bash's options, bash's names, and a PATH in which bash is bgsh.
struct InvocationTests {
  /// What shows how bash was started.
  private static let script = "echo \"$0 $- $# $*\"; shopt -po posix; shopt -p extglob; unset none; echo \"$none\""

  static let optionLists: [[String]] = [
    ["--noprofile", "--norc", "-eo", "pipefail"], ["--posix"], ["-posix"], ["--noediting"], ["-norc"], ["--restricted"],
    ["--debugger"], ["-"], ["-e", "-"], ["--"], ["+i"], ["-login", "--noprofile"], ["-login"], ["-l"],
    ["--init-file", "none"], ["--verbose"], ["-v"], ["-O", "extglob"], ["-uo", "posix"], ["-D"], ["--dump-strings"],
    ["--pretty-print"], ["-n"], ["-o", "noexec"], ["-o"], ["-Z"], ["-O", "nonsense"], ["-o", "nonsense"],
  ]

  @Test(arguments: optionLists, [false, true])
  func `bash's options mean what they mean to bash`(options: [String], launches: Bool) throws {
    // Such a shell can launch nothing; and what complains of the debugger names the source by another name.
    if launches, [["--restricted"], ["--debugger"]].contains(options) { return }
    let scratch = try ScratchState()
    try scratch.write("echo profile\n", to: "home/.bash_profile")
    let text = Self.script + "\n: last"
    var outcomes: [Outcome] = []
    for (program, own, text) in [
      ("env", ["bash"], text),
      (BuiltProducts.bgsh, ["--notify", "off"], launches ? "\(text); true &bg --quiet" : text),
    ] {
      try scratch.write("\(text)\n", to: "script")
      var command = scratch.command(program)
      command.arguments = own + options + ["script", "a", "b c"]
      outcomes.append(try command.run())
    }
    let (bash, bgsh) = (outcomes[0], outcomes[1])
    // Its last line echoes the launch.
    let isEcho = launches && (options.contains("--verbose") || options.contains("-v"))
    #expect(
      bgsh.standardOutput == bash.standardOutput || ["-D", "--dump-strings", "--pretty-print"].contains(options[0]))
    #expect(bgsh.standardError == bash.standardError || isEcho)
    #expect(bgsh.status == bash.status)
  }

  @Test(arguments: [
    ["-c"], ["-s", "-c"], ["-ec"], ["--posix", "-c"], ["+i", "-c"], ["-vc"], ["-c", "--"], ["-c", "-"], ["-c", "-e"],
    ["-xc"], ["-c", "-O", "extglob"],
  ])
  func `a command has bash's options`(options: [String]) throws {
    let scratch = try ScratchState()
    let bash = try scratch.command("env", "bash").adding(options + [Self.script, "name", "a"]).run()
    let bgsh = try scratch.command(BuiltProducts.bgsh).adding(options + [Self.script, "name", "a"]).run()
    #expect(bgsh.standardOutput == bash.standardOutput)
    #expect(bgsh.standardError == bash.standardError)
    #expect(bgsh.status == bash.status)
  }

  @Test(arguments: [
    ["-ic"], ["-lic"], ["-i", "-c"], ["--norc", "-ic"], ["--posix", "-ic"], ["-vic"], ["-i", "script"],
    ["-li", "script"],
    ["--rcfile", "home/other", "-ic"], ["--noprofile", "-lic"],
  ])
  func `an interactive command or script reads its startup files and launches tasks`(options: [String]) throws {
    let text = "echo \"$- $0\"; shopt expand_aliases login_shell; hi; launch; echo $?"
    var outcomes: [Outcome] = []
    for isBash in [true, false] {
      let scratch = try ScratchState()
      try scratch.write("echo bashrc; alias hi='echo hello'\n", to: "home/.bashrc")
      try scratch.write("echo other; alias hi='echo other hello'\n", to: "home/other")
      try scratch.write(". ~/.bashrc; echo profile\n", to: "home/.bash_profile")
      let own = text.replacing("launch", with: isBash ? ":" : "true &bg --quiet")
      try scratch.write(own + "\n", to: "script")
      let last = options.last == "script" ? options : options + [own]
      var command = scratch.command(isBash ? "env" : BuiltProducts.bgsh)
      command.arguments = (isBash ? ["bash"] : ["--notify", "off"]) + last
      command.environment["ENV"] = "\(scratch.home)/.bashrc"
      outcomes.append(try command.run())
      if !isBash { #expect(try scratch.waitForEnd()["state"] == "exited") }
    }
    #expect(outcomes[1].standardOutput == outcomes[0].standardOutput)
    #expect(outcomes[1].status == outcomes[0].status)
  }

  @Test func `all job commands are there for a source`() throws {
    let scratch = try ScratchState()
    #expect(try scratch.bgsh("--notify", "off", "-c", "echo once &bg; wait").status == .success)
    #expect(try scratch.bgsh("--notify", "off", "-c", "rerun @1; wait @2; output @2").standardOutput == "once\n")
    let text = "type output notifications why rerun prune doctor; output @1; rerun @1 && wait"
    for options in [[], ["-s"]] {
      var command = scratch.command(BuiltProducts.bgsh)
      command.arguments = ["--notify", "off"] + options
      let outcome = try command.run(input: .text(text))
      #expect(outcome.standardOutput.contains("doctor is a shell builtin\nonce\n"), "\(outcome.standardError)")
      #expect(outcome.status == .success)
    }
  }

  @Test(arguments: [8, 64, 259])
  func `with few descriptors a session is plain bash, and a task is refused`(limit: Int) throws {
    let scratch = try ScratchState()
    func run(_ words: String) throws -> Outcome {
      try scratch.command("bash", "-c", "ulimit -n \(limit); echo 'echo read' | \"$0\" \(words)", BuiltProducts.bgsh)
        .run()
    }
    #expect(try run("-c 'echo plain'").standardOutput == "plain\n")
    let input = try run("")
    #expect(input.standardOutput == "read\n")
    #expect(input.standardError.hasPrefix("bgsh: the limit of open files is below "))
    let task = try run("-c 'echo on; true &bg'")
    #expect(task.standardOutput == "" && task.status == .exited(127))
    #expect(task.standardError.hasPrefix("bgsh: nothing is run: the limit of open files is below "))
  }

  /// In a file system of its own, where the test may have one.
  @Test func `without proc bgsh is plain bash, and a task is refused`() throws {
    let scratch = try ScratchState()
    func run(_ words: String...) throws -> Outcome {
      try scratch.command(
        "unshare", "-rm", "bash", "-c", "mount -t tmpfs none /proc && exec \"$0\" \"$@\"", BuiltProducts.bgsh
      )
      .adding(words).run(input: .text("echo read\n"))
    }
    guard try scratch.command("unshare", "-rm", "mount", "-t", "tmpfs", "none", "/proc").run().status == .success else {
      return
    }
    #expect(try run("-c", "echo plain").standardOutput == "plain\n")
    let input = try run()
    #expect(input.standardOutput == "read\n")
    #expect(input.standardError == "bgsh: there is no /proc, this is plain bash; mount it to have tasks\n")
    for words in [["-c", "echo on; true &bg"], ["jobs", "-a"]] {
      let outcome = try scratch.command(
        "unshare", "-rm", "bash", "-c", "mount -t tmpfs none /proc && exec \"$0\" \"$@\"", BuiltProducts.bgsh
      ).adding(words).run()
      #expect(outcome.standardOutput == "" && outcome.status != .success)
      #expect(outcome.standardError.hasPrefix("bgsh: ") && outcome.standardError.contains("/proc"))
    }
  }

  @Test(arguments: [["rbash"], ["bash", "-r"], ["bash", "-er"], ["bash", "--restricted"]])
  func `a restricted shell says that it has no tasks`(words: [String]) throws {
    let scratch = try ScratchState()
    let options = words.dropFirst().joined(separator: " ")
    let outcome = try scratch.command(
      "bash", "-c", "exec -a \(words[0]) \"$0\" \(options) -c 'echo on; true &bg'", BuiltProducts.bgsh
    ).run()
    #expect(outcome.standardOutput == "" && outcome.status == .exited(127))
    #expect(
      outcome.standardError
        == "bgsh: nothing is run: a restricted shell has no tasks; leave out the restriction, or '&bg'\n")
  }

  // MARK: Names

  @Test(arguments: ["bash", "NAME", "/x/y/bash", "sh", "-bash", "-sh", "-su"], ["", "true &bg --quiet; "])
  func `bash goes by the name that bgsh is given`(name: String, launch: String) throws {
    let scratch = try ScratchState()
    try scratch.write("echo profile; x=1\n", to: "home/.profile")
    func run(_ program: String, _ source: String) throws -> Outcome {
      try scratch.command("bash", "-c", "exec -a \(name) \(program) --notify off -c \"$0\"", source).run()
    }
    let source = "echo \"$0 $- $x\"; shopt -po posix; nonsense-here"
    let bgsh = try run(BuiltProducts.bgsh, launch + source)
    let bash = try scratch.command("bash", "-c", "exec -a \(name) /bin/bash -c \"$0\"", source).run()
    #expect(bgsh.standardOutput == bash.standardOutput)
    #expect(bgsh.standardError == bash.standardError)
  }

  @Test func `exec -l starts a login shell`() throws {
    let scratch = try ScratchState()
    let outcome = try scratch.command(
      "bash", "-c", "exec -l \(BuiltProducts.bgsh) -c 'true &bg --quiet; echo $0; shopt login_shell'"
    ).run()
    #expect(outcome.standardOutput == "-bash\nlogin_shell    \ton\n")
  }

  @Test func `an interactive sh reads what ENV names, and is in posix mode`() throws {
    let scratch = try ScratchState()
    try scratch.write("PS1='ready> '\necho read\n", to: "home/shrc")
    func transcript(_ program: String, _ name: String) throws -> [String] {
      var command = scratch.command("bash", "-c", "exec -a \(name) \(program)")
      command.environment["ENV"] = "$HOME/shrc"
      let terminal = try PseudoTerminal(command)
      var said = [try terminal.expect("ready> ")]
      for line in ["echo $0; shopt -po posix; shopt login_shell", "echo $ENV", "exit"] {
        try terminal.sendLine(line)
        if line != "exit" { said.append(try terminal.expect("ready> ")) }
      }
      _ = try terminal.waitForExit()
      return said
    }
    try scratch.write("echo profile\n", to: "home/.profile")
    for name in ["sh", "-sh"] {
      #expect(try transcript(BuiltProducts.bgsh, name) == transcript("/bin/bash", name))
    }
  }

  @Test(arguments: ["-l", "--login"])
  func `a login shell without profiles reads none`(option: String) throws {
    let scratch = try ScratchState()
    try scratch.write("echo profile\n", to: "home/.bash_profile")
    var command = scratch.command(BuiltProducts.bgsh, "--noprofile", option)
    command.environment["PS1"] = "ready> "
    let terminal = try PseudoTerminal(command)
    #expect(try !terminal.expect("ready> ").contains("profile"))
    try terminal.sendLine("shopt login_shell; true &bg")
    #expect(try terminal.expect("started").contains("on\n"))
  }

  // MARK: Where bash is

  @Test(arguments: ["ln -s", "cp"])
  func `a bash in PATH that is bgsh is passed over`(making: String) throws {
    let scratch = try ScratchState()
    let made = try scratch.command(
      "bash", "-ec", "mkdir bin; \(making) \"$0\" bin/bash; \(making) \"$0\" bin/sh", BuiltProducts.bgsh
    ).run()
    try #require(made.status == .success)
    for program in [BuiltProducts.bgsh, "\(scratch.path)/bin/bash"] {
      for variable in ["PATH", "BGSH_SHELL"] {
        // A mere copy has nothing beside it that a session needs.
        let launch = making == "cp" && program != BuiltProducts.bgsh ? "" : "true &bg --quiet; "
        var command = scratch.command(program, "-c", "\(launch)echo GNU; bash --version")
        command.environment["PATH"] = variable == "PATH" ? "\(scratch.path)/bin:/usr/bin:/bin" : "/usr/bin:/bin"
        if variable != "PATH" { command.environment[variable] = "\(scratch.path)/bin/bash" }
        command.environment["LD_LIBRARY_PATH"] = BuiltProducts.directory
        let outcome = try command.run()
        #expect(outcome.standardOutput.hasPrefix("GNU\nGNU bash, version 5."), "\(program) \(variable)")
        #expect(outcome.status == .success, "\(program) \(variable)")
      }
    }
  }

  @Test(arguments: [nil, "/nowhere", ""])
  func `without a bash in PATH the system's is taken`(path: String?) throws {
    let scratch = try ScratchState()
    var command = scratch.command(BuiltProducts.bgsh, "-c", "true &bg --quiet; echo $BASH_VERSION")
    command.environment["PATH"] = path
    let outcome = try command.run()
    #expect(outcome.standardOutput.hasPrefix("5."), "\(outcome.standardError)")
  }

  @Test func `called bash it is bash, not bgsh`() throws {
    let scratch = try ScratchState()
    let bash = "\(scratch.path)/bash"
    try #require(try scratch.command("ln", "-s", BuiltProducts.bgsh, bash).run().status == .success)
    #expect(try scratch.command(bash, "--version").run().standardOutput.hasPrefix("GNU bash, version "))
    try scratch.write("echo a script $0\n", to: "jobs")
    #expect(try scratch.command(bash, "jobs").run().standardOutput == "a script jobs\n")
    #expect(
      try scratch.command(bash, "-c", "true &bg --quiet; echo $0 $BASH").run().standardOutput == "\(bash) \(bash)\n")
  }

  /// As installed: the program in `bin`, what belongs to it and the link in `libexec`.
  @Test func `BASH names what starts bgsh again, by the name of bash`() throws {
    let scratch = try ScratchState()
    let made = try scratch.command(
      "bash", "-ec",
      """
      mkdir -p bin libexec/bgsh; cp "$0/bgsh" bin; ln -s ../../bin/bgsh libexec/bgsh/bash
      for part in bgctl bgsh-supervisor libbgsh-bash.so; do ln -s "$0/$part" libexec/bgsh; done
      """, BuiltProducts.directory
    ).run()
    try #require(made.status == .success, "\(made.standardError)")
    var environment = scratch.environment
    environment["LD_LIBRARY_PATH"] = BuiltProducts.directory
    let shell = try ShellSession(in: scratch, program: "\(scratch.path)/bin/bgsh", environment: environment)
    #expect(try shell.turn("echo $0 $BASH") == "bash \(scratch.path)/libexec/bgsh/bash\n")
    try shell.begin("exec \"$BASH\"")
    try shell.terminal.expect(shell.prompt)
    #expect(try shell.turn("true &bg").contains("started"))
  }

  // MARK: What it prints about itself

  @Test(arguments: ["--help", "--version"])
  func `what cannot be printed is a failure`(option: String) throws {
    let scratch = try ScratchState()
    for (target, reason) in [(">/dev/full", "No space left on device"), (">&-", "Bad file descriptor")] {
      let outcome = try scratch.command("bash", "-c", "\"$0\" \(option) \(target)", BuiltProducts.bgsh).run()
      #expect(outcome.status == .exited(1))
      #expect(outcome.standardError == "bgsh: cannot write to standard output: \(reason)\n")
    }
  }
}

extension Command {
  fileprivate func adding(_ words: [String]) -> Command {
    var command = self
    command.arguments += words
    return command
  }
}
