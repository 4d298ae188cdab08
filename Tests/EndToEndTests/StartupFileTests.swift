import TestSupport
import Testing

/// What is read before the first prompt.
struct StartupFileTests {
  @Test func `bashrc is read once, at the top level, with the terminal on its standard input`() throws {
    let file = """
      declare -i counted=${counted-0}+1; alias hi='echo hello'; f() { echo f; }
      [[ -t 0 && -t 1 && -t 2 ]] && echo on a terminal; tty >/dev/null && GPG_TTY=$(tty)
      shopt -s nullglob; set -o pipefail; trap 'echo bye' EXIT; echo "$0 $- ${BASH_SOURCE[0]##*/}"
      """
    let (bgsh, bash) = try transcripts(startupFile: file) { shell, transcript in
      transcript.append(shell.terminal.text)
      for line in ["echo $counted", "hi; f", "echo ${GPG_TTY%%[0-9]*}", "shopt nullglob pipefail", "trap"] {
        transcript.append(try shell.turn(line))
      }
    }
    #expect(bgsh == bash)
  }

  @Test(arguments: [
    "return", "echo before; return 3; echo after", "no-such-command-here", "echo ${x?unset}; echo after", "if", "false",
    "exec 2>&1", "set -u", "read -t 0.01 x; echo $?", "cd /tmp", "bind '\"\\C-x\\C-y\": \"echo bound\"'", "HISTSIZE=5",
    "unset PS1; PS1='ready> '", "stty -echo; stty echo", "PATH=$PATH:/extra", "export LC_ALL=C",
  ])
  func `a bashrc does what it does in bash`(file: String) throws {
    let (bgsh, bash) = try transcripts(startupFile: file) { shell, transcript in
      transcript.append(shell.terminal.text)
      for line in ["pwd", "echo ${PATH##*:}", "echo $HISTSIZE"] { transcript.append(try shell.turn(line)) }
    }
    #expect(bgsh == bash)
  }

  @Test func `vi mode edits with the keys of vi`() throws {
    let scratch = try ScratchState()
    let shell = try ShellSession(in: scratch, startupFile: "set -o vi")
    #expect(try shell.turn("echo one") == "one\n")
    try shell.terminal.send("echo two\u{1B}")
    try shell.terminal.send("bcwthree\r")
    try shell.terminal.expect("three\n")
    try shell.terminal.expect(shell.prompt)
  }

  @Test func `the status of a bashrc is there at the first prompt`() throws {
    let (bgsh, bash) = try transcripts(startupFile: "(exit 3)") { shell, transcript in
      transcript.append(try shell.turn("echo $?"))
    }
    #expect(bgsh == bash)
  }

  @Test func `a bashrc that exits ends the shell`() throws {
    for kind in ShellKind.allCases {
      let scratch = try ScratchState()
      try scratch.write("exit 5\n", to: "home/.bashrc")
      let command =
        kind == .bash ? scratch.command("bash") : scratch.command(BuiltProducts.bgsh)
      #expect(try PseudoTerminal(command).waitForExit() == .exited(5), "\(kind)")
    }
  }

  @Test func `bgshrc is read after bashrc, and may launch tasks`() throws {
    let scratch = try ScratchState()
    try FileTree.makeDirectories("\(scratch.home)/.config/bgsh")
    try scratch.write(
      "order+=' bgshrc'; { echo from bgshrc; } &bg --name early\nsettings=read\n", to: "home/.config/bgsh/bgshrc")
    let shell = try ShellSession(in: scratch, startupFile: "order=bashrc")
    #expect(shell.terminal.text.contains("[@1 early] started: { echo from bgshrc; }\n"))
    #expect(try shell.turn("echo $order, $settings").contains("bashrc bgshrc, read\n"))
    try shell.turn("wait @early")
    #expect(try shell.turn("output @early") == "from bgshrc\n")
  }

  @Test func `bgshrc is found by XDG_CONFIG_HOME`() throws {
    let scratch = try ScratchState()
    try FileTree.makeDirectories("\(scratch.path)/elsewhere/bgsh")
    try scratch.write("found=yes\n", to: "elsewhere/bgsh/bgshrc")
    let shell = try ShellSession(in: scratch, environment: ["XDG_CONFIG_HOME": "\(scratch.path)/elsewhere"])
    #expect(try shell.turn("echo $found") == "yes\n")
  }

  @Test func `a mistake in bgshrc is told with its place, and nothing of it runs`() throws {
    let scratch = try ScratchState()
    try FileTree.makeDirectories("\(scratch.home)/.config/bgsh")
    try scratch.write("touched=yes\ntrue &bg --nmae x\n", to: "home/.config/bgsh/bgshrc")
    let shell = try ShellSession(in: scratch)
    #expect(shell.terminal.text.contains("bgsh: \(scratch.home)/.config/bgsh/bgshrc: line 2, column "))
    #expect(shell.terminal.text.contains("--nmae"))
    #expect(try shell.turn("echo ${touched-no}") == "no\n")
  }

  @Test func `norc reads neither, rcfile another`() throws {
    let scratch = try ScratchState()
    try FileTree.makeDirectories("\(scratch.home)/.config/bgsh")
    try scratch.write("PS1='bgshrc> '\n", to: "home/.config/bgsh/bgshrc")
    try scratch.write("PS1='bashrc> '\n", to: "home/.bashrc")
    try scratch.write("PS1='other> '; other=1\n", to: "other")
    var command = scratch.command(BuiltProducts.bgsh, "--norc")
    command.environment["PS1"] = "environment> "
    let plain = try PseudoTerminal(command)
    try plain.expect("environment> ")
    let other = try PseudoTerminal(scratch.command(BuiltProducts.bgsh, "--rcfile", "other"))
    // bgshrc comes after it.
    try other.expect("bgshrc> ")
    try other.sendLine("echo \"<$other>\"")
    try other.expect("<1>\n")
  }

  @Test(arguments: [["-l"], ["--login"]])
  func `a login shell reads the profile files`(options: [String]) throws {
    let scratch = try ScratchState()
    try scratch.write("echo the profile; . ~/.bashrc\n", to: "home/.bash_profile")
    try scratch.write("echo not this\n", to: "home/.profile")
    let shell = try ShellSession(in: scratch, arguments: options)
    #expect(shell.terminal.text == "the profile\nready> ")
    let option = try shell.turn("shopt login_shell")
    #expect(option == "login_shell    \ton\n")
    #expect(try shell.exit(2) == .exited(2))
  }

  @Test func `options are bash's`() throws {
    let (bgsh, bash) = try transcripts(options: ["-O", "nullglob", "+O", "cmdhist", "-o", "pipefail", "-f", "+B"]) {
      shell, transcript in
      for line in ["shopt nullglob cmdhist", "shopt -o pipefail", "echo *", "echo {a,b}"] {
        transcript.append(try shell.turn(line))
      }
    }
    #expect(bgsh == bash)
  }

  @Test func `arguments of -s are the positional parameters`() throws {
    let (bgsh, bash) = try transcripts(options: ["-s", "a", "b c"]) { shell, transcript in
      transcript.append(try shell.turn("echo $# $2"))
    }
    #expect(bgsh == bash)
  }
}
