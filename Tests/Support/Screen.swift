/// One place on a screen: a character, or an empty text right of a wide one.
private struct Cell {
  var text = " "
  /// The numbers of the rendition (`ESC [ numbers m`) since the last reset.
  var style: [Int] = []
}

/// What a person sees on a terminal: the part of a VT100 that readline, bash, vim and less need.
package struct Screen {
  package private(set) var rows: Int
  package private(set) var columns: Int
  package private(set) var cursor = (row: 0, column: 0)
  private var cells: [[Cell]]
  private var mainCells: [[Cell]]?
  /// How the next character looks.
  private var style: [Int] = []
  private var savedCursor = (row: 0, column: 0)
  /// The cursor stands behind the last column; the next character wraps.
  private var wrapIsPending = false
  private var region: ClosedRange<Int>
  private var isInserting = false

  package init(rows: Int = 24, columns: Int = 80) {
    self.rows = rows
    self.columns = columns
    cells = Screen.blank(rows, columns)
    region = 0...(rows - 1)
  }

  /// The lines without trailing blanks; trailing empty lines are left out.
  package var lines: [String] {
    var lines = cells.map { row in
      var text = row.map(\.text).joined()
      while text.last == " " { text.removeLast() }
      return text
    }
    while lines.last == "" { lines.removeLast() }
    return lines
  }

  /// The same with the colours and the like: before each change, its numbers in `{}`.
  package var styledLines: [String] {
    let lines = cells.map { row in
      var style: [Int] = []
      var text = ""
      for cell in row {
        if cell.style != style { text += "{\(cell.style.map(String.init).joined(separator: ";"))}" }
        style = cell.style
        text += cell.text
      }
      while text.last == " " { text.removeLast() }
      return text
    }
    return Array(lines.reversed().drop { $0.isEmpty }.reversed())
  }

  package var text: String { lines.joined(separator: "\n") }

  /// Cuts or fills on the right and below, as most terminals do.
  mutating func resize(rows: Int, columns: Int) {
    let surplus = max(0, cursor.row + 1 - rows)
    cells = (0..<rows).map { row in
      let line = row + surplus < cells.count ? cells[row + surplus] : []
      return (0..<columns).map { $0 < line.count ? line[$0] : Cell() }
    }
    self.rows = rows
    self.columns = columns
    region = 0...(rows - 1)
    cursor = (min(cursor.row - surplus, rows - 1), min(cursor.column, columns - 1))
    wrapIsPending = false
  }

  mutating func apply(_ element: TerminalParser.Element) {
    switch element {
    case .character(let character): write(character)
    case .control(let byte): control(byte)
    case .sequence(nil, let numbers, let final): sequence(numbers, final)
    case .sequence("?", let numbers, let final): mode(numbers, isOn: final == "h")
    case .sequence, .command: break
    case .escape(let final): escape(final)
    }
  }

  private static func blank(_ rows: Int, _ columns: Int) -> [[Cell]] {
    Array(repeating: Array(repeating: Cell(), count: columns), count: rows)
  }

  private mutating func write(_ character: Character) {
    let width = Screen.width(of: character)
    if width == 0 {
      let column = max(0, cursor.column - (wrapIsPending ? 0 : 1))
      cells[cursor.row][column].text.append(character)
      return
    }
    if wrapIsPending || cursor.column + width > columns {
      cursor.column = 0
      wrapIsPending = false
      lineFeed()
    }
    if isInserting { insertBlanks(width) }
    cells[cursor.row][cursor.column] = Cell(text: String(character), style: style)
    if width == 2, cursor.column + 1 < columns { cells[cursor.row][cursor.column + 1].text = "" }
    cursor.column += width
    if cursor.column >= columns {
      cursor.column = columns - 1
      wrapIsPending = true
    }
  }

  private mutating func control(_ byte: UInt8) {
    switch byte {
    case 0x08:
      cursor.column = max(0, cursor.column - 1)
      wrapIsPending = false
    case 0x09: move(to: cursor.row, (cursor.column / 8 + 1) * 8)
    case 0x0A, 0x0B, 0x0C: lineFeed()
    case 0x0D: move(to: cursor.row, 0)
    default: break
    }
  }

  private mutating func lineFeed() {
    wrapIsPending = false
    if cursor.row == region.upperBound { scroll(region, by: 1) } else { cursor.row = min(rows - 1, cursor.row + 1) }
  }

  /// Moves the lines of a region up, or down where `count` is negative.
  private mutating func scroll(_ region: ClosedRange<Int>, by count: Int) {
    let blank = Array(repeating: Cell(), count: columns)
    for _ in 0..<min(abs(count), region.count) {
      cells.remove(at: count > 0 ? region.lowerBound : region.upperBound)
      cells.insert(blank, at: count > 0 ? region.upperBound : region.lowerBound)
    }
  }

  private mutating func move(to row: Int, _ column: Int) {
    cursor = (min(max(0, row), rows - 1), min(max(0, column), columns - 1))
    wrapIsPending = false
  }

  private mutating func erase(_ row: Int, _ range: Range<Int>) {
    for column in range.clamped(to: 0..<columns) { cells[row][column] = Cell() }
  }

  private mutating func insertBlanks(_ count: Int) {
    let count = min(count, columns - cursor.column)
    cells[cursor.row].removeLast(count)
    cells[cursor.row].insert(contentsOf: Array(repeating: Cell(), count: count), at: cursor.column)
  }

  private mutating func sequence(_ numbers: [Int], _ final: Character) {
    let first = numbers.first ?? 0
    let count = max(1, first)
    switch final {
    case "A": move(to: cursor.row - count, cursor.column)
    case "B", "e": move(to: cursor.row + count, cursor.column)
    case "C", "a": move(to: cursor.row, cursor.column + count)
    case "D": move(to: cursor.row, cursor.column - count)
    case "E": move(to: cursor.row + count, 0)
    case "F": move(to: cursor.row - count, 0)
    case "G", "`": move(to: cursor.row, count - 1)
    case "d": move(to: count - 1, cursor.column)
    case "H", "f": move(to: count - 1, max(1, numbers.count > 1 ? numbers[1] : 1) - 1)
    case "J": eraseDisplay(first)
    case "K":
      let start = first == 0 ? cursor.column : 0
      erase(cursor.row, start..<(first == 1 ? cursor.column + 1 : columns))
    case "X": erase(cursor.row, cursor.column..<(cursor.column + count))
    case "@": insertBlanks(count)
    case "P":
      let count = min(count, columns - cursor.column)
      cells[cursor.row].removeSubrange(cursor.column..<(cursor.column + count))
      cells[cursor.row] += Array(repeating: Cell(), count: count)
    case "L" where region.contains(cursor.row): scroll(cursor.row...region.upperBound, by: -count)
    case "M" where region.contains(cursor.row): scroll(cursor.row...region.upperBound, by: count)
    case "S": scroll(region, by: count)
    case "T": scroll(region, by: -count)
    case "h", "l": if first == 4 { isInserting = final == "h" }
    case "r":
      let last = min(rows, numbers.count > 1 && numbers[1] > 0 ? numbers[1] : rows)
      region = (count - 1)...max(count - 1, last - 1)
      move(to: 0, 0)
    case "m": select(numbers)
    case "s": savedCursor = cursor
    case "u": move(to: savedCursor.row, savedCursor.column)
    default: break
    }
  }

  /// Keeps the numbers since the last reset, in order; which of them outdo others is not worked out.
  private mutating func select(_ numbers: [Int]) {
    if numbers.first ?? 0 == 0 { style = [] }
    style += numbers.drop { $0 == 0 }
  }

  private mutating func eraseDisplay(_ which: Int) {
    switch which {
    case 0:
      erase(cursor.row, cursor.column..<columns)
      for row in (cursor.row + 1)..<max(rows, cursor.row + 1) { erase(row, 0..<columns) }
    case 1:
      erase(cursor.row, 0..<(cursor.column + 1))
      for row in 0..<cursor.row { erase(row, 0..<columns) }
    case 2: cells = Screen.blank(rows, columns)
    default: break
    }
  }

  private mutating func mode(_ numbers: [Int], isOn: Bool) {
    guard !Set(numbers).isDisjoint(with: [47, 1047, 1049]) else { return }
    if isOn, mainCells == nil {
      savedCursor = cursor
      mainCells = cells
      cells = Screen.blank(rows, columns)
    } else if !isOn, let saved = mainCells {
      mainCells = nil
      cells = saved
      resize(rows: rows, columns: columns)
      move(to: savedCursor.row, savedCursor.column)
    }
  }

  /// Whether a full-screen program has the alternate screen.
  package var isAlternate: Bool { mainCells != nil }

  private mutating func escape(_ final: Character) {
    switch final {
    case "7": savedCursor = cursor
    case "8": move(to: savedCursor.row, savedCursor.column)
    case "D": lineFeed()
    case "E":
      cursor.column = 0
      lineFeed()
    case "M":
      wrapIsPending = false
      if cursor.row == region.lowerBound { scroll(region, by: -1) } else { cursor.row = max(0, cursor.row - 1) }
    case "c": self = Screen(rows: rows, columns: columns)
    default: break
    }
  }

  /// 0 for what joins the character before it, 2 for East Asian and emoji, else 1.
  private static func width(of character: Character) -> Int {
    guard let scalar = character.unicodeScalars.first else { return 0 }
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format: return 0
    default: break
    }
    switch scalar.value {
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
      0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F900...0x1F9FF, 0x20000...0x3FFFD:
      return 2
    default: return 1
    }
  }
}
