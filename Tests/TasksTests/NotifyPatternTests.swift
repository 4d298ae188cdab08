import Tasks
import Testing

struct NotifyPatternTests {
  @Test(arguments: [
    ("listening on [0-9]+", "now listening on 8080", true), ("^ready$", "ready", true), ("^ready$", "not ready", false),
    ("a|b", "b", true), ("(up|down) now", "down now", true), ("x\\.y", "x.y", true), ("x\\.y", "xzy", false),
    ("ab*c", "ac", true), ("ab{0,1}c", "ac", true), ("[]x]y", "]y", true), ("[[:digit:]]%", "7%", true),
    ("über", "\u{1b}[1müber\u{1b}[0m", true), ("\\<word\\>", "a word", true), ("x+y", "xxy", true),
  ])
  func `a line matches somewhere`(pattern: String, line: String, isMatch: Bool) throws {
    let pattern = try NotifyPattern(pattern)
    let bytes = Array(line.utf8)
    #expect(pattern.matches(bytes[...]) == isMatch)
    if isMatch { #expect(pattern.nextCandidate(in: bytes[...]) == 0) }
  }

  @Test func `lines without what a match holds are passed over`() throws {
    let pattern = try NotifyPattern("[a-z]+ ready")
    let bytes = Array("one\ntwo ready\nthree\nfour ready\n".utf8)
    #expect(pattern.nextCandidate(in: bytes[...]) == 4)
    #expect(pattern.nextCandidate(in: bytes[14...]) == 20)
    #expect(pattern.nextCandidate(in: bytes[..<8]) == nil)
  }

  @Test func `only the first part of a line is looked at`() throws {
    let pattern = try NotifyPattern("end")
    let line = [UInt8](repeating: 0x78, count: Limits.notifyLineBytes) + Array("end".utf8)
    #expect(!pattern.matches(line[...]))
    #expect(pattern.matches(line.dropFirst(3)))
  }

  @Test(arguments: [
    ("", "needs something"), ("(", "is no regular expression"), ("(a)\\1", "references"),
    ("((a{1,99}){1,99}){1,99}", "repetitions"), ("a{1,99999}", "repetitions"),
    (String(repeating: "x", count: 1_001), "at most 1000 bytes"),
  ])
  func `what cannot be looked for is said`(text: String, words: String) {
    #expect { try NotifyPattern(text) } throws: { "\($0)".contains(words) }
  }
}
