/// Text that is looked at and not kept.
typealias Bytes = UnsafeBufferPointer<UInt8>

extension UInt8 {
  var isDigit: Bool { UInt8(ascii: "0") <= self && self <= UInt8(ascii: "9") }
  var isBlank: Bool { self == 0x20 || self == 0x09 }
  var isUppercase: Bool { UInt8(ascii: "A") <= self && self <= UInt8(ascii: "Z") }
  var isLowercase: Bool { UInt8(ascii: "a") <= self && self <= UInt8(ascii: "z") }
  var isLetter: Bool { isUppercase || isLowercase || self >= 0x80 }
  var lowercased: UInt8 { isUppercase ? self | 0x20 : self }
}

extension Bytes {
  func endOfRun(from start: Int, of belongs: (UInt8) -> Bool) -> Int {
    var index = start
    while index < count, belongs(self[index]) { index += 1 }
    return index
  }

  func part(_ range: Range<Int>) -> Bytes { Bytes(rebasing: self[range]) }

  func hasPrefix(_ prefix: StaticString) -> Bool {
    let length = prefix.utf8CodeUnitCount
    return count >= length && (0..<length).allSatisfy { self[$0] == prefix.utf8Start[$0] }
  }

  func hasSuffix(_ suffix: StaticString) -> Bool {
    let length = suffix.utf8CodeUnitCount
    return count >= length && (0..<length).allSatisfy { self[count - length + $0] == suffix.utf8Start[$0] }
  }
}
