import Glibc
import TestSupport
import Testing

/// The history list, its file, and the keys that go through it.
struct HistoryTests {
  static let conversations: [[String]] = [
    ["echo one", "echo two", "history"],
    ["echo one", "!!", "echo a b", "echo !$ !^", "!echo", "!-2", "history"],
    ["echo one", "^one^two^", "!nothing", "echo $?", "echo 'no ! here'", "history 3"],
    ["echo one", "!!:p", "echo two", "history"],
    [" echo hidden", "echo shown", "echo shown", "history"],
    ["echo one", "history -c", "echo two", "history"],
    ["echo one", "echo two", "history -d 1", "history"],
    ["for i in 1 2\ndo\necho $i\ndone", "history", "!!"],
    ["echo 'a\nb'", "history", "!echo"],
    ["set +H", "echo hello!", "set -H", "history"],
    ["set +o history", "echo unseen", "set -o history", "echo seen", "history"],
    ["HISTTIMEFORMAT='when '", "echo dated", "history"],
    ["HISTIGNORE='echo b*'", "echo a", "echo b", "history"],
    ["HISTCONTROL=erasedups", "echo a", "echo b", "echo a", "history"],
    ["HISTSIZE=2", "echo a", "echo b", "history"],
    ["echo one", "echo two", "fc -l", "fc -ln -1"],
    ["echo \"$HISTCMD\"", "echo \"$HISTCMD\"", "history -w ./copy; cat ./copy"],
  ]

  /// What bgsh does not do as bash does yet.
  static let gaps: [[String]] = [
    ["history -s 'echo stored'", "history", "!!"],
    ["cat <<E\nbody\nE", "history"],
    ["false", "fc -s fal=tru", "fc -s nothing", "history"],
  ]

  @Test(arguments: gaps)
  func `fc knows its own entry`(lines: [String]) throws {
    let (bgsh, bash) = try transcripts(startupFile: "HISTFILE=~/list") { shell, transcript in
      for line in lines { transcript.append("\(line) => \(try shell.turn(line))") }
    }
    #expect(bgsh == bash)
  }

  @Test(arguments: conversations)
  func `the list is bash's`(lines: [String]) throws {
    let (bgsh, bash) = try transcripts(startupFile: "HISTCONTROL=ignoreboth HISTFILE=~/list") { shell, transcript in
      for line in lines { transcript.append("\(line) => \(try shell.turn(line))") }
    }
    #expect(bgsh == bash)
  }

  @Test func `Up goes back through what was typed`() throws {
    let (bgsh, bash) = try transcripts { shell, transcript in
      try shell.turn("echo first")
      try shell.turn("echo second")
      try shell.terminal.send(.up)
      try shell.terminal.expect("echo second")
      try shell.terminal.send(.up)
      try shell.terminal.expectScreen("the line before") { $0.lines.last == "ready> echo first" }
      try shell.terminal.send(.enter)
      transcript.append(try shell.terminal.expect(shell.prompt))
      try shell.terminal.send(.control("r"))
      try shell.terminal.send("sec")
      try shell.terminal.expectScreen("what was searched for") { $0.text.contains("echo second") }
      try shell.terminal.send(.enter)
      try shell.terminal.expect("second\n")
      try shell.terminal.expect(shell.prompt)
      transcript.append(try shell.turn("history"))
    }
    #expect(bgsh.last == bash.last)
  }

  @Test func `entries of the file come first`() throws {
    let (bgsh, bash) = try transcripts(startupFile: "printf '%s\\n' old older >~/list; HISTFILE=~/list") {
      shell, transcript in
      try shell.terminal.send(.up)
      try shell.terminal.expect("older")
      try shell.terminal.send(.control("u"))
      transcript.append(try shell.turn("history"))
    }
    #expect(bgsh.last?.split(separator: "\n").suffix(3) == bash.last?.split(separator: "\n").suffix(3))
  }

  enum End: String, CaseIterable {
    case exit, endOfFile, hangUp, signal
  }

  /// What the history file holds after two sessions that ended so.
  private func file(of kind: ShellKind, end: End, options: String = "") throws -> String {
    let scratch = try ScratchState()
    try scratch.write("from before\n", to: "home/list")
    for session in 1...2 {
      let shell = try kind.start(in: scratch, startupFile: "HISTFILE=~/list; \(options)")
      try shell.turn("echo session \(session)")
      switch end {
      case .exit: try shell.exit()
      case .endOfFile: try shell.terminal.send(.endOfFile)
      case .hangUp: shell.terminal.hangUp()
      case .signal: try shell.terminal.signalProgram(SIGHUP)
      }
      let ending = try shell.terminal.waitForExit()
      if end == .hangUp || end == .signal { #expect(ending == .killed(signal: SIGHUP), "\(kind)") }
    }
    return try FileTree.text("\(scratch.home)/list")
  }

  /// What a line with an operator leaves in the history is what it would leave with bash's.
  @Test(arguments: [
    ["echo first", "cat <<E >/dev/null &bg\nwow !ec\n^a^b\nE", "history"],
    ["--timeout 5m for i in a; do # comment\ntrue $i\ndone", "history"],
    ["histchars='%^#'", "true 1 &bg", "%tr", "history"],
    ["true 1 &bg", "!!", "!true:0 2 &bg", "fc -ln -1", "history"],
    ["HISTCONTROL=ignoreboth", " true &bg", "true &bg", "true &bg", "history"],
  ])
  func `a line that launches is kept as it was typed`(lines: [String]) throws {
    func list(_ kind: ShellKind) throws -> String {
      let scratch = try ScratchState()
      let shell = try kind.start(in: scratch, startupFile: "HISTFILE=~/list; BGSH_NOTIFY=off")
      for line in lines.dropLast() {
        // Bash has to be given something that it knows.
        try shell.begin(kind == .bash ? line.replacing("&bg", with: ":bg").replacing("--timeout 5m ", with: "") : line)
        try shell.terminal.expect(shell.prompt)
      }
      return try shell.turn("history").replacing(":bg", with: "&bg").replacing("--timeout 5m ", with: "")
    }
    #expect(try list(.bgsh) == list(.bash))
  }

  @Test(arguments: End.allCases)
  func `the file is written at the end, and nothing is lost`(end: End) throws {
    let own = try file(of: .bgsh, end: end)
    // A signal that comes just as bash waits for a key is sometimes not heeded before the next one.
    if end != .signal { #expect(try own == file(of: .bash, end: end)) }
    #expect(own.hasPrefix("from before\necho session 1\n"))
    #expect(try file(of: .bgsh, end: end, options: "shopt -s histappend") == own)
  }

  @Test func `a session that hangs up while a program runs writes its file`() throws {
    for kind in ShellKind.allCases {
      let scratch = try ScratchState()
      let shell = try kind.start(in: scratch, startupFile: "HISTFILE=~/list")
      try shell.turn("echo kept")
      try shell.begin("sleep 1234")
      try shell.terminal.waitForForeground("sleep")
      shell.terminal.hangUp()
      _ = try shell.terminal.waitForExit()
      #expect(try FileTree.text("\(scratch.home)/list") == "echo kept\nsleep 1234\n", "\(kind)")
      try waitUntil("nothing is left") { scratch.survivors.isEmpty }
    }
  }
}
