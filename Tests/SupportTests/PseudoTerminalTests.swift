import Glibc
import TestSupport
import Testing

struct PseudoTerminalTests {
  @Test func `typed lines are echoed and read`() throws {
    let terminal = try PseudoTerminal(Command("cat"))
    try terminal.sendLine("grüße 日本")
    try terminal.expect("grüße 日本\n")
    try terminal.expect("grüße 日本\n")
    try terminal.send(.endOfFile)
    #expect(try terminal.waitForExit() == .success)
  }

  @Test func `expect returns what stood between`() throws {
    let terminal = try PseudoTerminal(Command("printf", ["one two three"]))
    #expect(try terminal.expect("two") == "one ")
    #expect(try terminal.expect("three") == " ")
  }

  @Test func `what was typed has had its effect when everybody rests`() throws {
    let terminal = try PseudoTerminal(Command("sh", ["-c", "read line; seq 20000 | sort -rn | tail -n 1; exec cat"]))
    try terminal.waitForForeground("sh")
    let start = terminal.now
    try terminal.sendLine("go")
    try terminal.settle(since: start)
    #expect(terminal.screen.lines == ["go", "1"])
    #expect(try terminal.ending() == nil)
  }

  @Test func `a program that asks where the cursor is gets an answer`() throws {
    let terminal = try PseudoTerminal(
      Command("bash", ["-c", #"stty raw -echo; printf 'ab\e[6n'; read -r -d R x; stty sane; echo " ${x#?}""#]))
    try terminal.expect("ab [1;3")
  }

  @Test func `Ctrl-C is SIGINT for the foreground group`() throws {
    let terminal = try PseudoTerminal(Command("cat"))
    try terminal.sendLine("up")
    try terminal.expect("up\nup\n")
    try terminal.send(.interrupt)
    #expect(try terminal.waitForExit() == .killed(signal: SIGINT))
  }

  @Test func `hanging up is SIGHUP`() throws {
    let terminal = try PseudoTerminal(Command("cat"))
    #expect(terminal.isEchoing)
    terminal.hangUp()
    #expect(try terminal.waitForExit() == .killed(signal: SIGHUP))
  }

  @Test func `the program leads the terminal's session`() throws {
    let terminal = try PseudoTerminal(Command("bash", ["-c", "tty; stty size; read x"]), rows: 30, columns: 100)
    try terminal.expect("/dev/pts/")
    try terminal.expect("30 100\n")
    #expect(terminal.foregroundGroupID == terminal.processID)
    try terminal.resize(rows: 40, columns: 120)
    try terminal.sendLine("")
    #expect(try terminal.waitForExit() == .success)
  }

  @Test func `an end that comes instead of the text is a failure at once`() throws {
    let terminal = try PseudoTerminal(Command("true"))
    #expect(throws: HarnessFailure.self) { try terminal.expect("never") }
  }

  @Test func `escape sequences are not in the text, but on the screen and in the bytes`() throws {
    let terminal = try PseudoTerminal(
      Command("printf", [#"\033]9;done\007\033[31mred\033[m\r\033[2Cx\n\033[2;5Hthere"#]))
    try terminal.expect("there")
    #expect(terminal.text == "redx\nthere")
    #expect(terminal.screen.lines == ["rex", "    there"])
    #expect(terminal.systemCommands == ["9;done"])
    #expect(terminal.bytes.starts(with: [0x1B, 0x5D]))
  }

  @Test func `bash is a shell session`() throws {
    let scratch = try ScratchState()
    let shell = try ShellSession(
      in: scratch, program: "bash", arguments: ["--noprofile"], startupFile: "greeting=hello")
    #expect(try shell.turn("echo $greeting").hasSuffix("hello\n"))
    #expect(try shell.turn("cd /; pwd").hasSuffix("/\n"))
    try shell.begin("sleep 1000")
    try shell.terminal.waitForForeground("sleep")
    try shell.terminal.send(.interrupt)
    try shell.terminal.expect("ready> ")
    #expect(try shell.turn("echo $?").contains("130"))
    #expect(try shell.exit(3) == .exited(3))
  }

  @Test func `a full-screen program is seen as a person sees it`() throws {
    let scratch = try ScratchState()
    try scratch.write((1...100).map { "line \($0)\n" }.joined(), to: "text")
    let terminal = try PseudoTerminal(scratch.command("less", "text"))
    try terminal.expectScreen("the first page") { $0.isAlternate && $0.lines.first == "line 1" }
    try terminal.send("G")
    try terminal.expectScreen("the last page") { $0.lines.contains("line 100") && !$0.lines.contains("line 1") }
    try terminal.send("q")
    #expect(try terminal.waitForExit() == .success)
    #expect(!terminal.screen.isAlternate)
  }
}
