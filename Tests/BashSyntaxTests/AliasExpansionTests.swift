import CProtocol
import SyntaxSupport
import Testing

@testable import BashSyntax

@Suite struct AliasExpansionTests {
  /// The aliases of all these tests; bash, which does not know `&bg`, has `&` in its place.
  static let aliases: [(name: String, body: String)] = [
    ("k", "echo k &bg"), ("l", "echo 'l l' \"$v\" &bg "), ("m", "k"), ("n", "n again &bg"), ("o", "echo o;"),
    ("p", "echo p "), ("q", "q2 &bg"), ("q2", "q &bg"), ("r", "if true; then k"), ("s", ""), ("t", "echo t 2"),
    ("u", "echo u # &bg"), ("w", "{ echo w\necho w2 &bg"), ("x-y.z", "echo xyz &bg"), ("if", "echo if-alias &bg; if"),
    ("y", "p "), ("time2", "time "),
  ]

  static let sources = [
    "k", " k ", "k;", "k; k", "k b", "k >&2", "k | cat", "k && true", "k\nk", "(k)", "{ k; }",
    "v=1 k", ">&2 k", "v=1 >&2 k", ">&2 v=1 k", "! k", "time k", "if true; then k; fi",
    "while k; do break; done",
    "for i in k; do k; done", "for k in 1; do echo $k; done", "case k in k) k;; esac", "case k in (k) k; esac",
    "f() { k; }; f",
    "f() { k\n}\nf", "\\k", "'k'", "\"k\"", "k\"\"", "$k", "echo k", "echo; k", "kk", "k=1", "k= k", "k=(k)", "x=k",
    "[[ k == k ]]",
    "(( k ))", "echo $((k))", "cat <<k\nk\nk", "cat <<E; k\nk\nE", "cat <<< k", "# k", "echo # k",
    "l", "l k",
    "l k k", "l\tk", "l p k", "m", "m; m", "n", "n n", "o", "o k", "p k", "p  k", "p k k", "p p k", "p 'k'", "p \\k",
    "p; k",
    "p >&2 k", "p v=1 k", "q", "q2", "r; fi", "r; echo b; fi", "s k", "s", "s; k", "t>&2", "t", "u k", "w; }", "x-y.z",
    "x-y.z a",
    "y k", "y y k", "y p p k", "k \\\n a", "\\\nk", "k\\\n", "kk\\\nk", "true |k", "true||k", "true&k", "echo ${v:-k}",
    "v=1 >&2 w=1 k", ">&2 v=1 >&2 k", "coproc k", "coproc { k; }", "function g { k; }; g", "k() { echo f; }", "select",
    "{ k\n}", "(\nk\n)",
    "! time k", "eval k", "command k", "exec k", "builtin k", "if k; then k; elif k; then k; else k; fi",
    "until k; do k; done",
    "p if", "p echo k", "time2 k", "echo \"k\" k; k", "a[k]=1 k", "declare k=1", "export k", "k -- --name x", "k '",
    "k $(",
    "if true; then :; fi", "p\nk", "p # k\nk", "p && k", "p | k", "l\nk", "k <<E\nk\nE", "echo a; (k); [ k ] && k",
  ]

  static var table: [[UInt8]: [UInt8]] {
    Dictionary(uniqueKeysWithValues: aliases.map { (Array($0.name.utf8), Array($0.body.utf8)) })
  }

