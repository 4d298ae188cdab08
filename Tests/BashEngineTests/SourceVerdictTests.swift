import BashEngine
import BashSyntax
import Testing

struct SourceVerdictTests {
  @Test(arguments: [
    ("true &bg", true), ("alias x='y &bg'", true), ("echo a\n--timeout 5m make", true), ("wait @7", true),
    ("exit\n\0 ( \" --timeout", true), ("a\0b\ntrue &bg", true), ("exit\n) wait @7", true),
    ("true &bg \\\n --name x", true),
    ("echo \"$@\" a@b", false), ("curl --timeout 5 x", false), ("a & bg", false), ("a &bgfoo", false), ("if )", false),
  ])
  func `a source is bash's alone if nothing in it can concern tasks`(source: String, concerns: Bool) {
    #expect(SourceReview.mayConcernTasks(Array(source.utf8)) == concerns)
  }

  @Test(arguments: [
    "", "echo a", "a & bg", "echo '&bg'", "cat <<E\n&bg\nE\n", "# &bg", "if", "a )", "cat <<E\na", "wait 7",
  ])
  func `what holds nothing of bgsh's is plain`(source: String) {
    #expect(SourceVerdict.of(Array(source.utf8)) == .plain)
  }

  @Test(arguments: ["a &bg", "--timeout 5m a", "x=$(a &bg)", "&bg", "cat <<E &bg\nbody"])
  func `an operator is rewritten`(source: String) {
    let scan = SyntaxScanner.scan(Array(source.utf8))
    #expect(SourceVerdict.of(Array(source.utf8)) == .rewritten(Rewriter.rewrite(Array(source.utf8), scan)))
  }

  @Test func `a reference to a task needs the shell, and no other text`() {
    #expect(SourceVerdict.of(Array("wait @7".utf8)) == .rewritten(Array("wait @7".utf8)))
  }

  @Test(arguments: [
    ("a\n&bg", "line 2, column 1: nothing to run before '&bg'"),
    ("a &bg --name 7", "line 1, column 7: "), ("a &bg | b", "line 1, column 7: '|' cannot follow"),
  ])
  func `a broken use is complained about`(source: String, complaint: String) throws {
    guard case .complaints(let complaints) = SourceVerdict.of(Array(source.utf8)) else {
      Issue.record("no complaint about '\(source)'")
      return
    }
    #expect(complaints.count == 1 && complaints.first?.hasPrefix(complaint) == true, "\(complaints)")
  }

  @Test(arguments: ["a &bg; if", "a &bg )", "a &bg\n'", "a &bg --x\nfi", "echo '&bg"])
  func `what bash rejects is left to it when the operator stands in it`(source: String) {
    #expect(SourceVerdict.of(Array(source.utf8)) == .unreadable)
  }
}
