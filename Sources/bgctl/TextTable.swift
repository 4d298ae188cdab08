import Tasks

/// Rows of text under one another, each column as wide as it needs to be and the last as wide as there is room.
struct TextTable {
  enum Alignment {
    case left
    case right
  }

  private struct Row {
    let cells: [String]
    /// How much at the end of the flexible cell stays when the cell is cut.
    let keptWidth: Int
  }

  private var rows: [Row] = []
  private let alignments: [Alignment]
  /// Which column gives way when there is not enough room.
  private let flexibleColumn: Int

  init(_ alignments: [Alignment], flexibleColumn: Int) {
    self.alignments = alignments
    self.flexibleColumn = flexibleColumn
  }

  /// Cells must be safe to show; see ``VisibleText``.
  ///
  /// - Parameter suffix: What the flexible cell ends with and keeps if it has to be cut.
  mutating func append(_ cells: [String], keeping suffix: String = "") {
    rows.append(Row(cells: cells, keptWidth: Self.width(suffix)))
  }

  /// The lines, at most `columns` wide as far as the flexible column can give way.
  func lines(columns: Int?) -> [String] {
    var widths = alignments.indices.map { column in rows.map { Self.width($0.cells[column]) }.max() ?? 0 }
    if let columns {
      let separators = 2 * (widths.count - 1)
      let others = widths.reduce(0, +) - widths[flexibleColumn]
      widths[flexibleColumn] = min(widths[flexibleColumn], max(Self.narrowest, columns - others - separators))
    }
    return rows.map { row in
      var line = ""
      for (column, cell) in row.cells.enumerated() {
        if column > 0 { line += "  " }
        let shown = Self.cut(cell, to: widths[column], keeping: column == flexibleColumn ? row.keptWidth : 0)
        let padding = String(repeating: " ", count: max(0, widths[column] - Self.width(shown)))
        line += alignments[column] == .right ? padding + shown : shown + padding
      }
      while line.utf8.last == UInt8(ascii: " ") { line.unicodeScalars.removeLast() }
      // Where there is no room even so, a row is still one line.
      return columns.map { VisibleText.line(line.utf8, columnLimit: $0) } ?? line
    }
  }

  /// Narrower than this a command says nothing.
  private static let narrowest = 20

  private static func cut(_ cell: String, to width: Int, keeping keptWidth: Int) -> String {
    guard Self.width(cell) > width else { return cell }
    guard keptWidth > 0, keptWidth <= width / 2 else { return VisibleText.line(cell.utf8, columnLimit: width) }
    var start = cell.unicodeScalars.endIndex
    var left = keptWidth
    while left > 0, start > cell.unicodeScalars.startIndex {
      start = cell.unicodeScalars.index(before: start)
      left -= DisplayWidth.of(cell.unicodeScalars[start])
    }
    return VisibleText.line(cell[..<start].utf8, columnLimit: width - keptWidth) + cell[start...]
  }

  private static func width(_ text: String) -> Int {
    // Nearly all are ASCII, and a crowd of tasks has many.
    if text.utf8.allSatisfy({ $0 < 0x80 }) { return text.utf8.count }
    return text.unicodeScalars.reduce(0) { $0 + DisplayWidth.of($1) }
  }
}
