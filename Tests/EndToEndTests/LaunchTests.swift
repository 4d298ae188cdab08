import TestSupport
import Testing

/// A launch as the shell's own traps and options see it, and what it does with values that an expansion has made.
struct LaunchTests {
  @Test(arguments: [
    ("--name $two", "'--name' takes one word, and its value has become several; put it in double quotes"),
    ("--name $none", "'--name' takes one word, and its value has become none; put it in double quotes"),
    ("--desc $two --name x", "'--desc' takes one word, and its value has become several; put it in double quotes"),
    ("--name $none --desc $two", "'--name' takes one word, and its value has become none; put it in double quotes"),
    ("--timeout $flags", "'--timeout' takes one word, and its value has become several; put it in double quotes"),
    ("--name $ending", "the value of a flag holds the word '__bgsh_end'"),
    ("--name \"$word\"", "'--name' takes one word, and its value has become none; put it in double quotes"),
    (
      "--name $ending --desc $none",
      "'--desc' takes one word, and its value has become several; put it in double quotes"
    ),
    ("--name \"${array[@]}\"", "'--name' takes one word, and its value has become several; put it in double quotes"),
    ("--name *", "'--name' takes one word, and its value has become several; put it in double quotes"),
  ])
  func `a value is one word, or nothing runs`(flags: String, message: String) throws {
    let scratch = try ScratchState()
    for name in ["one", "two"] { try scratch.write("", to: name) }
    let values = """
      two='a b' none= flags='5m --quiet' ending='x __bgsh_end --directory / __bgsh_end' word=__bgsh_end array=(a b)
      """
    let outcome = try scratch.bgsh("-c", "\(values)\ntouch ran &bg \(flags)\necho $?")
    #expect(outcome.standardError == "bgsh: \(message)\n")
    #expect(outcome.standardOutput == "2\n")
    #expect(try scratch.records().isEmpty)
    #expect(!FileTree.exists("\(scratch.path)/ran"))
  }

  @Test func `a value in quotes is one word, whatever it holds`() throws {
    let scratch = try ScratchState()
    _ = try scratch.bgsh(
      "--notify", "off", "-c", "x='a b' y='--directory / *'; true &bg --name \"$x\" --desc \"$y\"; wait")
    let record = try scratch.record(1)
    #expect(record["name"] == "a b" && record["description"] == "--directory / *")
    #expect(record["cwd"] == .string(scratch.path))
  }

  @Test func `a DEBUG trap sees the list, once`() throws {
    let scratch = try ScratchState()
    let script = """
      trap 'echo "debug: $BASH_COMMAND"' DEBUG
      true &bg
      { : "it's"; } | cat &bg --name "n$((1 + 1))"
      (exit 3) &bg --timeout 5m --quiet
      trap - DEBUG
      wait
      """
    let outcome = try scratch.bgsh("--notify", "off", "-c", script)
    #expect(
      outcome.standardOutput == """
        debug: true
        debug: { : "it's"; } | cat
        debug: (exit 3)
        debug: trap - DEBUG

        """)
  }

  @Test func `a hook that reports what runs reports the list, with HISTCONTROL=ignoreboth as well`() throws {
    let scratch = try ScratchState()
    // As VS Code's integration does: the first command after a prompt is what was typed.
    let shell = try ShellSession(
      in: scratch,
      startupFile: """
        HISTCONTROL=ignoreboth
        preexec() { [[ $armed ]] && { armed=; echo "runs: $BASH_COMMAND"; }; }
        trap 'preexec "$_"' DEBUG
        PROMPT_COMMAND='armed=1'
        """)
    #expect(try shell.turn("sleep 0 && true &bg").contains("runs: sleep 0 && true\n"))
    let told = try shell.turn(" cat <<E | tac &bg --name it\nbody\nE")
    #expect(told.contains("runs: cat <<E | tac\n") && !told.contains("__bgsh"), "\(told)")
    try shell.exit()
  }

  @Test(arguments: ["__bgsh_launch", "__bgsh_launch \"$?\" 'touch ran' 'touch ran' '' \"$_\""])
  func `nobody launches by typing what a launch is made of`(command: String) throws {
    let scratch = try ScratchState()
    let shell = try ShellSession(in: scratch)
    let told = try shell.turn("\(command); echo $?; exec 9>&2; \(command); echo $?; (echo mine)")
    let message = "bgsh: '__bgsh_launch' is not for typing; write 'COMMAND &bg' to launch a task\n2\n"
    #expect(told == message + message + "mine\n")
    #expect(try shell.turn("true &bg").contains("[@1] started"), "no id was taken")
    try shell.turn("wait")
    try shell.exit()
  }

  @Test func `what a DEBUG trap forbids does not run`() throws {
    let scratch = try ScratchState()
    let script = """
      shopt -s extdebug
      trap '[[ $BASH_COMMAND != *forbidden* ]]' DEBUG
      touch forbidden &bg
      echo $?
      touch allowed &bg
      wait
      """
    let outcome = try scratch.bgsh("--notify", "off", "-c", script)
    #expect(outcome.standardOutput == "0\n")
    #expect(FileTree.exists("\(scratch.path)/allowed") && !FileTree.exists("\(scratch.path)/forbidden"))
    #expect(try scratch.records().count == 1)
  }

  @Test func `a launch that fails is a command that fails`() throws {
    let scratch = try ScratchState()
    let script =
      "x='a b'; trap 'echo \"err $? $BASH_COMMAND\"' ERR; true &bg --name $x\nset -e; true &bg --name $x\necho on"
    let outcome = try scratch.bgsh("-c", script)
    #expect(outcome.status == .exited(2))
    #expect(outcome.standardOutput == "err 2 ( true )\nerr 2 ( true )\n")
    let refused = try scratch.bgsh(
      "-c", "x='a b'; true &bg --name $x\necho ${PIPESTATUS[0]}")
    #expect(refused.standardOutput == "2\n")
  }

  @Test func `a trap that launches while a launch is made takes nothing from it`() throws {
    let scratch = try ScratchState()
    let script = """
      hook() { echo trap &bg --name "t$((++count))" --quiet
      }
      trap hook DEBUG
      echo one &bg
      echo two &bg
      trap - DEBUG
      wait
      jobs -a --json
      """
    let outcome = try scratch.bgsh("--notify", "off", "-c", script)
    let commands = try JSON(parsing: outcome.standardOutput).elements.compactMap { $0["command"].text }.sorted()
    #expect(commands == ["echo one", "echo trap", "echo trap", "echo trap", "echo two"])
    for record in try scratch.records() {
      guard case .number(let id) = record["id"], let command = record["command"].text else { continue }
      #expect(try scratch.bgsh("output", "@\(id)").standardOutput == "\(command.dropFirst(5))\n")
    }
  }

  @Test func `what has failed leaves nothing that wait could run`() throws {
    let scratch = try ScratchState()
    // What memory holds before it is written to is no NUL then.
    var environment = scratch.environment
    environment["MALLOC_PERTURB_"] = "85"
    let script = "rm \"$BGSH_STATE_DIR\"/run/*/ids; true &bg\necho $?; wait; echo $?"
    let outcome = try Command(
      BuiltProducts.bgsh, ["-c", script], environment: environment, directory: scratch.path
    ).run()
    #expect(outcome.standardOutput == "1\n0\n")
    #expect(
      outcome.standardError
        == "bgsh: no task can be started: the supervisor of this session does not answer; 'bgsh doctor' says more\n")
  }
}
