@preconcurrency import CReadline
import Glibc
import ProcessControl
import SystemPackage

/// The line that the user edits: readline with its bindings, its history and its display.
///
/// The one place that knows readline, which is one for the whole process.
final class LineEditor {
  /// What the user did with a line.
  enum Input: Hashable {
    case line([UInt8])
    /// Ctrl-D on an empty line, or the end of the input.
    case endOfInput
    /// Ctrl-C.
    case interrupted
    /// Something else ended the wait, see ``stop()``.
    case stopped
  }

  private let loop: EventLoop
  /// The number and text of the newest entry of bash's history, which is copied here.
  private var newestEntry: (number: Int, text: [UInt8]) = (0, [])

  private var editingMode: [UInt8] = []

  init(loop: EventLoop) {
    self.loop = loop
    bgsh_readline_configure()
    rl_initialize()
    using_history()
  }

  private static let restMilliseconds: Int64 = 1_000

  // MARK: Reading

  /// Shows a prompt and returns when there is a line.
  ///
  /// - Parameters:
  ///   - prompt: Its invisible parts stand between 0x01 and 0x02.
  ///   - shouldStop: Asked after everything that happens; ends the wait when true.
  func read(prompt: [UInt8], until shouldStop: () -> Bool) -> Input {
    received = nil
    let text = prompt.map { CChar(bitPattern: $0) } + [0]
    rl_callback_handler_install(text) { line in
      received =
        line.map { text in
          defer { free(text) }
          return .line(Array(UnsafeRawBufferPointer(start: text, count: strlen(text))))
        } ?? .endOfInput
      rl_callback_handler_remove()
    }
    var hasFailed = false
    do throws(Errno) {
      try loop.watch(.standardInput) { _ in rl_callback_read_char() }
      var isResting = false
      while received == nil, !shouldStop() {
        let happened = try loop.turn(milliseconds: isResting ? nil : Self.restMilliseconds)
        // Whoever thinks for a while needs no code in memory.
        if !happened { ProgramText.release() }
        isResting = !happened
      }
    } catch {
      // No terminal that could be waited for is as good as the end of it.
      hasFailed = true
      received = .endOfInput
    }
    loop.ignore(.standardInput)
    if received == nil || hasFailed { rl_callback_handler_remove() }
    return received ?? .stopped
  }

  /// Ctrl-C came: leaves the line as it stands on the screen, and ``read(prompt:until:)`` returns.
  func interrupt() {
    guard received == nil else { return }
    bgsh_readline_abandon_line()
    // Before readline ends bracketed paste, which moves the cursor to the left.
    FileDescriptor.standardError.show("^C\n")
    rl_callback_handler_remove()
    received = .interrupted
  }

  /// The window has another size.
  func resize() {
    rl_resize_terminal()
  }

  /// Edits as `set -o vi` or `set -o emacs` asks; nothing asks for nothing.
  func edit(as mode: [UInt8]) {
    guard !mode.isEmpty, mode != editingMode else { return }
    editingMode = mode
    rl_variable_bind("editing-mode", String(decoding: mode, as: UTF8.self))
  }

  /// Applies a line of inputrc, as `bind` takes it.
  func bind(_ line: String) {
    var bytes = Array(line.utf8CString)
    rl_parse_and_bind(&bytes)
  }

  // MARK: History

  /// Expands `!!` and its like.
  enum Expansion: Hashable {
    case unchanged
    case expanded([UInt8])
    /// `:p`: shown and kept, not run.
    case shownOnly([UInt8])
    case failed(String)
  }

  func expandHistory(in line: [UInt8]) -> Expansion {
    var text = line.map { CChar(bitPattern: $0) } + [0]
    var result: UnsafeMutablePointer<CChar>?
    let outcome = history_expand(&text, &result)
    guard let result else { return .unchanged }
    defer { free(result) }
    let bytes = Array(UnsafeRawBufferPointer(start: result, count: strlen(result)))
    switch outcome {
    case 0: return .unchanged
    case 1: return .expanded(bytes)
    case 2: return .shownOnly(bytes)
    default: return .failed(String(decoding: bytes, as: UTF8.self))
    }
  }

  /// Brings the copy up to date after a line.
  ///
  /// - Parameters:
  ///   - entry: Bash's newest entry, as the `history` builtin prints it.
  ///   - whole: Asks bash for all of them, where one line tells too little.
  func synchronizeHistory(newest entry: [UInt8], whole: () -> [UInt8]?) {
    guard let (number, text) = Self.entries(in: entry).last else {
      if newestEntry.number != 0 { replaceHistory(with: []) }
      return
    }
    if number == newestEntry.number, text == newestEntry.text { return }
    if number == newestEntry.number + 1 {
      append(text)
      newestEntry = (number, text)
    } else if let listing = whole() {
      replaceHistory(with: Self.entries(in: listing))
    }
  }

  private func replaceHistory(with entries: [(number: Int, text: [UInt8])]) {
    clear_history()
    for entry in entries { append(entry.text) }
    newestEntry = entries.last ?? (0, [])
  }

  private func append(_ text: [UInt8]) {
    bgsh_history_append(text.map { CChar(bitPattern: $0) } + [0])
  }

  /// Reads what the `history` builtin prints: a number, a blank or `*`, a blank, the text. A line that does not go on
  /// with the next number belongs to the entry before.
  static func entries(in listing: [UInt8]) -> [(number: Int, text: [UInt8])] {
    var entries: [(number: Int, text: [UInt8])] = []
    for line in listing.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      let digits = line.drop { $0 == UInt8(ascii: " ") }.prefix { (48...57).contains($0) }
      let number = Int(String(decoding: digits, as: UTF8.self))
      if let number, entries.isEmpty || number == entries[entries.count - 1].number + 1 {
        entries.append((number, Array(line[digits.endIndex...].dropFirst(2))))
      } else if !entries.isEmpty {
        entries[entries.count - 1].text += [UInt8(ascii: "\n")] + line
      }
    }
    // The listing's own last newline.
    if let last = entries.last, last.text.last == UInt8(ascii: "\n") { entries[entries.count - 1].text.removeLast() }
    return entries
  }
}

/// Where readline's handler, which has no context of its own, leaves the line. One thread, one editor.
nonisolated(unsafe) private var received: LineEditor.Input?
