import Tasks
import Testing

struct VisibleTextTests {
  @Test(arguments: [
    ("plain", "plain"), ("ä漢🚀", "ä漢🚀"), ("a\tb", "a       b"), ("1234567\tb", "1234567 b"),
    ("a\u{1}b", "a^Ab"), ("\u{1b}[31mred", "^[[31mred"), ("a\nb", "a^Jb"), ("a\rb", "a^Mb"), ("\0", "^@"),
    ("\u{7f}", "^?"), ("\u{8}\u{7}", "^H^G"),
    ("a\u{9b}31m", "a\\x9b31m"), ("\u{202e}cod.exe", "<U+202E>cod.exe"), ("a\u{2066}b\u{2069}", "a<U+2066>b<U+2069>"),
    ("a\u{200b}b", "a<U+200B>b"), ("a\u{2028}b", "a<U+2028>b"), ("\u{feff}x", "<U+FEFF>x"),
    ("\u{e0041}", "<U+E0041>"), ("e\u{301}", "e\u{301}"), ("👩\u{200d}🚀", "👩\u{200d}🚀"),
    ("👩🏽\u{200d}⚕\u{fe0f}", "👩🏽\u{200d}⚕\u{fe0f}"), ("🏳\u{fe0f}\u{200d}🌈", "🏳\u{fe0f}\u{200d}🌈"),
    ("1\u{fe0f}\u{20e3}", "1\u{fe0f}\u{20e3}"), ("1\u{fe0f}", "1<U+FE0F>"), ("a\u{200d}b", "a<U+200D>b"),
    ("🚀\u{200d}", "🚀<U+200D>"), ("❤\u{fe0f}\u{fe0f}", "❤\u{fe0f}<U+FE0F>"), ("a\u{ad}b", "a<U+00AD>b"),
    ("a\u{34f}b", "a<U+034F>b"), ("\u{115f}", "<U+115F>"), ("\u{3164}", "<U+3164>"), ("\u{ffa0}", "<U+FFA0>"),
    ("\u{200c}", "<U+200C>"), ("\u{e0100}", "<U+E0100>"), ("\u{1d173}", "<U+1D173>"), ("\u{2061}", "<U+2061>"),
  ])
  func `what could drive the terminal is shown`(_ text: String, _ shown: String) {
    #expect(VisibleText.line(text.utf8) == shown)
  }

  @Test(
    arguments: [
      ([0x61, 0xff, 0x62], "a\\xffb"), ([0x9b, 0x33], "\\x9b3"), ([0xc3], "\\xc3"), ([0xc0, 0x80], "\\xc0\\x80"),
      ([0xe0, 0x80, 0x80], "\\xe0\\x80\\x80"), ([0xed, 0xa0, 0x80], "\\xed\\xa0\\x80"),
      ([0xf4, 0x90, 0x80, 0x80], "\\xf4\\x90\\x80\\x80"), ([0xe6, 0xbc, 0x41], "\\xe6\\xbcA"),
    ] as [([UInt8], String)])
  func `invalid UTF-8 is shown byte by byte`(_ bytes: [UInt8], _ shown: String) {
    #expect(VisibleText.line(bytes) == shown)
  }

  @Test(arguments: [
    ("\u{1b}[1;31mred\u{1b}[0m", "red"), ("\u{1b}]0;title\u{7}x", "x"), ("\u{1b}]8;;http://a\u{1b}\\link", "link"),
    ("\u{1b}Pq#0\u{1b}\\x", "x"), ("\u{1b}(Bx", "x"), ("\u{1b}7x\u{1b}8", "x"), ("\u{1b}[?25lx", "x"),
    ("\u{1b}[31", "^[[31"), ("\u{1b}]0;title", "^[]0;title"), ("\u{1b}", "^["), ("\u{1b}\u{1b}[mx", "^[x"),
    ("\u{1b}[3\u{1}1m", "^[[3^A1m"),
    // What is left over when a sequence is taken out must not be one itself.
    ("\u{1b}\u{1b}[m[31m", "^[[31m"), ("\u{1b}[\u{1b}[mm", "^[[m"),
  ])
  func `escape sequences are removed whole, or shown`(_ text: String, _ shown: String) {
    #expect(VisibleText.line(text.utf8, escapeSequences: .removed) == shown)
  }

  @Test(arguments: [
    ("abcde", "abcde"), ("abcdef", "abcd…"), ("漢漢a", "漢漢a"), ("漢漢漢", "漢漢…"), ("ab\u{1}d", "ab^Ad"),
    ("abcd\u{1}", "abcd…"), ("abcde\u{301}", "abcde\u{301}"), ("a\tb", "a…"),
  ])
  func `a long line is cut to its columns`(_ text: String, _ shown: String) {
    #expect(VisibleText.line(text.utf8, columnLimit: 5) == shown)
  }

  @Test func `marks without width are cut as well`() {
    let text = "a" + String(repeating: "\u{301}", count: 100_000)
    #expect(VisibleText.line(text.utf8, columnLimit: 200).unicodeScalars.count <= 801)
  }

  @Test func `a message is one line of bounded length, whatever is in it`() {
    #expect(VisibleText.message("cannot run 'a\u{1b}]0;x\u{7}\nb'") == "bgsh: cannot run 'a^[]0;x^G^Jb'\n")
    let long = VisibleText.message(String(repeating: "x", count: 100_000))
    #expect(long.hasSuffix("x…\n") && long.utf8.count < 2_000)
  }

  @Test(arguments: 0..<64)
  func `whatever the bytes, nothing reaches the terminal that drives it`(_ seed: UInt64) {
    var state = seed &* 0x9e37_79b9_7f4a_7c15 | 1
    let pool: [UInt8] = [
      0x1b, 0x5b, 0x5d, 0x9b, 0xc2, 0x9b, 0xe2, 0x80, 0xae, 0x0d, 0x0a, 0x07, 0x41, 0x6d, 0xf3, 0xff,
    ]
    let bytes = (0..<500).map { _ in
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return state & 1 == 0 ? pool[Int(state >> 8) & 15] : UInt8(truncatingIfNeeded: state >> 8)
    }
    for escapes in [VisibleText.EscapeSequences.shown, .removed] {
      let shown = VisibleText.line(bytes, escapeSequences: escapes)
      #expect(shown.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control && $0 != "\u{202e}" })
      #expect(VisibleText.line(shown.utf8) == shown)
    }
  }
}
