/// Which pairs of neighbouring bytes a text has, roughly, all digits being one: what is no subset cannot stand in it.
struct PairSignature {
  private var bits: SIMD4<UInt64> = .zero

  init() {}

  init(of text: Bytes) {
    guard text.count > 1 else { return }
    for index in 1..<text.count { insert(text[index - 1], text[index]) }
  }

  mutating func insert(_ left: UInt8, _ right: UInt8) {
    let pair =
      UInt32(left.isDigit ? UInt8(ascii: "0") : left) &* 31 &+ UInt32(right.isDigit ? UInt8(ascii: "0") : right)
    let hash = (pair &* 0x9e37_79b1) >> 24
    bits[Int(hash >> 6)] |= 1 << UInt64(hash & 63)
  }

  func isSubset(of other: PairSignature) -> Bool { bits & other.bits == bits }
}
