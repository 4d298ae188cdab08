import TestSupport

/// One thing that a person does at a terminal. A string alone is a line, with Enter.
enum Step: Sendable, ExpressibleByStringLiteral {
  case line(String)
  /// A line whose program does not rest, with what stands on a line of the screen once it runs.
  case busy(String, shows: String)
  case text(String)
  case keys([PseudoTerminal.Key])
  case resize(rows: Int, columns: Int)
  /// Sends a line through a FIFO that a program waits at.
  case open(String)
  /// To the shell itself.
  case signal(Int32)
  /// Closes the terminal's window.
  case hangUp
  /// Does nothing but wait until the screen shows a text: for what comes by itself, after a while.
  case see(String)
  /// Does nothing but wait for the end of the shell.
  case end
  /// Waits until a file in the scratch directory is there and has something in it.
  case file(String)

  init(stringLiteral line: String) { self = .line(line) }

  static func key(_ keys: PseudoTerminal.Key...) -> Step { .keys(keys) }
  static let enter = key(.enter)
  static let tab = key(.tab)
  static let interrupt = key(.interrupt)
  static let suspend = key(.suspend)
  static let endOfFile = key(.endOfFile)

  /// What a terminal sends for a text that is pasted into it.
  static func paste(_ text: String) -> Step { .text("\u{1B}[200~\(text.replacing("\n", with: "\r"))\u{1B}[201~") }
}
