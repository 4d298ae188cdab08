import Agents
import Testing

struct BoundedOutputTests {
  @Test func `what fits is whole`() {
    let output = BoundedOutput(head: Array("a\nb\n".utf8), path: "/o")
    #expect(output.text == "a\nb")
    #expect(output.isWhole)
  }

  @Test func `of what does not fit head and tail are shown, in whole lines`() {
    let lines = (1...20_000).map(String.init)
    let output = BoundedOutput(head: Array(lines.joined(separator: "\n").utf8), path: "/o")
    #expect(!output.isWhole)
    #expect(output.text.unicodeScalars.count < Limits.outputCharacters + 100)
    let shown = output.text.split(separator: "\n").map(String.init)
    #expect(shown.first == "1")
    #expect(shown.last == "20000")
    #expect(shown.filter { !lines.contains($0) } == ["[… the middle is left out; the whole is in /o …]"])
  }

  @Test func `what is missing between two parts is said`() {
    let output = BoundedOutput(
      head: Array("first\nse".utf8), tail: Array("ond\nlast\n".utf8), missingBytes: 9, path: "/o")
    #expect(output.text == "first\n[… the middle is left out; the whole is in /o …]\nlast")
  }

  @Test func `one long line has a head and a tail too`() {
    let output = BoundedOutput(head: [UInt8](repeating: 0x78, count: 100_000), path: "/o")
    #expect(output.text.hasPrefix("xxx"))
    #expect(output.text.hasSuffix("xxx"))
  }
}
