import Glibc
import TestSupport
import Testing

/// `&bg` in a text that bash evaluates: of `eval`, of a sourced file, of a trap.
struct EvaluationTests {
  static let texts: [(name: String, startupFile: String, lines: [String])] = [
    ("eval", "", ["eval 'echo done &bg --name x --timeout 5m'"]),
    ("eval of several words", "", ["eval -- echo done '&bg' --name x"]),
    ("eval of several lines", "", ["eval $'for i in 1\\ndo echo done\\ndone &bg --name x'"]),
    ("a prefix", "", ["eval -- '--timeout 5m --name x echo done'"]),
    ("eval in eval", "", ["eval \"eval 'echo done &bg --name x'\""]),
    ("eval in a function", "", ["f() { local word=done; eval 'echo $word &bg --name x'; }; f"]),
    ("eval in a subshell", "", ["(eval 'echo done &bg --name x')"]),
    ("eval in a substitution", "", [#"echo "$(eval 'echo done &bg --name x' 2>&1)""#]),
    ("an alias that is all of it", "", ["alias work='echo done &bg --name x'; eval work"]),
    ("a function of the startup file", "f() { echo done &bg --name x; }", ["f"]),
    ("a file", "", ["printf '%s\\n' 'f() {' 'echo $1 &bg --name x' '}' 'f $1' >file", ". ./file done"]),
    ("a file within a file", "", ["echo 'echo done &bg --name x' >a; echo '. ./a' >b; source ./b"]),
    ("a trap", "", ["trap 'echo done &bg --name x' USR1", "kill -USR1 $$"]),
    ("PROMPT_COMMAND", "", [#"PROMPT_COMMAND='((n++)) || { echo done &bg --name x; }'"#, "true"]),
    (
      "fc -s", "",
      [
        "echo undone; true undone &bg", "fc -s 'true undone=echo done' 2>/dev/null; true &bg --name y",
        "eval 'echo done &bg --name x'",
      ]
    ),
  ]

  @Test(arguments: texts)
  func `it has its meaning at a prompt`(name: String, startupFile: String, lines: [String]) throws {
    let scratch = try ScratchState()
    let shell = try ShellSession(in: scratch, startupFile: startupFile)
    for line in lines { try shell.turn(line) }
    let output = try shell.turn("wait @x >/dev/null; output @x")
    #expect(output.replacing(#/\[@.*\n/#, with: "") == "done\n")
    #expect(try shell.turn("echo $?") == "0\n")
  }

  @Test(arguments: ["-c", "a script", "standard input"])
  func `it has its meaning in a source`(kind: String) throws {
    let scratch = try ScratchState()
    try scratch.write("echo sourced $1 &bg --name s\n", to: "file")
    let source = """
      eval 'echo evaluated &bg --name e'
      . ./file done
      trap 'echo trapped &bg --name t' EXIT
      wait 2>/dev/null
      for name in e s; do output @$name; done

      """
    let path = try scratch.write(source, to: "script")
    let outcome =
      switch kind {
      case "-c": try scratch.bgsh("-c", source)
      case "a script": try scratch.bgsh(path)
      default: try scratch.bgsh(input: .text(source))
      }
    #expect(outcome.standardOutput == "evaluated\nsourced done\n")
    #expect(outcome.standardError.contains("t] started: echo trapped"))
  }

  /// With an operator that is never reached all of the text goes through bgsh's hands, and must be what it was.
  ///
  /// Nothing is written into a pipe that may have no reader any more, as what traps print.
  static let programs = [
    "DEAD; false", "DEAD; (exit 7)", "DEAD; echo $LINENO; \\\necho $LINENO; nonesuch", "echo a b; DEAD; :\necho $_",
    "DEAD; set -- 1 2",
    "DEAD; echo \"${BASH_SOURCE[@]}\" \"${FUNCNAME[@]}\" \"${BASH_LINENO[@]}\" \"$BASH_COMMAND\"",
    "set -x; DEAD; echo traced",
    "set -e; DEAD; false; echo unreached", "set -e; DEAD\nfalse", "DEAD; return 3; echo unreached",
    "DEAD; break; echo unreached",
    "DEAD; (exit 3) >/dev/null | (exit 3); echo ${PIPESTATUS[@]}", "DEAD; ${nonesuch?is missing}",
    "set -u; DEAD; echo $nonesuch",
    "DEAD; cat <<E\nhere $LINENO\nE\necho behind", "DEAD; readonly r; r=1; echo unreached", "DEAD; (", "DEAD; fi",
    "DEAD; 'open",
    "DEAD; cat <<E\nopen", "DEAD; exec 3>&1; echo three >&3", "DEAD; trap 'echo $LINENO $BASH_COMMAND' DEBUG; :; :",
    "DEAD; trap 'echo left' EXIT", "DEAD; trap 'echo failed $LINENO' ERR; false", "set -o posix; DEAD; echo posix",
    "DEAD; alias word='echo expanded'\nword", "shopt -s expand_aliases; alias word='echo expanded'; DEAD\nword",
    "DEAD; exit 5", "DEAD; kill -TERM $$", "DEAD; f() { return 4; }; f", "DEAD; echo ${#x}; declare -p BASH_LINENO",
    "# &bg", "",
    "echo '&bg'", "DEAD; case x in x) echo case;; esac; [[ a && b ]] && echo $((1 && 2))",
    "DEAD; eval 'DEAD; echo $LINENO; false'",
  ].map { $0.replacing("DEAD", with: "if false; then x & bg; fi").replacing("& bg", with: "&bg") }

  static let surroundings = [
    "eval \"$TEXT\"; echo \"$? $_ $LINENO\"", "eval \"$TEXT\" || echo \"failed $?\"",
    "f() { eval \"$TEXT\"; echo \"in $?\"; }; f a b; echo $?",
    "for i in 1 2; do eval \"$TEXT\"; done; echo $?", "set -e; if eval \"$TEXT\"; then echo yes; fi; echo go on",
    "set -T; trap 'echo \"debug $LINENO $BASH_COMMAND\" >&2' DEBUG; eval \"$TEXT\"; echo $?",
    "set -x; eval \"$TEXT\"; echo $?",
    "echo \"$TEXT\" >file; . ./file one two; echo \"$? $_ $LINENO\"",
    "echo \"$TEXT\" >file; set -x; . ./file || echo $?", "(eval \"$TEXT\"); echo $?",
    "echo $(eval \"$TEXT\"; echo $?)", "trap \"$TEXT\" USR1; kill -USR1 $BASHPID; echo \"$? $_\"",
    "command eval \"$TEXT\" | cat; echo ${PIPESTATUS[@]}",
    "x=1 eval \"$TEXT\"; echo \"$? $x\"", "set -o posix; x=1 eval \"$TEXT\"; echo \"$? $x\"",
  ]

  @Test(arguments: surroundings)
  func `nothing else changes`(surrounding: String) throws {
    let scratch = try ScratchState()
    // What names it makes a session of it, whatever is evaluated.
    let script = try scratch.write("true '&bg'\n\(surrounding)\n", to: "script")
    for program in Self.programs {
      func outcome(_ shell: String) throws -> Outcome {
        var command = scratch.command(shell, script)
        command.environment["TEXT"] = program
        return try command.run()
      }
      let (bash, bgsh) = (try outcome("bash"), try outcome(BuiltProducts.bgsh))
      #expect(bgsh.status == bash.status, "\(program)")
      #expect(withoutProcesses(bgsh.standardOutput) == withoutProcesses(bash.standardOutput), "\(program)")
      #expect(withoutProcesses(bgsh.standardError) == withoutProcesses(bash.standardError), "\(program)")
    }
  }

  private func withoutProcesses(_ text: String) -> String { text.replacing(#/\b[0-9]{3,}\b/#, with: "N") }

  @Test func `the history and what is seen at a prompt are bash's`() throws {
    let dead = "if false; then x &bg; fi"
    let (bgsh, bash) = try transcripts(files: ["file": "\(dead)\necho sourced $LINENO\n"]) { shell, transcript in
      for line in [
        "eval '\(dead); echo $LINENO'; echo $? $_", "eval '\(dead); ('; echo $?", "eval '\(dead); nonesuch'",
        ". ./file; echo $_",
        "trap '\(dead); echo debug $BASH_COMMAND' DEBUG", "true 1; true 2", "trap - DEBUG", "set -x",
        "eval '\(dead); echo x'", "set +x",
        "PROMPT_COMMAND='\(dead); echo command $?'", "false", "PROMPT_COMMAND=", "history",
      ] { transcript.append(try shell.turn(line)) }
    }
    #expect(bgsh == bash)
  }

  @Test func `what is wrong is said where the text's errors go, and nothing of the text runs`() throws {
    let scratch = try ScratchState()
    try scratch.write("echo not run\ntrue &bg --bogus\n", to: "file")
    let script = """
      eval 'echo not run; true &bg --bogus' || echo "$?"
      eval 'echo not run; true &bg --bogus' 2>/dev/null; echo "$?"
      set -x
      . ./file
      { echo "$?"; } 2>/dev/null
      """
    let outcome = try scratch.bgsh("-c", script)
    #expect(outcome.standardOutput == "2\n2\n2\n")
    let lines = outcome.standardError.split(separator: "\n")
    #expect(lines.count == 3)
    #expect(lines.first?.contains("bgsh: line 1, column 24: unknown flag '--bogus'") == true)
    #expect(lines.last?.contains("bgsh: ./file: line 2, column 10: unknown flag '--bogus'") == true)
  }

  @Test func `where there is no bgsh it is bash's, which is said if flags show what was meant`() throws {
    let scratch = try ScratchState()
    let gate = try Gate(in: scratch)
    let task = "{ read <gate; eval 'true &bg'; eval 'true &bg --name x'; } &bg"
    #expect(try scratch.bgsh("-c", task).standardError.contains("[@1] started"))
    try gate.open()
    try scratch.waitForEnd()
    let lines = try scratch.output().split(separator: "\n").filter { $0.hasPrefix("bgsh:") }
    #expect(lines == ["bgsh: '&bg' is bash's here, '&' and the command 'bg': no bgsh answers"])
  }

  @Test func `what cannot be understood as a whole is bash's, and that is said if any of it may run`() throws {
    let scratch = try ScratchState()
    try scratch.write("true &bg --name x\nexit\n)payload\n", to: "file")
    let script = "true &bg --quiet\n(. ./file)\n(eval 'true &bg --name x; )')\ntrue"
    let outcome = try scratch.bgsh("-c", script)
    let lines = outcome.standardError.split(separator: "\n").filter { $0.hasPrefix("bgsh:") }
    #expect(
      lines == ["bgsh: '&bg' is bash's here, '&' and the command 'bg': the text as a whole cannot be understood"])
  }

  @Test func `what an editor gives to fc is bash's, and that is said`() throws {
    let scratch = try ScratchState()
    let editor = try scratch.write("#!/bin/sh\necho 'true &bg --name x' >\"$1\"\n", to: "editor", mode: 0o700)
    let shell = try ShellSession(in: scratch)
    try shell.turn("true")
    #expect(
      try shell.turn("fc -e '\(editor)'").contains(
        "bgsh: '&bg' is bash's here, '&' and the command 'bg': what 'fc' runs"))
  }

  /// As ble.sh does: bash never has the line.
  @Test func `a line editor that evaluates each line has tasks`() throws {
    let scratch = try ScratchState()
    let accept = """
      accept() { local line=$READLINE_LINE; READLINE_LINE='' READLINE_POINT=0; echo "$line"; history -s -- "$line"; eval -- "$line"; notifications; }
      bind -x '"\\C-o": accept'
      """
    let gate = try Gate(in: scratch)
    let shell = try ShellSession(in: scratch, startupFile: accept)
    func evaluate(_ line: String, shows text: String) throws {
      try shell.terminal.send(line)
      try shell.terminal.expect(line)
      try shell.terminal.send(.control("o"))
      try shell.terminal.expect(text)
      try shell.terminal.expect(shell.prompt)
    }
    try evaluate("read <gate &bg --name first --timeout 5m", shows: "[@1 first] started: read <gate")
    try evaluate("for i in 1; do true $i; done &bg", shows: "[@2] started: for i in 1; do true $i; done")
    try evaluate("true &bg --bogus", shows: "unknown flag '--bogus'")
    try gate.open()
    try scratch.waitForEnd()
    try evaluate("echo plain", shows: "[@1 first] ✔ done")
  }
}
