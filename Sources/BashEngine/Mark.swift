/// What bash says about itself over the descriptor of marks.
package enum Mark: Hashable, Sendable {
  /// A line is about to run.
  case begun
  /// What was asked, and the state now.
  case ended(LineEnd, question: Int)
  /// A prompt, expanded; its invisible parts stand between 0x01 and 0x02.
  case prompt([UInt8])
  /// The whole history list, as the `history` builtin prints it.
  case history([UInt8])
}

/// The state of bash after a line.
package struct LineEnd: Hashable, Sendable {
  /// Whether the line ran to its end, and was not broken off by Ctrl-C or an error.
  package var isWhole = true
  /// `$?`.
  package var status: Int32 = 0
  /// `$-`.
  package var flags: [UInt8] = []
  /// `$_`.
  package var underscore: [UInt8] = []
  package var hasPromptCommand = false
  /// Whether `BGSH_NOTIFY` lets notifications be shown.
  package var notifies = true
  /// `vi` or `emacs`, as `set -o` has it; empty if bash has been told neither.
  package var editingMode: [UInt8] = []
  /// The newest history entry, as the `history` builtin prints it; empty if there is none.
  package var newestHistoryEntry: [UInt8] = []

  /// The number of that entry; 0 if there is none.
  package var newestHistoryNumber: Int {
    let digits = newestHistoryEntry.drop { $0 == UInt8(ascii: " ") }.prefix { (48...57).contains($0) }
    return Int(String(decoding: digits, as: UTF8.self)) ?? 0
  }

  /// Whether `set -x` or `set -v` is on.
  package var isTraced: Bool { flags.contains(UInt8(ascii: "x")) || flags.contains(UInt8(ascii: "v")) }

  /// Whether `!!` and its like are expanded.
  package var expandsHistory: Bool { flags.contains(UInt8(ascii: "H")) }
}

/// Puts marks together from the bytes that arrive: NUL-terminated fields, the first of each says what it is. What
/// stands between marks is what bash says of its jobs.
struct MarkReader {
  private var bytes: [UInt8] = []
  private var fields: [[UInt8]] = []
  /// Lines like `[1]+  Done   sleep 1`.
  private var jobNotices: [UInt8] = []

  mutating func append(_ some: [UInt8]) {
    // What has been kept holds no NUL: a field of megabytes is looked at once.
    var rest = some[...]
    while let end = rest.firstIndex(of: 0) {
      fields.append(bytes + rest[..<end])
      bytes = []
      rest = rest[(end + 1)...]
    }
    bytes += rest
  }

  mutating func takeJobNotices() -> [UInt8] {
    defer { jobNotices = [] }
    return jobNotices
  }

  /// The next whole mark.
  mutating func next() -> Mark? {
    while let kind = fields.first {
      switch kind {
      case Array("B".utf8):
        fields.removeFirst()
        return .begun
      case Array("E".utf8):
        guard fields.count > 9 else { return nil }
        let end = LineEnd(
          isWhole: !fields[2].isEmpty, status: Int32(String(decoding: fields[3], as: UTF8.self)) ?? 0,
          flags: fields[4], underscore: fields[5], hasPromptCommand: !fields[6].isEmpty,
          notifies: fields[7] != Array("off".utf8), editingMode: fields[8], newestHistoryEntry: fields[9])
        let question = Int(String(decoding: fields[1], as: UTF8.self)) ?? 0
        fields.removeFirst(10)
        return .ended(end, question: question)
      case Array("P".utf8), Array("H".utf8):
        guard fields.count > 1 else { return nil }
        let text = fields[1]
        fields.removeFirst(2)
        return kind == Array("P".utf8) ? .prompt(text) : .history(text)
      default:
        keepNotices(in: kind)
        fields.removeFirst()
      }
    }
    return nil
  }

  /// Keeps the lines that are about jobs: whatever else a program may have written here is not bash's.
  private mutating func keepNotices(in text: [UInt8]) {
    for line in text.split(separator: UInt8(ascii: "\n")) {
      guard line.first == UInt8(ascii: "["), line.dropFirst().first.map({ (48...57).contains($0) }) == true
      else { continue }
      jobNotices += line + [UInt8(ascii: "\n")]
    }
  }
}
