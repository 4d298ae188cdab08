import BashSyntax
import CProtocol

/// What bash has read and not run, as the library shows it.
package struct ReadText: Hashable, Sendable {
  /// What the text is.
  package enum Place: Hashable, Sendable {
    /// The first line of a command that somebody types.
    case firstLine
    /// A later line of one.
    case laterLine
    /// The lines so far of a command of a source, of which the newest begins at that offset.
    case lines(newest: Int)
    /// A command of a source, whose end bash has found.
    case command
    /// All of a text that bash is about to evaluate.
    case evaluated
  }

  package var place: Place
  /// Without the last newline; a line that is typed, after history expansion.
  package var text: [UInt8]
  /// Where the text begins in a source, counted from 1.
  package var firstLine = 1
  /// Whether bash reads as it does in posix mode.
  package var isPosix = false
  /// The shell's aliases, bodies by name, if they may matter.
  package var aliases: [[UInt8]: [UInt8]] = [:]

  package init(_ text: [UInt8], at place: Place) {
    self.text = text
    self.place = place
  }

  /// Reads the fields of a message; nil if they are none.
  init?(fields: [[UInt8]]) {
    guard fields.count >= 5, let newest = Int(String(decoding: fields[1], as: UTF8.self)),
      let firstLine = Int(String(decoding: fields[2], as: UTF8.self)), (0...fields[4].count).contains(newest)
    else { return nil }
    text = fields[4]
    switch TextPlace(rawValue: UInt32(fields[0].first ?? 0)) {
    case .firstLine: place = .firstLine
    case .laterLine: place = .laterLine
    case .inSource:
      place = .lines(newest: newest)
      if text.last == UInt8(ascii: "\n") { text.removeLast() }
    case .wholeCommand: place = .command
    case .evaluated: place = .evaluated
    case nil: return nil
    @unknown default: return nil
    }
    self.firstLine = firstLine
    isPosix = !fields[3].isEmpty
    for position in stride(from: 5, to: fields.count - 1, by: 2) { aliases[fields[position]] = fields[position + 1] }
  }

  /// The text with the aliases expanded that matter.
  var expanded: [UInt8] {
    AliasExpansion.expand(text, with: AliasExpansion.relevant(of: aliases), isPosix: isPosix)
  }
}
