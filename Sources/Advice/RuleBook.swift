/// The shapes of all families, so arranged that a line is compared with few of them.
struct RuleBook {
  /// What a line is according to the families.
  struct Verdict {
    /// What the line is by itself: by the shape with the most text of all that it has.
    var role: LineRole?
    /// Whether the family of that shape is that of the command.
    var isOfCommand = false
    /// Whether it is a message or a place, should it stand in the description of a failure.
    var isMessage = false
    var isPlace = false
  }

  private struct Rule {
    let shape: LineShape
    let role: LineRole
    let family: Int
    let specificity: Int
  }

  /// Rules, and beside them what a line must have for one of them to be worth a look.
  private struct RuleList {
    /// Those with the shortest text come first.
    var rules: [Rule] = []
    private var signatures: [PairSignature] = []
    private var lengths: [Int] = []

    /// Of rules with the same length, the first stays the first.
    mutating func sort() {
      rules = rules.enumerated().sorted {
        ($0.element.shape.leastBytes, $0.offset) < ($1.element.shape.leastBytes, $1.offset)
      }
      .map(\.element)
      signatures = rules.map(\.shape.signature)
      lengths = rules.map(\.shape.leastBytes)
    }

    /// Calls `body` for each rule that the line might follow.
    func forEachCandidate(_ line: PairSignature, length: Int, _ body: (Rule) -> Void) {
      for index in signatures.indices {
        if lengths[index] > length { return }
        if signatures[index].isSubset(of: line) { body(rules[index]) }
      }
    }
  }

  static let shared = RuleBook(RunnerFamily.all)

  private var byFirstByte = Array(repeating: RuleList(), count: 256)
  private var withAnyBeginning = RuleList()
  /// Which family each word of a command means.
  private var commands: [(word: String, family: Int)] = []

  private init(_ families: [RunnerFamily]) {
    for (index, family) in families.enumerated() {
      commands += family.commands.map { ($0, index) }
      let tables: [(LineRole, [LineShape])] = [
        (.section, family.sections), (.failure, family.failures), (.listed, family.listed), (.mention, family.mentions),
        (.message, family.messages), (.place, family.places), (.summary, family.summaries),
        (.consequence, family.consequences), (.noise, family.noise),
      ]
      for (role, shapes) in tables {
        for shape in shapes { add(shape, role, family: index) }
      }
    }
    for index in byFirstByte.indices { byFirstByte[index].sort() }
    withAnyBeginning.sort()
  }

  private mutating func add(_ shape: LineShape, _ role: LineRole, family: Int) {
    let rule = Rule(shape: shape, role: role, family: family, specificity: shape.specificity)
    if let bytes = shape.firstBytes {
      for byte in bytes { byFirstByte[Int(byte)].rules.append(rule) }
    } else {
      withAnyBeginning.rules.append(rule)
    }
  }

  /// The families that a command names.
  func families(of command: String) -> Set<Int> {
    let words = Set(command.split { !($0.isLetter || $0.isNumber || "._+-".contains($0)) }.map(String.init))
    return Set(commands.filter { words.contains($0.word) }.map(\.family))
  }

  /// - Parameter line: The text of a line without its indentation; not empty.
  func verdict(on line: Bytes, isIndented: Bool, families: Set<Int>) -> Verdict {
    var verdict = Verdict()
    var specificity = -1
    func consider(_ rule: Rule) {
      guard rule.shape.matches(line, isIndented: isIndented) else { return }
      switch rule.role {
      case .message: verdict.isMessage = true
      case .place: verdict.isPlace = true
      default:
        let isOfCommand = families.contains(rule.family)
        guard
          rule.specificity > specificity || rule.specificity == specificity && isOfCommand && !verdict.isOfCommand
        else { return }
        specificity = rule.specificity
        verdict.role = rule.role
        verdict.isOfCommand = isOfCommand
      }
    }
    let signature = PairSignature(of: line)
    byFirstByte[Int(line[0])].forEachCandidate(signature, length: line.count, consider)
    withAnyBeginning.forEachCandidate(signature, length: line.count, consider)
    return verdict
  }
}
