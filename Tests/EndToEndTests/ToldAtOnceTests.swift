import TestSupport
import Testing

/// Notices while a line is being edited: above it, and without harm to it.
struct ToldAtOnceTests {
  /// Something half done at a prompt.
  struct Edit: CustomTestStringConvertible, Sendable {
    let name: String
    var setup: [String] = []
    var prompt = "ready> "
    var columns = 60
    /// What is typed, and what the last key has on the screen.
    let keys: [PseudoTerminal.Key]
    let shown: String
    /// What then makes a command of it, and what that prints.
    let rest: [PseudoTerminal.Key]
    let result: String

    var testDescription: String { name }
  }

  private static func typed(_ text: String) -> PseudoTerminal.Key { .bytes(Array(text.utf8)) }
  private static let wide = "日本語日本語日本語日本語日本語日本語"

  static let edits: [Edit] = [
    Edit(
      name: "a plain line", keys: [typed("echo half")], shown: "ready> echo half", rest: [typed("-typed"), .enter],
      result: "half-typed"),
    Edit(
      name: "an empty line", keys: [typed("x"), .backspace], shown: "ready>", rest: [typed("echo whole"), .enter],
      result: "whole"),
    Edit(
      name: "the middle of a wrapped line of wide characters",
      keys: [typed("echo \(wide) behind"), .left, .left, .left, .left, .left, .left, .left], shown: " behind",
      rest: [typed("-"), .enter], result: "\(wide)- behind"),
    Edit(
      name: "a line that ends at the edge", columns: 40, keys: [typed("echo " + String(repeating: "x", count: 28))],
      shown: "xxx", rest: [typed("yz"), .enter], result: String(repeating: "x", count: 28) + "yz"),
    Edit(
      name: "a prompt of several lines", prompt: #"\n\[\e[1m\]┌ 日本\[\e[0m\]\n│\n└ ready> "#, keys: [typed("echo half")],
      shown: "└ ready> echo half", rest: [typed("-typed"), .enter], result: "half-typed"),
    Edit(
      name: "a prompt whose first line wraps", prompt: String(repeating: "p", count: 70) + #"\nready> "#,
      keys: [typed("echo half")], shown: "ready> echo half", rest: [typed("-typed"), .enter], result: "half-typed"),
    Edit(
      name: "a prompt with marks of shell integration",
      prompt: #"\[\e]133;D;$?\a\e]133;A\a\]ready> \[\e]133;B\a\]"#, keys: [typed("echo half")],
      shown: "ready> echo half", rest: [typed("-typed"), .enter], result: "half-typed"),
    Edit(
      name: "vi mode", setup: ["set -o vi"], keys: [typed("echo half"), .escape, typed("0w")],
      shown: "ready> echo half", rest: [typed("iother-"), .enter], result: "other-half"),
    Edit(
      name: "a search of the history", setup: ["echo needle-in-hay"], prompt: #"above\nready> "#,
      keys: [.control("r"), typed("needle")], shown: "(reverse-i-search)`needle': echo needle-in-hay", rest: [.enter],
      result: "needle-in-hay"),
    Edit(
      name: "a search that is given up", setup: ["echo needle-in-hay"], prompt: #"above\nready> "#,
      keys: [typed("echo mine"), .control("r"), typed("needle")],
      shown: "(reverse-i-search)`needle': echo needle-in-hay", rest: [.control("g"), typed("-own"), .enter],
      result: "mine-own"),
    Edit(
      name: "a number before a key", keys: [typed("echo "), .alt("3")], shown: "(arg: 3) echo",
      rest: [typed("z"), .enter], result: "zzz"),
    Edit(
      name: "a quoted key", keys: [typed("echo 'a"), .control("v")], shown: "ready> echo 'a",
      rest: [.control("a"), typed("b' | tr '\\1' _"), .enter], result: "a_b"),
    Edit(
      name: "a later line of a command", keys: [typed("echo first; {"), .enter, typed("echo seco")],
      shown: "> echo seco",
      rest: [typed("nd; }"), .enter], result: "first"),
    Edit(
      name: "a line that was listed for completion", setup: ["touch one-a one-b"],
      keys: [typed("echo one-"), .tab, .tab], shown: "ready> echo one-", rest: [typed("a"), .enter], result: "one-a"),
  ]

