import TestSupport
import Testing

/// `rerun`: the same text, in the same directory, in a fork of the shell as it is now.
struct RerunTests {
  @Test func `a command runs again in its directory, with the shell as it is now`() throws {
    let scratch = try ScratchState()
    let script = """
      greet() { echo "first in $PWD $x"; }
      mkdir -p 'a b'; cd 'a b'; x=1
      greet &bg --name it --desc 'says hello' --timeout 1m --kill-after 2s --limit 1M --split
      wait @@
      cd /; x=2
      greet() { echo "second in $PWD $x"; }
      rerun @it
      echo "$? $PWD $BGSH_TASK"
      wait @@
      """
    let outcome = try scratch.bgsh("-c", script)
    #expect(outcome.standardOutput == "0 / 2\n")
    #expect(outcome.standardError.contains("[@2 it] started: greet\n"))
    #expect(try scratch.output() == "first in \(scratch.path)/a b 1\n")
    #expect(try scratch.output(of: 2) == "second in \(scratch.path)/a b 2\n")
    let (first, second) = (try scratch.record(1), try scratch.record(2))
    #expect(second["output"]["stderr_path"] == .string("\(scratch.stateDirectory)/output/2.stderr"))
    for key in ["command", "name", "description", "cwd", "timeout_ms", "state"] {
      #expect(first[key] == second[key], "\(key)")
    }
  }

  @Test(arguments: [
    "echo a # c", "cat <<E\nbody\nE", "{ echo a\necho b; }", "echo a | tr a b", "(exit 3)", "sh -c 'kill -9 $$'",
    "{ echo inner &bg\n}", "echo \"it's\"",
  ])
  func `every command is the same again`(list: String) throws {
    let scratch = try ScratchState()
    let operation =
      list.contains("<<E") ? list.replacing("<<E", with: "<<E &bg") : list.replacing(" # c", with: "") + " &bg"
    let script = "\(operation)\nwait; rerun @1; wait"
    _ = try scratch.bgsh("--notify", "off", "-c", script)
    let records = try scratch.records()
    let again = try #require(records.last { $0["command"] == records.first?["command"] ?? .null })
    #expect(again["id"] != 1)
    let id = Int64(again["id"].number ?? 0)
    #expect(try scratch.output(of: id) == scratch.output())
    for key in ["state", "exit_code", "signal"] { #expect(again[key] == records.first?[key] ?? .null) }
    if list.contains("inner") { #expect(records.count == 4) }
  }

  @Test func `without a name it is the newest, also on a terminal`() throws {
    let scratch = try ScratchState()
    let shell = try ShellSession(in: scratch)
    #expect(try shell.turn("alias hi='echo hello'; true").contains(""))
    #expect(try shell.turn("hi there &bg").contains("[@1] started: hi there"))
    try scratch.waitForEnd()
    #expect(try shell.turn("rerun").contains("[@2] started: hi there"))
    try scratch.waitForEnd(of: 2)
    #expect(try scratch.output(of: 2) == "hello there\n")
    #expect(try shell.turn("set -x; rerun @1; set +x").contains("[@3] started"))
    #expect(!(try shell.turn("history").contains("__bgsh")))
  }

  @Test(arguments: ["VISUAL", "EDITOR"])
  func `the command is edited first, by the editor that the user has chosen`(variable: String) throws {
    let scratch = try ScratchState()
    let script = """
      export \(variable)="sed -i 's/one/two three/'"
      cd /tmp; echo "it's one" &bg --name it
      wait; cd /; rerun --edit @it
      wait; rerun --edit; wait
      """
    let outcome = try scratch.bgsh("--notify", "off", "-c", script)
    #expect(outcome.status == .exited(0))
    #expect(try scratch.output(of: 2) == "it's two three\n")
    #expect(try scratch.record(2)["command"] == "echo \"it's two three\"")
    #expect(try scratch.record(2)["cwd"] == "/tmp")
    #expect(try scratch.record(3)["name"] == "it")
  }

  static let refusingEditors = [
    ("false", "'false' ended with status 1"), ("truncate -s 0", "it is empty"),
    ("no-such-editor-here", "'no-such-editor-here' ended with status 127"),
  ]

  @Test(arguments: refusingEditors)
  func `nothing runs if the editor fails or leaves nothing`(editor: String, reason: String) throws {
    let scratch = try ScratchState()
    let outcome = try scratch.bgsh(
      "--notify", "off", "-c", "export EDITOR='\(editor)'; true &bg\nwait; rerun --edit; echo $?")
    #expect(outcome.standardOutput == "1\n")
    #expect(outcome.standardError.contains("bgsh: the command was not edited, and nothing runs: \(reason)\n"))
    #expect(try scratch.records().count == 1)
  }

  @Test func `what an editor has broken bash complains about in the task`() throws {
    let scratch = try ScratchState()
    let outcome = try scratch.bgsh(
      "--notify", "off", "-c", "export EDITOR=\"sed -i 's/$/ )/'\"; echo a &bg\nwait; rerun --edit; wait")
    #expect(outcome.status == .exited(2))
    #expect(try scratch.output(of: 2).contains("syntax error near unexpected token `)'"))
  }

  @Test func `an editor of the terminal edits on the terminal`() throws {
    let scratch = try ScratchState()
    let shell = try ShellSession(in: scratch)
    let editor = try scratch.write(
      "[[ -t 0 && -t 1 ]] || exit 9\nread -p 'new text: '\necho \"$REPLY\" >\"$1\"", to: "editor")
    try shell.turn("export VISUAL='bash \(editor)'; echo a &bg wait @@")
    try shell.begin("rerun --edit")
    try shell.terminal.expect("new text: ")
    #expect(try shell.turn("echo b").contains("started: echo b"))
    try scratch.waitForEnd(of: 2)
    #expect(try scratch.output(of: 2) == "b\n")
  }

  @Test func `all that failed run again, and what is well by now does not`() throws {
    let scratch = try ScratchState()
    let script = """
      rerun --failed; echo $?
      false &bg
      true &bg
      [ -e mended ] &bg
      wait
      : >mended
      rerun --failed; wait
      rerun --failed; wait
      rerun --failed @1; echo $?; rerun --failed --edit; echo $?
      """
    let outcome = try scratch.bgsh("--notify", "off", "-c", script)
    #expect(outcome.standardOutput == "0\n2\n2\n")
    #expect(
      try scratch.records().map { $0["command"] }
        == ["false", "true", "[ -e mended ]", "false", "[ -e mended ]", "false"])
    #expect(
      outcome.standardError.contains("nothing to run again: no command of this session has failed in the last day"))
  }

