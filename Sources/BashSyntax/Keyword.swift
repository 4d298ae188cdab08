/// A reserved word of bash.
enum Keyword: String, CaseIterable {
  case `if`
  case then
  case elif
  case `else`
  case fi
  case `case`
  case esac
  case `in`
  case `for`
  case select
  case `while`
  case until
  case `do`
  case done
  case function
  case coproc
  case time
  case bang = "!"
  case openBrace = "{"
  case closeBrace = "}"
  case openCondition = "[["
  case closeCondition = "]]"

  /// The length of the longest one.
  static let longest = 8

  /// Finds the reserved word whose bytes are packed into an integer, first byte highest.
  init?(packed: UInt64) {
    guard let position = Keyword.packedSpellings.firstIndex(of: packed) else { return nil }
    self = Keyword.all[position]
  }

  /// Whether it can only close or continue what an earlier word opened.
  var endsList: Bool {
    switch self {
    case .then, .elif, .else, .fi, .esac, .do, .done, .closeBrace: true
    default: false
    }
  }

  /// Whether a compound command that may be a function's body begins with it.
  var startsCompoundCommand: Bool {
    switch self {
    case .if, .case, .for, .select, .while, .until, .openBrace, .openCondition: true
    default: false
    }
  }

  private static let all = allCases
  /// In the order of `all`. A dictionary would take longer to make than most sources take to scan.
  private static let packedSpellings = all.map { keyword in
    keyword.rawValue.utf8.reduce(0) { $0 << 8 | UInt64($1) }
  }
}