  /// `declare -f` says how bash has read a source, when it is the body of a function.
  @Test func `bash reads the same with its aliases and with those that were expanded for it`() {
    let expanded = Self.sources.map { AliasExpansion.expand(Array($0.utf8), with: Self.table) }
    let definitions = Self.aliases.map { "alias \($0.name)='\($0.body.replacing("'", with: "'\\''"))'\n" }.joined()
    let read = """
      read_all() {
        for ((number = $1; number < $2; number++)); do
          (
            eval "__bgsh_read() {
      : ; $(<"$number")
      }" && declare -f __bgsh_read
          ) 2>/dev/null
          printf '%s\\0' $?
        done
      }
      read_all 0 \(Self.sources.count)
      shopt -s expand_aliases
      \(definitions.replacing("&bg", with: "&"))
      for ((number = \(Self.sources.count); number < \(2 * Self.sources.count); number++)); do
        (
          eval "__bgsh_read() {
      : ; $(<"$number")
      }" && declare -f __bgsh_read
        ) 2>/dev/null
        printf '%s\\0' $?
      done
      """
    let asBash = expanded.map { Array(String(decoding: $0, as: UTF8.self).replacing("&bg", with: "&").utf8) }
    let answers = Bash.answers(of: read, for: asBash + Self.sources.map { Array($0.utf8) })
    #expect(answers.count == 2 * Self.sources.count)
    for (number, source) in Self.sources.enumerated() where answers.count == 2 * Self.sources.count {
      #expect(
        answers[number] == answers[number + Self.sources.count],
        "\(source) was expanded to: \(String(decoding: expanded[number], as: UTF8.self))")
    }
    print("aliases: bash agrees on \(Self.sources.count + Self.substitutions.count) sources")
  }

  /// Bash looks for aliases in substitutions when it runs them.
  @Test func `substitutions write the same with bash's aliases and with those that were expanded for it`() {
    let expanded = Self.substitutions.map { AliasExpansion.expand(Array($0.utf8), with: Self.table) }
    let asBash = expanded.map { Array(String(decoding: $0, as: UTF8.self).replacing("&bg", with: "&").utf8) }
    let definitions = Self.aliases.map { "alias \($0.name)='\($0.body.replacing("'", with: "'\\''"))'\n" }.joined()
    let run = """
      shopt -s expand_aliases
      for ((number = 0; number < $2; number++)); do
        ((number != \(asBash.count))) || eval \(quoted(definitions.replacing("&bg", with: "&")))
        (eval "$(<"$number")"; wait) 2>&1
        printf '\\0'
      done
      """
    let answers = Bash.answers(of: run, for: asBash + Self.substitutions.map { Array($0.utf8) })
    #expect(answers.count == 2 * asBash.count)
    for (number, source) in Self.substitutions.enumerated() where answers.count == 2 * asBash.count {
      #expect(answers[number] == answers[number + asBash.count], "\(source)")
      #expect(expanded[number] != Array(source.utf8) && !answers[number].contains("not found"))
    }
  }

  static let substitutions = [
    "echo $(k)", "echo \"$(k)\"", "echo `k`", "cat <<E\n$(k)\nE", "echo ${v:-$(k)}", "cat <(k)", "echo $(echo `k`)",
    "echo $( (k) )",
    "echo $((k); k)", "v=$(p k) && echo \"$v\"", "echo \"${v:-`k`}\"", "echo $(echo $(m))",
  ]

  private func quoted(_ text: String) -> String { "'" + text.replacing("'", with: "'\\''") + "'" }

  @Test(arguments: ["echo k", "'k'", "kk a", "a; b", "", "x=k", "echo $(a) `b`"])
  func `what uses no alias stays as it is`(source: String) {
    #expect(AliasExpansion.expand(Array(source.utf8), with: Self.table) == Array(source.utf8))
    #expect(AliasExpansion.expand(Array(source.utf8), with: [:]) == Array(source.utf8))
  }

  @Test func `an operator that an alias brings is found, with flags typed behind it`() throws {
    let expanded = AliasExpansion.expand(Array("k --name x; b".utf8), with: Self.table)
    let scan = SyntaxScanner.scan(expanded)
    #expect(String(decoding: expanded, as: UTF8.self) == "echo k &bg  --name x; b")
    #expect(try #require(scan.operators.first).flags.map(\.name) == [.name])
  }

  @Test func `those that bring an operator are picked, and those that name them`() {
    let picked = AliasExpansion.relevant(of: Self.table.merging([Array("z".utf8): Array("ls".utf8)]) { $1 })
    #expect(
      Set(picked.keys.map { String(decoding: $0, as: UTF8.self) }).isSuperset(of: [
        "k", "l", "m", "n", "q", "r", "u", "w",
      ]))
    #expect(picked[Array("z".utf8)] == nil && picked[Array("p".utf8)] == nil && picked[Array("y".utf8)] == nil)
  }

  @Test func `bodies that multiply are given up`() {
    let table = Dictionary(
      uniqueKeysWithValues: (0..<30).map { (Array("a\($0)".utf8), Array("a\($0 + 1) ; a\($0 + 1) &bg".utf8)) })
    #expect(AliasExpansion.expand(Array("a0".utf8), with: table) == Array("a0".utf8))
  }
}
