import TestSupport
import Testing

/// Tab, where only bgsh knows what may stand; everything else is bash's (Tests/ComparisonTests).
struct CompletionTests {
  @Test func `flags, references and the commands behind them are completed`() throws {
    let scratch = try ScratchState()
    let shell = try ShellSession(in: scratch, startupFile: "complete -W 'alpha' cmd; bind 'set bell-style none'")
    try shell.turn("cat gate &bg --name tests")
    for (typed, expected) in [
      ("make &bg --na", "make &bg --name"), ("make &bg --name x --ti", "make &bg --name x --timeout"),
      ("for i in 1; do make &bg --ki", "for i in 1; do make &bg --kill-after"), ("wait @te", "wait @tests"),
      ("output --fo", "output --follow"), ("true &bg cmd al", "true &bg cmd alpha"),
      ("--timeout 5m cmd al", "--timeout 5m cmd alpha"), ("true &bg; cmd al", "true &bg; cmd alpha"),
    ] {
      try shell.terminal.send(typed)
      try shell.terminal.send(.control("i"))
      try shell.terminal.expectScreen("'\(expected)'") { $0.lines.last { !$0.isEmpty } == shell.prompt + expected }
      try shell.terminal.send(.interrupt)
      try shell.terminal.expect(shell.prompt)
    }
  }

  /// A name, what is typed, and what stands there after Tab.
  static let names: [(name: String, typed: String, completed: String)] = [
    ("feat$(touch${IFS}x)", "output @fe", #"output @feat\$\(touch\$\{IFS\}x\)"#),
    ("feat$(touch${IFS}x)", #"output @feat\$\(to"#, #"output @feat\$\(touch\$\{IFS\}x\)"#),
    ("feat$(touch${IFS}x)", #"output "@fe"#, #"output "@feat\$(touch\${IFS}x)""#),
    ("feat$(touch${IFS}x)", "output '@fe", "output '@feat$(touch${IFS}x)'"),
    ("a `touch x`; \"b\" !!", "output @a", #"output @a\ \`touch\ x\`\;\ \"b\"\ \!\!"#),
    ("a `touch x`; \"b\" !!", #"output "@a"#, ##"output "@a \`touch x\`; \"b\" "\!""\!"""##),
    ("it's", "output @it", #"output @it\'s"#),
    ("it's", "output '@it", #"output '@it'\''s'"#),
    ("that'", "output '@that", #"output '@that'\'''"#),
    ("~x*?[a]", "output @~", #"output @~x\*\?\[a\]"#),
    ("größe", "output @gr", "output @größe"),
  ]

  @Test(arguments: names)
  func `a name is completed to what means that name`(name: String, typed: String, completed: String) throws {
    let scratch = try ScratchState()
    let shell = try ShellSession(
      in: scratch, environment: ["LC_ALL": "C.UTF-8", "NAME": name], startupFile: "bind 'set bell-style none'")
    try shell.turn(#"echo of this task &bg --name "$NAME""#)
    try shell.turn("wait @@ >/dev/null")
    try shell.terminal.send(typed)
    try shell.terminal.send(.control("i"))
    try shell.terminal.expectScreen("'\(completed)'") { $0.lines.last { !$0.isEmpty } == shell.prompt + completed }
    try shell.terminal.send("\r")
    #expect(try shell.terminal.expect(shell.prompt).hasSuffix("of this task\n"))
    #expect(!FileTree.exists("\(scratch.path)/x"))
  }

  @Test func `what names have in common is completed, and then they are listed`() throws {
    let scratch = try ScratchState()
    let shell = try ShellSession(in: scratch, startupFile: "bind 'set bell-style none'")
    try shell.turn("true &bg --name 'a b $x'; true &bg --name 'a b $(y)'")
    try shell.terminal.send("output @a")
    try shell.terminal.send(.control("i"))
    try shell.terminal.expectScreen("the common part") {
      $0.lines.last { !$0.isEmpty } == shell.prompt + #"output @a\ b\ \$"#
    }
    for _ in 1...2 { try shell.terminal.send(.control("i")) }
    try shell.terminal.expect(#"@a\ b\ \$\(y\)  @a\ b\ \$x"#)
    try shell.terminal.send("x")
    try shell.terminal.send(.control("i"))
    try shell.terminal.expectScreen("the one") { $0.lines.last { !$0.isEmpty } == shell.prompt + #"output @a\ b\ \$x"# }
  }

  @Test(arguments: [
    ("bgsh output @fe", #"@feat\$\(x\)\'s"#), (#"bgsh output "@fe"#, #"@feat\$(x)'s""#),
    ("bgsh output '@fe", #"@feat$(x)'\''s'"#),
  ])
  func `the completion for bash quotes names too`(line: String, completed: String) throws {
    let scratch = try ScratchState()
    _ = try scratch.bgsh("-c", #"true &bg --name "feat\$(x)'s"; wait"#)
    let root = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    var bash = scratch.command(
      "bash", "-c",
      #". "$1/completions/bgsh.bash"; COMP_LINE=$2 COMP_POINT=${#2}; _bgsh "$3" @fe output; printf '%s\n' "${COMPREPLY[@]}""#,
      "bash", root, line, BuiltProducts.bgsh)
    bash.environment["LC_ALL"] = "C.UTF-8"
    #expect(try bash.run().standardOutput == completed + "\n")
  }
}
