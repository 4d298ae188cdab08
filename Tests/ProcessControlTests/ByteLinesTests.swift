import ProcessControl
import Testing

struct ByteLinesTests {
  private func lines(of pieces: [[UInt8]]) -> [String] {
    var stream = ByteLines()
    return pieces.flatMap { piece in
      stream.append(piece)
      var lines: [String] = []
      while let line = stream.next() { lines.append(line) }
      return lines
    }
  }

  @Test(arguments: 1...12)
  func `a text that is cut anywhere has its lines`(length: Int) {
    let text = Array("grün\n\n1 €\nnot yet".utf8)
    let pieces = stride(from: 0, to: text.count, by: length).map { Array(text[$0..<min($0 + length, text.count)]) }
    #expect(lines(of: pieces) == ["grün", "", "1 €"])
  }

  @Test func `a line of a size that nobody sends is left out`() {
    let flood = [UInt8](repeating: UInt8(ascii: "x"), count: 600_000)
    #expect(lines(of: [Array("a\n".utf8), flood, flood, flood, Array("x\nb\n".utf8)]) == ["a", "b"])
  }
}
