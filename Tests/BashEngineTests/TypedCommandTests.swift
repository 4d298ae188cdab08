import BashEngine
import Testing

struct TypedCommandTests {
  private func verdicts(_ lines: String...) -> [String] {
    var command = TypedCommand()
    return lines.enumerated().map { index, line in
      switch command.add(ReadText(Array(line.utf8), at: index == 0 ? .firstLine : .laterLine)).verdict {
      case .asTyped: "as typed"
      case .replacement(let text):
        text.starts(with: "{ __bgsh_launch".utf8) ? "launch" : String(decoding: text, as: UTF8.self)
      case .wholeCommand(let text):
        "whole of \(text.count { $0 == UInt8(ascii: "\n") } + 1) lines"
      case .held: "held"
      case .refused: "refused"
      }
    }
  }

  @Test func `a line without an operator is bash's`() {
    #expect(verdicts("echo hi && make & bg") == ["as typed"])
    #expect(verdicts("echo '&bg'") == ["as typed"])
    #expect(verdicts("cat <<E", "make &bg", "E") == ["as typed", "as typed", "as typed"])
  }

  @Test func `a line with an operator is replaced`() {
    #expect(verdicts("make &bg") == ["launch"])
  }

  @Test func `a list that begins on an earlier line is given again as a whole`() {
    #expect(verdicts("for i in 1", "do make", "done &bg") == ["as typed", "as typed", "whole of 3 lines"])
    #expect(verdicts("cat <<E &bg", "text", "E") == ["as typed", "as typed", "whole of 3 lines"])
    #expect(verdicts("make &bg --name \\", "x") == ["as typed", "whole of 2 lines"])
  }

  @Test func `a prefix is left out until its list is complete`() {
    #expect(verdicts("--timeout 5m for i in 1", "do make", "done") == [" for i in 1", "as typed", "whole of 3 lines"])
  }

  @Test func `a misplaced operator is refused as soon as it is seen`() {
    #expect(verdicts("make &bg | cat") == ["refused"])
    #expect(verdicts("if true", "then &bg", "fi").last == "refused")
  }

  @Test func `what bash will reject goes to bash`() {
    #expect(verdicts("make &bg; if then") == ["as typed"])
  }

  @Test func `a command begins anew`() {
    var command = TypedCommand()
    _ = command.add(ReadText(Array("if make &bg".utf8), at: .firstLine))
    #expect(command.add(ReadText(Array("make".utf8), at: .firstLine)).verdict == .asTyped)
  }

  @Test func `an alias may bring the operator`() {
    var command = TypedCommand()
    func verdict(_ line: String) -> LineVerdict {
      var read = ReadText(Array(line.utf8), at: .firstLine)
      read.aliases = [Array("mk".utf8): Array("make &bg".utf8), Array("m".utf8): Array("mk".utf8)]
      return command.add(read).verdict
    }
    guard case .replacement(let text) = verdict("m") else {
      Issue.record("not replaced")
      return
    }
    #expect(text.starts(with: "{ __bgsh_launch \"$?\" 'make'".utf8))
    #expect(verdict("echo m mk") == .asTyped)
  }

  @Test func `what is nested too deeply is refused`() {
    let nested = String(repeating: "$(", count: 200) + "a &bg" + String(repeating: ")", count: 200)
    #expect(verdicts(nested) == ["refused"])
    #expect(verdicts(nested.replacing("&bg", with: "&")) == ["as typed"])
  }
}