  @Test func `outside of a shell it says where it works`() throws {
    let scratch = try ScratchState()
    _ = try scratch.bgsh("--notify", "off", "-c", "true &bg\nwait")
    let outcome = try scratch.bgsh("rerun", "@1")
    #expect(outcome.status == .exited(1))
    #expect(
      outcome.standardError
        == "bgsh: rerun works in a bgsh shell, of which the new task is a fork; type 'rerun @1' there\n")
  }

  @Test func `what is missing is named`() throws {
    let scratch = try ScratchState()
    let script = "mkdir d; cd d; true &bg\nwait; cd ..; rmdir d; rerun @1; echo $?; rerun @7; echo $?"
    let outcome = try scratch.bgsh("--notify", "off", "-c", script)
    #expect(outcome.standardOutput == "1\n1\n")
    #expect(
      outcome.standardError == """
        bgsh: @1: cannot run it again: its directory '\(scratch.path)/d' is gone
        bgsh: no task @7; 'jobs -a' shows the tasks there are

        """)
  }

  @Test func `what is not UTF-8 is the same again, byte for byte`() throws {
    let scratch = try ScratchState()
    let script = #"""
      mkdir 'd\351'; cd 'd\351'; echo 'a\351' >'f\351' &bg
      wait; rm 'f\351'; cd /; rerun @1
      wait; cd - >/dev/null; ls; cat *
      """#
    let outcome = try scratch.command(
      "bash", "-c", "printf '%b' \"$1\" >script; exec \"$0\" --notify off script", BuiltProducts.bgsh,
      script.replacing("\\351", with: "\\0351")
    ).run()
    #expect(outcome.standardError == "")
    #expect(outcome.standardOutputBytes == Array("f".utf8) + [0xe9] + Array("\na".utf8) + [0xe9] + Array("\n".utf8))
    let records = try scratch.records()
    #expect(records.map { $0["command"] } == Array(repeating: "echo 'a\u{FFFD}' >'f\u{FFFD}'", count: 2))
    #expect(records[0]["cwd"] == records[1]["cwd"])
  }
}
