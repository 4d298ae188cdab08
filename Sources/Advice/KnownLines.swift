/// The lines of a run that went well, digits ignored: what stands there needs no telling.
struct KnownLines {
  private var hashes: Set<UInt64> = []

  init(_ output: PlainLines) {
    output.characters.withUnsafeBufferPointer { characters in
      for line in output.lines where !line.isBlank {
        hashes.insert(Self.hash(Bytes(rebasing: characters[line.text])))
      }
    }
  }

  func contains(_ line: Bytes) -> Bool { hashes.contains(Self.hash(line)) }

  /// FNV-1a over everything but digits.
  private static func hash(_ line: Bytes) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in line where !byte.isDigit { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return hash
  }
}
