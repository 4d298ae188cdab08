import Testing

@testable import TestSupport

struct ScreenTests {
  private func screen(_ text: String, rows: Int = 4, columns: Int = 10) -> Screen {
    var screen = Screen(rows: rows, columns: columns)
    var parser = TerminalParser()
    parser.parse(text.utf8) { screen.apply($0) }
    return screen
  }

  @Test(arguments: [
    ("abc\r\ndef", ["abc", "def"]),
    ("abc\ndef", ["abc", "   def"]),
    ("0123456789x", ["0123456789", "x"]),
    ("0123456789\r\nx", ["0123456789", "x"]),
    ("1\r\n2\r\n3\r\n4\r\n5", ["2", "3", "4", "5"]),
    ("abcdef\u{8}\u{8}X", ["abcdXf"]),
    ("abcdef\r\u{1B}[2P", ["cdef"]),
    ("abcdef\r\u{1B}[2@", ["  abcdef"]),
    ("abcdef\r\u{1B}[3C\u{1B}[K", ["abc"]),
    ("a\r\nb\r\nc\u{1B}[2;1H\u{1B}[J", ["a"]),
    ("a\r\nb\r\nc\u{1B}[1;1H\u{1B}[L", ["", "a", "b", "c"]),
    ("a\r\nb\r\nc\u{1B}[1;1H\u{1B}[M", ["b", "c"]),
    ("a\u{1B}[1;1H\u{1B}M0", ["0", "a"]),
    ("1\r\n2\r\n3\r\n4\u{1B}[2;3r\u{1B}[3;1H\n", ["1", "3", "", "4"]),
    ("日本x", ["日本x"]),
    ("123456789日", ["123456789", "日"]),
    ("e\u{301}x", ["e\u{301}x"]),
    ("\u{1B}[?1049hfull\u{1B}[?1049lback", ["back"]),
    ("\u{1B}]0;title\u{1B}\\\u{1B}(Bx", ["x"]),
    ("a\tb", ["a       b"]),
  ])
  func `the screen shows`(text: String, lines: [String]) {
    #expect(screen(text).lines == lines)
  }

  @Test(arguments: [
    ("a\u{1B}[31mb\u{1B}[mc", ["a{31}b{}c"]),
    ("\u{1B}[1;32mgreen\u{1B}[0m", ["{1;32}green{}"]),
    ("\u{1B}[7mx\u{1B}[27m\r\u{1B}[0mx", ["x"]),
    ("\u{1B}[1ma\r\n\u{1B}[0mb", ["{1}a{}", "b"]),
  ])
  func `colours are kept with what they colour`(text: String, lines: [String]) {
    #expect(screen(text).styledLines == lines)
  }
}
