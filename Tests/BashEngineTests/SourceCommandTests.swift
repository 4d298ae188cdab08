import BashEngine
import Testing

struct SourceCommandTests {
  private func judge(_ text: String, at place: ReadText.Place, isPosix: Bool = false) -> String {
    var read = ReadText(Array(text.utf8), at: place)
    read.firstLine = 50
    read.isPosix = isPosix
    let (verdict, complaints) = SourceCommand.judge(read)
    switch verdict {
    case .asTyped: return "as typed"
    case .replacement(let text):
      return text.contains(Array("__bgsh_launch".utf8)) ? "launch" : String(decoding: text, as: UTF8.self)
    case .wholeCommand: return "whole"
    case .held(let text): return text.map { "held: \(String(decoding: $0, as: UTF8.self))" } ?? "held"
    case .refused: return complaints.joined(separator: "; ")
    }
  }

  @Test(arguments: [
    ("make &bg", "launch"), ("echo '&bg'", "as typed"), ("curl --timeout 5 \\", "as typed"), ("if make &bg", "held"),
    ("make &bg )", "held"), ("make &bg; echo \\", "held"), ("make &bg --name \\", "held: make &\\"),
    ("if a; then make &bg --name x fi; b &bg; cat <<E", "held: if a; then make & fi; b &bg; cat <<E"),
    ("--timeout 5m for i in 1", "held:  for i in 1"),
    ("make &bg | cat", "line 50, column 10: '|' cannot follow '&bg': write '&bg' at the end of the pipeline"),
  ])
  func `what is complete is rewritten at once, and what is not is held`(line: String, verdict: String) {
    #expect(judge(line, at: .lines(newest: 0)) == verdict)
  }

  @Test func `a prefix on a later line is left out until the end has been found`() {
    #expect(judge("f() {\n--timeout 5m for i in 1", at: .lines(newest: 6)) == "held:  for i in 1")
  }

  @Test(arguments: [
    ("if true\nthen make &bg\nfi", "launch"), ("cat <<E &bg\nbody", "launch"),
    ("f() {\n# not &bg\n:\n}", "as typed"),
    ("if true\nthen &bg\nfi", "line 51, column 6: nothing to run before '&bg'"),
    (
      "make &bg )",
      "line 50: what '&bg' means in this command cannot be told, and it is not run; give '&bg' a command of its own"
    ),
  ])
  func `a command is judged as a whole`(text: String, verdict: String) {
    #expect(judge(text, at: .command) == verdict)
  }

  @Test(arguments: [
    ("make &bg", true), ("make &bg\nfi", true), ("--timeout 5m make", true), ("\nmake &bg", false), ("", false),
    ("if make &bg\nthen :; fi", false), ("make &bg )", false), ("make &bg --name a,b", false), ("echo '&bg'", false),
    ("cat <<E &bg\nbody\nE", false), ("make\\\n&bg", false),
  ])
  func `a first line that is a command of its own is rewritten in advance`(text: String, isRewritten: Bool) {
    let replacement = SourceCommand.replacement(ofFirstLineIn: Array(text.utf8))
    #expect((replacement != nil) == isRewritten)
    if isRewritten {
      let line = text.split(separator: "\n", omittingEmptySubsequences: false)[0]
      #expect(
        SourceCommand.judge(ReadText(Array(line.utf8), at: .lines(newest: 0))).verdict
          == .replacement(replacement ?? []))
    }
  }

  @Test func `in posix mode an apostrophe in a quoted expansion is a character`() {
    let text = #"echo "${x:-it's}" &bg"#
    #expect(judge(text, at: .lines(newest: 0)) == "held")
    #expect(judge(text, at: .lines(newest: 0), isPosix: true) == "launch")
    #expect(judge(#"echo "${x%'}'}" &bg"#, at: .lines(newest: 0), isPosix: true) == "launch")
  }
}
