package import StateFiles
import Tasks

/// What matters in the output of a program, in a few of its lines: verbatim, in their order, nothing composed.
package struct Digest {
  let excerpt: OutputExcerpt
  let plain: PlainLines
  private let diagnosis: Diagnosis
  private let ending: ProgramEnding

  /// - Parameters:
  ///   - command: What was run: the kinds of programs that it names go before others.
  ///   - lastGood: The output of a run of the same command that went well: what also stands there matters least.
  package init(
    of excerpt: OutputExcerpt, command: String? = nil, ending: ProgramEnding = .failed, lastGood: OutputExcerpt? = nil
  ) {
    self.excerpt = excerpt
    self.ending = ending
    plain = PlainLines(excerpt.bytes)
    diagnosis = Diagnosis(plain, command: command, lastGood: lastGood.map { PlainLines($0.bytes) })
  }

  /// At most five lines, safe for a terminal.
  package var lines: [String] { lines(room: DigestLimits.lines) ?? lastLines(room: DigestLimits.lines) }

  /// What tells why it failed; nil if nothing does.
  func lines(room: Int) -> [String]? {
    let chosen = diagnosis.failureLines(ending, limit: room)
    return chosen.isEmpty ? nil : chosen.map(displayed)
  }

  func lastLines(room: Int) -> [String] {
    diagnosis.lastLines(limit: room).map(displayed)
  }

  /// Those that say something.
  var shownLines: [Int] { plain.lines.indices.filter { !plain.lines[$0].isBlank } }

  /// All of them, safe for a terminal.
  var allLines: [String] { shownLines.map(displayed) }

  /// A line as a terminal would have shown it last, without colours and blanks at its end.
  private func displayed(_ line: Int) -> String {
    for state in excerpt.bytes[plain.lines[line].raw].split(separator: UInt8(ascii: "\r")).reversed() {
      let text = VisibleText.line(Self.rubbedOut(state), escapeSequences: .removed, columnLimit: DigestLimits.columns)
      guard let end = text.utf8.lastIndex(where: { $0 != 0x20 }) else { continue }
      return String(text[...end])
    }
    return ""
  }

  /// The bytes without NULs, which are what a hole reads as, and with backspaces carried out.
  private static func rubbedOut(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    for byte in bytes where byte != 0 {
      guard byte == 0x08 else {
        result.append(byte)
        continue
      }
      while let last = result.popLast(), last & 0xc0 == 0x80 {}
    }
    return result
  }
}
