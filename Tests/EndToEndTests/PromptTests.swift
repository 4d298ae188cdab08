import TestSupport
import Testing

/// PS1, PS2, PS0 and PROMPT_COMMAND: what stands before a line.
struct PromptTests {
  static let startupFiles = [
    "PS1='[$?] ready> '",
    "PS1='$(echo sub) ready> '",
    "PS1='\\u \\w \\W \\s \\$ \\j \\\\ ready> '; cd /usr/lib",
    "PS1='\\[\\e[1;32m\\]green\\[\\e[m\\] ready> '",
    "f() { echo \"f:$?\"; return 3; }; PS1='$(f) $? ready> '",
    "PS1='two\\nlines ready> '",
    "PS0='starting\\n'",
    "PS1='\\! \\# ready> '",
    "PROMPT_COMMAND='echo command $?'; PS1='$? ready> '",
    "PROMPT_COMMAND=('echo one $?' 'echo two $?'); PS1='$? ready> '",
    "PROMPT_COMMAND='((n++))'; n=0; PS1='$n ready> '",
    "PROMPT_COMMAND='PS1=\"[$?:$PWD] ready> \"'",
    "PROMPT_COMMAND=(a b); a() { ((n += 1)); }; b() { ((n += 10)); }; n=0; PS1='$n ready> '",
    "PROMPT_COMMAND='false'; PS1='$? ready> '",
    "PROMPT_COMMAND='trap \"echo d >&2\" USR1'; PS1='$? ready> '",
    "declare -x PROMPT_COMMAND='echo exported'",
    "PROMPT_DIRTRIM=1; PS1='\\w ready> '; cd /usr/share/doc",
    "shopt -u promptvars; PS1='$HOME ready> '",
  ]

  /// What bgsh does not do yet.
  static let gaps = ["PS0='$(echo at $?)\\n'"]

  @Test(arguments: startupFiles + gaps)
  func `prompts are bash's`(startupFile: String) throws {
    let (bgsh, bash) = try transcripts(startupFile: startupFile) { shell, transcript in
      transcript.append(shell.terminal.text)
      for line in [
        "true", "false", "(exit 7)", "", "cd /tmp", "no-such-command-here", "echo \"${PS1%%ready*}\"", "echo $?",
      ] {
        transcript.append(try shell.turn(line))
      }
    }
    #expect(bgsh == bash)
  }

  @Test func `PROMPT_COMMAND may change between turns, and be unset`() throws {
    let (bgsh, bash) = try transcripts { shell, transcript in
      for line in [
        "PROMPT_COMMAND='echo now'", "true", "PROMPT_COMMAND+=('echo and this')", "true", "declare -p PROMPT_COMMAND",
        "unset PROMPT_COMMAND", "true", "PROMPT_COMMAND=''", "true", "echo ${PROMPT_COMMAND+set}",
      ] { transcript.append(try shell.turn(line)) }
    }
    #expect(bgsh == bash)
  }

  @Test func `PS2 stands before what is not the first line of a command`() throws {
    let (bgsh, bash) = try transcripts(startupFile: "PS2='more $((n += 1))> '") { shell, transcript in
      transcript.append(try shell.turn("for i in 1 2\ndo\necho $i\ndone"))
      transcript.append(try shell.turn("echo 'a\nb'"))
      transcript.append(shell.terminal.text)
    }
    #expect(bgsh == bash)
  }

  @Test func `colours reach the terminal`() throws {
    let scratch = try ScratchState()
    let shell = try ShellSession(in: scratch, startupFile: #"PS1='\[\e[1;32m\]green\[\e[m\] ready> '"#)
    let escape = Array("\u{1B}[1;32mgreen\u{1B}[m ready> ".utf8)
    #expect(shell.terminal.bytes.count >= escape.count)
    #expect(String(decoding: shell.terminal.bytes, as: UTF8.self).contains(String(decoding: escape, as: UTF8.self)))
    // What is invisible takes no room: a line that wraps is redrawn where it stands.
    try shell.terminal.resize(rows: 24, columns: 40)
    try shell.turn("true")
    let word = String(repeating: "x", count: 40)
    try shell.terminal.send("echo \(word)")
    try shell.terminal.expectScreen("the whole line") { $0.text.contains("xxxxx\nxxxxx") }
    try shell.terminal.send(.control("a"))
    try shell.terminal.send("X")
    try shell.terminal.expectScreen("the change at its beginning") { $0.text.contains("green ready> Xecho xxx") }
    try shell.terminal.send(.interrupt)
  }
}