  @Test(arguments: edits)
  func `what is being edited stands below the notice, unharmed`(_ edit: Edit) throws {
    let scratch = try ScratchState()
    let gate = try Gate(in: scratch)
    let shell = try ShellSession(
      in: scratch, startupFile: "BGSH_NOTIFY=now\nPS1='\(edit.prompt)'", rows: 50, columns: edit.columns)
    let terminal = shell.terminal
    for line in edit.setup { try shell.turn(line) }
    try shell.turn("read <gate &bg --name it")
    let above = terminal.screen.lines.count
    for key in edit.keys { try terminal.send(key) }
    try terminal.expectScreen("what was typed") { $0.lines.last?.hasSuffix(edit.shown) == true }
    let moment = terminal.now
    try terminal.settle(since: moment, silence: .milliseconds(50))
    let before = terminal.screen
    try gate.open()
    try terminal.expectScreen("the notice") { $0.lines.contains { $0.contains("[@1 it] ✔ done after ") } }
    try terminal.settle(since: moment)
    let after = terminal.screen
    let place = try #require(after.lines.firstIndex { $0.contains("[@1 it] ✔ done after ") })
    var rest = after.lines
    rest.remove(at: place)
    #expect(rest == before.lines)
    #expect(place >= above - 1 - edit.prompt.split(separator: #"\n"#).count, "below what was there")
    #expect(after.cursor == (before.cursor.row + 1, before.cursor.column))
    for key in edit.rest { try terminal.send(key) }
    try terminal.expect("\n\(edit.result)\n")
    try terminal.expect(shell.prompt)
    #expect(try shell.turn("echo and on").hasPrefix("and on\n"))
  }

