import CProtocol
import Testing

@testable import BashSyntax

@Suite struct FlagTests {
  @Test(arguments: [
    ("5m", "5m"), ("'5 m'", "5 m"), ("\"5 m\"", "5 m"), ("5\\ m", "5 m"), ("a'b'\"c\"\\d", "abcd"), ("''", ""),
    ("\"a\\\"b\\$c\\x\"", "a\"b$c\\x"), ("'$x'", "$x"), ("a\\\nb", "ab"), ("\"a\\\nb\"", "ab"), ("a=b", "a=b"),
    ("'*?[~{'", "*?[~{"), ("\\*", "*"), ("ä", "ä"), ("a#b", "a#b"),
  ])
  func `a value without expansions is known`(written: String, value: String) throws {
    for source in ["a &bg --name \(written) ", "a &bg --name=\(written);"] where source != "a &bg --name='';" {
      let scan = SyntaxScanner.scan(source)
      let flag = try #require(scan.operators.first?.flags.first)
      #expect(flag.name == .name)
      #expect(flag.value.map { Array(source.utf8)[$0].elementsEqual(written.utf8) } == true)
      #expect(flag.literalValue == Array(value.utf8))
      #expect(flag.range.lowerBound == 6 && flag.range.upperBound == flag.value?.upperBound)
    }
  }

  @Test(arguments: [
    "$x", "\"$x\"", "$(a b)", "`a`", "\"`a`\"", "${x:-a b}", "$((1 + 2))", "*.c", "a?", "[ab]", "~", "~/x", "{a,b}",
    "$'a\\n'", "<(a)", "@(a|b)", "\"a\"$x'b'",
  ])
  func `a value that bash expands is not known`(written: String) throws {
    let scan = SyntaxScanner.scan("a &bg --desc \(written) --quiet")
    let flags = try #require(scan.operators.first?.flags)
    #expect(flags.map(\.name) == [.desc, .quiet])
    #expect(flags.first?.value == 13..<13 + written.utf8.count)
    #expect(flags.first?.literalValue == nil)
  }

  @Test func `flags come in the order in which they are written`() throws {
    let scan = SyntaxScanner.scan("a &bg --quiet --kill-after 1s --timeout=2s --desc x --name y --name z --split")
    let flags = try #require(scan.operators.first?.flags)
    #expect(flags.map(\.name) == [.quiet, .killAfter, .timeout, .desc, .name, .name, .split])
    #expect(flags.map(\.literalValue) == [nil, "1s", "2s", "x", "y", "z", nil].map { $0.map { Array($0.utf8) } })
    #expect(flags.first?.value == nil && flags.first?.range == 6..<13)
  }

  @Test func `the prefix form takes the same flags`() throws {
    let scan = SyntaxScanner.scan("--timeout 5m --name 'a b' --quiet --split c --name d")
    let operation = try #require(scan.operators.first)
    #expect(operation.form == .prefix)
    #expect(operation.flags.map(\.name) == [.timeout, .name, .quiet, .split])
    #expect(operation.list == 42..<52)
  }
}
