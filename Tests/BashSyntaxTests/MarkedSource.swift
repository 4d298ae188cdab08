@testable import BashSyntax

/// A source in which marks show what the scanner is to find.
///
/// `‹` and `›` enclose a list, `1️⃣` and `2️⃣` its operator, `3️⃣` and `4️⃣` the `&` that a prefix form uses up, `5️⃣` and
/// `6️⃣` a here-document's body behind the operator; `✂️` says that a separator is needed there, `❌` that a problem is.
struct MarkedSource {
  struct Operator: Equatable {
    var form = BackgroundOperator.Form.suffix
    var list = 0..<0
    var operatorRange = 0..<0
    var hereDocumentBodies: [Range<Int>] = []
    var terminator: Range<Int>?
    var needsSeparator = false
  }

  private(set) var source: [UInt8] = []
  private(set) var operators: [Operator] = []
  private(set) var problemOffset: Int?

  init(_ text: String) {
    var openLists: [(start: Int, prefix: Range<Int>?)] = []
    var starts: [Character: Int] = [:]
    var waitingLists: [Range<Int>] = []
    var prefix: Range<Int>?
    for character in text {
      let offset = source.count
      switch character {
      case "‹":
        openLists.append((offset, prefix))
        prefix = nil
      case "›":
        let list = openLists.removeLast()
        if let range = list.prefix {
          operators.append(Operator(form: .prefix, list: list.start..<offset, operatorRange: range))
        } else {
          waitingLists.append(list.start..<offset)
        }
      case "1️⃣", "3️⃣", "5️⃣":
        starts[character] = offset
      case "2️⃣":
        let range = starts["1️⃣"]!..<offset
        if let list = waitingLists.popLast() {
          operators.append(Operator(list: list, operatorRange: range))
        } else {
          prefix = range
        }
      case "4️⃣":
        operators[operators.count - 1].terminator = starts["3️⃣"]!..<offset
      case "6️⃣":
        operators[operators.count - 1].hereDocumentBodies.append(starts["5️⃣"]!..<offset)
      case "✂️":
        operators[operators.count - 1].needsSeparator = true
      case "❌":
        problemOffset = offset
      default:
        source += Array(character.utf8)
      }
    }
    operators.sort { $0.list.lowerBound < $1.list.lowerBound }
  }

  /// The source as bash has it: `&` for `&bg` with its flags and a `;` behind them, and nothing for a prefix.
  var asBash: [UInt8] {
    var result = source
    for operation in operators.sorted(by: { $0.operatorRange.lowerBound > $1.operatorRange.lowerBound }) {
      var range = operation.operatorRange
      let next = result[range.upperBound...].firstIndex { $0 != UInt8(ascii: " ") }
      if let next, result[next] == UInt8(ascii: ";"), !result[(next + 1)...].starts(with: ";".utf8),
        !result[(next + 1)...].starts(with: "&".utf8)
      {
        range = range.lowerBound..<next + 1
      }
      result.replaceSubrange(range, with: operation.form == .suffix ? Array("&".utf8) : [])
    }
    return result
  }
}

extension MarkedSource.Operator {
  init(_ operation: BackgroundOperator) {
    self.init(
      form: operation.form, list: operation.list, operatorRange: operation.operatorRange,
      hereDocumentBodies: operation.hereDocumentBodies, terminator: operation.terminator,
      needsSeparator: operation.needsSeparator)
  }
}

extension SyntaxScanner {
  static func scan(_ text: String) -> SourceScan { scan(Array(text.utf8)) }
}
