import BashEngine
import TestSupport
import Testing

struct ShellQuotingTests {
  static let texts = [
    "", "plain", "a b", "it's", "'", "''", "\\", "\\'", "a\nb", "\n", "\t'\\\u{7F}", "\u{1}\u{2}7", "$HOME `x` $(y)",
    "!",
    "grüße 日本", "*?[a]", "-n", "&bg", "#", "~",
  ]

  @Test(arguments: texts)
  func `bash reads back what was quoted`(text: String) throws {
    let words = [
      ShellQuoting.quoted(text), String(decoding: ShellQuoting.quotedOnOneLine(text.utf8), as: UTF8.self),
      ShellQuoting.word(text),
    ]
    for word in words {
      let outcome = try Command("bash", ["-c", "printf '<%s>' \(word)"]).run()
      #expect(outcome.standardOutput == "<\(text)>", "\(word)")
    }
    #expect(!words[1].contains("\n"))
  }

  @Test func `plain words stay as they are`() {
    for word in ["make", "a/b.c", "--x=1", "user@host:path", "50%"] { #expect(ShellQuoting.word(word) == word) }
  }
}
