import TestSupport
import Testing

/// A terminal without line editing: bash prints its prompt itself, and the terminal edits the line.
struct PlainInputTests {
  static let starts: [(startupFile: String, environment: [String: String])] = [
    ("set +o emacs", [:]),
    ("set -o vi; set +o vi", [:]),
    // The shell of Emacs.
    ("", ["TERM": "dumb", "INSIDE_EMACS": "29.1,comint"]),
  ]

  @Test(arguments: starts)
  func `a shell that never edits lines has tasks`(startupFile: String, environment: [String: String]) throws {
    let scratch = try ScratchState()
    let gate = try Gate(in: scratch)
    let shell = try ShellSession(in: scratch, environment: environment, startupFile: startupFile)
    #expect(try shell.turn("set -o | grep -c 'emacs.*on'") == "0\n")
    #expect(try shell.turn("read <gate &bg --name first") == "[@1 first] started: read <gate\n")
    #expect(try shell.turn("for i in 1 2\ndo true $i &bg --name n$i --quiet\ndone").contains("> "))
    #expect(try shell.turn("echo $BGSH_TASK").contains("3\n"))
    #expect(try shell.turn("--timeout 5m true").hasPrefix("[@4] started: true\n"))
    // Its notice is shown by the next prompt at the latest.
    try scratch.waitForEnd(of: 4)
    #expect(try shell.turn("true &bg --bogus; echo no").contains("'--bogus'"))
    #expect(try shell.turn("echo $?") == "2\n")
    #expect(
      try shell.turn("history 4 | sed 's/^ *[0-9]* *//' | head -n 3")
        == "--timeout 5m true\ntrue &bg --bogus; echo no\necho $?\n")
    try gate.open()
    try scratch.waitForEnd()
    // Before the prompt, not behind it.
    #expect(try shell.turn("true").contains("[@1 first] \(environment.isEmpty ? "✔ " : "")done after"))
    #expect(try shell.turn("") == "")
  }

  @Test(arguments: ["PS2='more> '", "PROMPT_COMMAND='echo command'; PS1='$? ready> '; PS2='more> '"])
  func `without a task it is bash's`(startupFile: String) throws {
    let (bgsh, bash) = try transcripts(startupFile: "set +o emacs; \(startupFile)") { shell, transcript in
      for line in [
        "echo one", "for i in 1 2", "do echo $i", "done", "cat <<E", "text", "E", "false", "echo $? $_", "",
        "# comment", "p=ready", "PS1='$? $(echo sub) $p> '", "set -o | grep -E 'emacs|vi'", "history 3",
        "unset PS1; PS1=\"$p> \"", "set -o emacs", "echo edited", "set +o emacs", "declare -p PS1 | cut -c 1-12",
        "(exit 3)",
      ] {
        try shell.begin(line)
        let isUnfinished = ["for", "do ", "cat", "tex"].contains(String(line.prefix(3)))
        transcript.append(try shell.terminal.expect(isUnfinished ? "more> " : shell.prompt))
      }
      transcript.append("\(try shell.exit())")
    }
    #expect(bgsh == bash)
  }

  @Test func `a notice stands before the prompt also when line editing is turned off and on`() throws {
    let scratch = try ScratchState()
    let shell = try ShellSession(in: scratch)
    let gate = try Gate(in: scratch)
    var id: Int64 = 0
    for option in ["set +o emacs", "true", "PS1='ready> '", "unset PS1; PS1='ready> '", "set -o emacs", "set +o emacs"]
    {
      id += 1
      try shell.turn(option)
      #expect(try shell.turn("read <gate &bg").contains("[@\(id)] started"))
      try gate.open()
      try scratch.waitForEnd(of: id)
      #expect(try shell.turn("true").contains("[@\(id)] ✔ done after"), "after \(option)")
    }
  }
}