  @Test(
    arguments: [
      ("set -b", true), ("BGSH_NOTIFY=now", true), ("BGSH_NOTIFY=prompt; set -b", true), ("set -b; set +b", false),
      ("BGSH_NOTIFY=off; set -b", false), ("BGSH_NOTIFY=now; TMOUT=1000", true), (":", false),
    ])
  func `it is told at once where that is asked for`(_ setting: String, _ isAtOnce: Bool) throws {
    let scratch = try ScratchState()
    let gate = try Gate(in: scratch)
    let shell = try ShellSession(in: scratch)
    try shell.turn(setting)
    try shell.turn("read <gate &bg")
    let before = shell.terminal.screen.lines
    try gate.open()
    try scratch.waitForEnd()
    guard isAtOnce else { return #expect(shell.terminal.screen.lines == before) }
    try shell.terminal.expectScreen("the notice") { $0.lines.dropLast().last?.hasPrefix("[@1] ✔ done after ") == true }
    #expect(shell.terminal.screen.lines.last == "ready>")
    try shell.terminal.expect(shell.prompt)
    #expect(try shell.turn("") == "")
  }

  @Test func `it is told at once where bgsh was started for that`() throws {
    let scratch = try ScratchState()
    let gate = try Gate(in: scratch)
    let shell = try ShellSession(in: scratch, arguments: ["--notify", "now"])
    try shell.turn("read <gate &bg")
    try gate.open()
    try shell.terminal.expect("[@1] ✔ done after ")
    try shell.terminal.expect(shell.prompt)
  }

  @Test func `nothing is told while a program has the terminal`() throws {
    let scratch = try ScratchState()
    let gate = try Gate(in: scratch)
    let shell = try ShellSession(in: scratch, startupFile: "BGSH_NOTIFY=now")
    try shell.turn("read <gate &bg")
    try shell.begin("cat")
    try shell.terminal.waitForForeground("cat")
    try gate.open()
    try scratch.waitForEnd()
    try shell.terminal.sendLine("typed")
    try shell.terminal.expect("typed\ntyped\n")
    #expect(!shell.terminal.text.contains("done"))
    try shell.terminal.send(.endOfFile)
    #expect(try shell.terminal.expect(shell.prompt).hasPrefix("[@1] ✔ done after "))
  }

  @Test func `a question about completions is answered first`() throws {
    let scratch = try ScratchState()
    let gate = try Gate(in: scratch)
    let shell = try ShellSession(
      in: scratch, startupFile: "BGSH_NOTIFY=now; bind 'set completion-query-items 2'; touch x{1..9}")
    try shell.turn("read <gate &bg")
    try shell.terminal.send("echo x")
    try shell.terminal.send(.tab)
    try shell.terminal.send(.tab)
    try shell.terminal.expect("Display all 9 possibilities? (y or n)")
    try gate.open()
    try scratch.waitForEnd()
    #expect(shell.terminal.unexpected == "")
    try shell.terminal.send("n")
    try shell.terminal.expect("[@1] ✔ done after ")
    try shell.terminal.expect("ready> echo x")
    try shell.terminal.send("1")
    try shell.terminal.send(.enter)
    try shell.terminal.expect("\nx1\n")
  }

  @Test func `what a bgsh that has died would tell holds up nobody`() throws {
    let scratch = try ScratchState()
    let shell = try ShellSession(in: scratch, startupFile: "BGSH_NOTIFY=now")
    let session = try SessionProcesses(in: scratch)
    session.kill(.bgsh)
    try shell.terminal.waitUntil("nothing is left") { scratch.survivors.isEmpty }
  }

  /// A line under the hands of somebody who types without a pause.
  private struct TypedLine {
    private(set) var text: [Character] = []
    private var cursor = 0
    private var random = SystemRandomNumberGenerator()
    private static let characters = Array("abcxyz0189_-+=.,:@%日語é")

    /// The next key, of which the line is what readline makes of it.
    mutating func key() -> String {
      switch Int.random(in: 0..<20, using: &random) {
      case 0...11:
        if text.count > 150 { break }
        let character = Self.characters.randomElement(using: &random) ?? "x"
        text.insert(character, at: cursor)
        cursor += 1
        return String(character)
      case 12, 13:
        cursor = max(0, cursor - 1)
        return "\u{2}"
      case 14:
        cursor = min(text.count, cursor + 1)
        return "\u{6}"
      case 15:
        cursor = 0
        return "\u{1}"
      case 16, 17:
        cursor = text.count
        return "\u{5}"
      default: break
      }
      guard cursor > 0 else { return "\u{1}" }
      cursor -= 1
      text.remove(at: cursor)
      return "\u{7f}"
    }
  }

  @Test func `no key is lost, whenever notices come`() throws {
    let scratch = try ScratchState()
    let shell = try ShellSession(in: scratch, startupFile: #"BGSH_NOTIFY=now; PS1='above\nready> '"#, columns: 60)
    let terminal = shell.terminal
    try shell.turn(#"for ((i = 0; i < 50; i++)); do sleep "0.$((RANDOM % 90 + 10))" &bg; done"#)
    try shell.turn("line() { printf %s \"$1\" >typed; }")
    var line = TypedLine()
    var keys = 0
    while try scratch.records().count(where: { $0["ended_at"] == .null }) > 0 || keys < 500 {
      for _ in 0..<40 {
        try terminal.send((0..<Int.random(in: 1...4)).map { _ in line.key() }.joined())
        keys += 1
        // Between two looks of the terminal anything may come.
        var looks = Int.random(in: 0...2)
        try terminal.waitUntil("the next key") {
          looks -= 1
          return looks < 0
        }
      }
    }
    try terminal.send("\u{5}'\u{1}line '")
    try terminal.send(.enter)
    try terminal.waitUntil("the line is run") { FileTree.exists("\(scratch.path)/typed") }
    try terminal.waitUntil("it is written") {
      try FileTree.text("\(scratch.path)/typed").count >= line.text.count
    }
    #expect(try FileTree.text("\(scratch.path)/typed") == String(line.text))
    try terminal.expectScreen("the next prompt") { $0.lines.last == "ready>" }
    let told = terminal.text.split(separator: "] ✔ done after ", omittingEmptySubsequences: false).count - 1
    let folded = terminal.text.matches(of: #/and ([0-9]+) more done/#).compactMap { Int($0.1) }.reduce(0, +)
    #expect(told + folded == 50)
  }
}
