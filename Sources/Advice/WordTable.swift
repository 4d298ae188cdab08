/// What words mean, for whoever meets many: without the cost of a dictionary, upper and lower case being one.
struct WordTable<Meaning: Sendable>: Sendable {
  private let unknown: Meaning
  /// A power of two, much larger than the number of words.
  private var slots: [(hash: UInt64, meaning: Meaning)?] = Array(repeating: nil, count: 1024)

  init(unknown: Meaning) {
    self.unknown = unknown
  }

  /// Changes what each of some words means, which are separated by blanks.
  mutating func update(_ words: String, _ change: (inout Meaning) -> Void) {
    for word in words.split(separator: " ") {
      let hash = Self.hash(word.utf8)
      let slot = slot(of: hash)
      var meaning = slots[slot]?.meaning ?? unknown
      change(&meaning)
      slots[slot] = (hash, meaning)
    }
  }

  subscript(word: Bytes) -> Meaning {
    slots[slot(of: Self.hash(word))]?.meaning ?? unknown
  }

  private func slot(of hash: UInt64) -> Int {
    var slot = Int(hash % UInt64(slots.count))
    while let taken = slots[slot], taken.hash != hash { slot = (slot + 1) % slots.count }
    return slot
  }

  /// FNV-1a.
  private static func hash(_ word: some Sequence<UInt8>) -> UInt64 {
    word.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1.lowercased)) &* 0x100_0000_01b3 }
  }
}
