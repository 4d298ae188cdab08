import Tasks

/// Rows of text under one another, each column as wide as it needs to be and the last as wide as there is room.
struct TextTable {
  enum Alignment {
    case left
    case right
  }

  private var rows: [[String]] = []
  private let alignments: [Alignment]
  /// Which column gives way when there is not enough room.
  private let flexibleColumn: Int

  init(_ alignments: [Alignment], flexibleColumn: Int) {
    self.alignments = alignments
    self.flexibleColumn = flexibleColumn
  }

  /// Cells must be safe to show; see ``VisibleText``.
  mutating func append(_ cells: [String]) { rows.append(cells) }

  /// The lines, at most `columns` wide as far as the flexible column can give way.
  func lines(columns: Int?) -> [String] {
    var widths = alignments.indices.map { column in rows.map { DisplayWidth.of($0[column]) }.max() ?? 0 }
    if let columns {
      let separators = 2 * (widths.count - 1)
      let others = widths.reduce(0, +) - widths[flexibleColumn]
      widths[flexibleColumn] = min(widths[flexibleColumn], max(Self.narrowest, columns - others - separators))
    }
    return rows.map { row in
      var line = ""
      for (column, cell) in row.enumerated() {
        if column > 0 { line += "  " }
        let shown = MiddleCut.text(cell, columns: widths[column])
        let padding = String(repeating: " ", count: max(0, widths[column] - DisplayWidth.of(shown)))
        line += alignments[column] == .right ? padding + shown : shown + padding
      }
      while line.utf8.last == UInt8(ascii: " ") { line.unicodeScalars.removeLast() }
      // Where there is no room even so, a row is still one line.
      return columns.map { VisibleText.line(line.utf8, columnLimit: $0) } ?? line
    }
  }

  /// Narrower than this a command says nothing.
  private static let narrowest = 20
}
