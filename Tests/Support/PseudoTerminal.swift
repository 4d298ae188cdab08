import CTestSupport
import Glibc

/// A program on a terminal of its own, with the test as the person in front of it.
///
/// What the program writes is read while the test waits for something; a program that writes without end blocks
/// meanwhile, as it would on a terminal that nobody scrolls.
package final class PseudoTerminal {
  /// The path of its device.
  package let name: String
  private let master: Int32
  private let process: SpawnedProcess
  private var parser = TerminalParser()
  private var plain: [UInt8] = []
  /// Where in `plain` the next `expect` begins to look.
  private var unread = 0
  private var isHungUp = false
  private var observer: SessionObserver

  /// All that was written so far, escape sequences included.
  package private(set) var bytes: [UInt8] = []
  /// The same as text, without escape sequences, carriage returns and other control characters than newline and tab.
  package var text: String { String(decoding: plain, as: UTF8.self) }
  /// The operating system commands (`ESC ]`) seen so far, such as titles and desktop notifications.
  package private(set) var systemCommands: [String] = []
  private var seenScreen: Screen

  /// What a person sees now.
  package var screen: Screen {
    drainNow()
    return seenScreen
  }

  /// The process ID of the program, which is also its session.
  package var processID: Int32 { process.processID }

  package init(_ command: Command, rows: Int = 24, columns: Int = 80) throws {
    var buffer = [CChar](repeating: 0, count: 128)
    master = bgtest_open_terminal(Int32(rows), Int32(columns), &buffer, buffer.count)
    guard master >= 0 else { throw HarnessFailure.systemCall("cannot open a pseudo-terminal") }
    seenScreen = Screen(rows: rows, columns: columns)
    name = String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    do {
      process = try SpawnedProcess(command, terminal: name)
      observer = SessionObserver(session: process.processID)
    } catch {
      close(master)
      throw error
    }
  }

  deinit {
    if !isHungUp { close(master) }
  }

  // MARK: Reading

  /// Waits until the program has written `wanted`, behind what earlier calls found.
  ///
  /// - Returns: What stood between. The next call looks behind `wanted`.
  @discardableResult
  package func expect(_ wanted: String, within limit: Duration = patience) throws -> String {
    let pattern = Array(wanted.utf8)
    var found = unread
    try wait(for: "'\(wanted)'", within: limit) {
      // What was looked at in vain is not looked at again, but for a beginning of the text at its end.
      guard let start = plain.firstOccurrence(of: pattern, from: found) else {
        found = max(found, plain.count - pattern.count)
        return false
      }
      found = start
      return true
    }
    let before = String(decoding: plain[unread..<found], as: UTF8.self)
    unread = found + pattern.count
    return before
  }

  /// Waits until what is on the screen satisfies a condition.
  package func expectScreen(
    _ what: String, within limit: Duration = patience, where condition: (Screen) -> Bool
  ) throws {
    try wait(for: what, within: limit) { condition(seenScreen) }
  }

  /// Waits for any condition while the program's output is read.
  package func waitUntil(
    _ what: String, within limit: Duration = patience, _ condition: () throws -> Bool
  ) throws {
    let deadline = Deadline(after: limit)
    while try !condition() {
      guard !deadline.hasPassed else { throw failure("\(what): not within \(limit)") }
      pump(milliseconds: 5)
    }
  }

  /// What was written since the last `expect`, so far.
  package var unexpected: String {
    drainNow()
    return String(decoding: plain[unread...], as: UTF8.self)
  }

  private func wait(for what: String, within limit: Duration, _ isSatisfied: () -> Bool) throws {
    let deadline = Deadline(after: limit)
    drainNow()
    while !isSatisfied() {
      guard !isHungUp else { throw failure("\(what): the terminal is hung up") }
      guard !deadline.hasPassed else { throw failure("\(what): not within \(limit)") }
      guard pump(milliseconds: deadline.milliseconds) else {
        if isSatisfied() { return }
        throw failure("\(what): every program on the terminal has ended")
      }
    }
  }

  private func failure(_ what: String) -> HarnessFailure {
    HarnessFailure(
      """
      \(what)
      -- the screen --
      \(seenScreen.text)
      -- the last text --
      \(text.suffix(2000))
      """)
  }

  private func drainNow() {
    while pump(milliseconds: 0, isWaiting: false) {}
  }

  /// Waits for output and takes it. False at the end, and, where nothing was to be awaited, when there is none.
  @discardableResult
  private func pump(milliseconds: Int32, isWaiting: Bool = true) -> Bool {
    guard !isHungUp else { return false }
    var descriptor = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
    guard poll(&descriptor, 1, milliseconds) > 0 else { return isWaiting }
    var fresh: [UInt8] = []
    let hasEnded = (try? drain(master, into: &fresh)) ?? true
    bytes += fresh
    var answer: [UInt8] = []
    parser.parse(fresh) { element in
      seenScreen.apply(element)
      // Where the cursor is: fzf waits for the answer.
      if element == .sequence(prefix: nil, numbers: [6], final: "n") {
        answer += Array("\u{1B}[\(seenScreen.cursor.row + 1);\(seenScreen.cursor.column + 1)R".utf8)
      }
      switch element {
      case .character(let character): plain += character.utf8
      case .control(let byte) where byte == 0x0A || byte == 0x09: plain.append(byte)
      case .command(let command): systemCommands.append(command)
      default: break
      }
    }
    if !answer.isEmpty { write(master, answer, answer.count) }
    return !(hasEnded && fresh.isEmpty)
  }

  /// A moment to compare with later ones, taken before something is typed.
  package struct Moment {
    fileprivate let byteCount: Int
    fileprivate let activity: SessionActivity
  }

  package var now: Moment {
    drainNow()
    return Moment(byteCount: bytes.count, activity: observer.look())
  }

  /// Waits until what was done after a moment has had its effect and everybody on the terminal waits again.
  ///
  /// What has no effect at all, such as a key that a program ignores, is given up on after `silence`.
  package func settle(since start: Moment, silence: Duration = .milliseconds(300)) throws {
    let deadline = Deadline(after: patience)
    let silenceEnd = Deadline(after: silence)
    var previous = start
    var quietLooks = 0
    // The line discipline hands on what was typed in a thread of the kernel's: three looks outlast that.
    while quietLooks < 3 {
      guard !deadline.hasPassed else { throw failure("no rest on the terminal: not within \(patience)") }
      pump(milliseconds: 2)
      let next = now
      let isSame = next.byteCount == previous.byteCount && next.activity == previous.activity
      let hasReacted = next.byteCount != start.byteCount || next.activity != start.activity
      quietLooks = isSame && next.activity.isAtRest && (hasReacted || silenceEnd.hasPassed) ? quietLooks + 1 : 0
      previous = next
      if try ending() != nil { return drainNow() }
    }
  }

  // MARK: Typing

  package enum Key: Sendable {
    case enter, tab, escape, backspace
    case up, down, left, right, home, end, delete
    /// With Ctrl held: `.control("c")`.
    case control(Character)
    /// With Alt held, as most terminals send it: behind an escape.
    case alt(Character)
    /// What no key sends.
    case bytes([UInt8])

    package static let interrupt = control("c")
    package static let suspend = control("z")
    package static let endOfFile = control("d")

    var bytes: [UInt8] {
      switch self {
      case .enter: [0x0D]
      case .tab: [0x09]
      case .escape: [0x1B]
      case .backspace: [0x7F]
      case .up: Array("\u{1B}[A".utf8)
      case .down: Array("\u{1B}[B".utf8)
      case .right: Array("\u{1B}[C".utf8)
      case .left: Array("\u{1B}[D".utf8)
      case .home: Array("\u{1B}[H".utf8)
      case .end: Array("\u{1B}[F".utf8)
      case .delete: Array("\u{1B}[3~".utf8)
      case .alt(let character): [0x1B] + Array(String(character).utf8)
      case .bytes(let bytes): bytes
      case .control(let character): [(character.asciiValue ?? 0) & 0x1F]
      }
    }
  }

  package func send(_ text: String) throws { try send(bytes: Array(text.utf8)) }
  package func sendLine(_ line: String) throws { try send(bytes: Array(line.utf8) + [0x0D]) }
  package func send(_ key: Key) throws { try send(bytes: key.bytes) }

  private func send(bytes: [UInt8]) throws {
    let deadline = Deadline(after: patience)
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { write(master, $0.baseAddress, $0.count) }
      if count > 0 {
        rest = rest.dropFirst(count)
        continue
      }
      guard errno == EAGAIN || errno == EINTR else { throw HarnessFailure.systemCall("typing") }
      guard !deadline.hasPassed else { throw failure("typed text is not read") }
      pump(milliseconds: 5)
    }
  }

  // MARK: The terminal itself

  package func resize(rows: Int, columns: Int) throws {
    guard bgtest_resize_terminal(master, Int32(rows), Int32(columns)) == 0 else {
      throw HarnessFailure.systemCall("resize")
    }
    seenScreen.resize(rows: rows, columns: columns)
  }

  /// The group that has the terminal.
  package var foregroundGroupID: Int32 { tcgetpgrp(master) }

  /// Waits until a program has the terminal and runs. Before its exec, a Ctrl-C may still meet the shell's handlers.
  package func waitForForeground(_ name: String, within limit: Duration = patience) throws {
    try waitUntil("'\(name)' in the foreground", within: limit) {
      (try? FileTree.text("/proc/\(foregroundGroupID)/comm")) == "\(name)\n"
    }
  }

  /// Whether typed characters are echoed by the terminal itself.
  package var isEchoing: Bool { modes.c_lflag & tcflag_t(ECHO) != 0 }
  /// Whether the terminal hands on whole lines.
  package var isCanonical: Bool { modes.c_lflag & tcflag_t(ICANON) != 0 }

  /// The flags of the terminal, all of them, to compare.
  package var modeFlags: [UInt32] { [modes.c_iflag, modes.c_oflag, modes.c_cflag, modes.c_lflag] }

  private var modes: termios {
    var modes = termios()
    tcgetattr(master, &modes)
    return modes
  }

  /// Closes the terminal, as a terminal window that is closed does.
  package func hangUp() {
    guard !isHungUp else { return }
    drainNow()
    isHungUp = true
    close(master)
  }

  // MARK: The program

  package func signalProgram(_ signal: Int32) throws { try process.send(signal: signal) }

  /// How the program ended, or nil while it runs.
  package func ending() throws -> Ending? { try process.reap() }

  /// Waits until the program itself has ended; what it started may run on.
  package func waitForExit(within limit: Duration = patience) throws -> Ending {
    var status: Ending?
    try waitUntil("the end of the program", within: limit) {
      status = try process.reap()
      return status != nil
    }
    drainNow()
    return status ?? .success
  }
}

extension [UInt8] {
  fileprivate func firstOccurrence(of pattern: [UInt8], from start: Int) -> Int? {
    guard let first = pattern.first, count - start >= pattern.count else { return nil }
    return (start...(count - pattern.count)).first {
      self[$0] == first && self[$0..<($0 + pattern.count)].elementsEqual(pattern)
    }
  }
}
