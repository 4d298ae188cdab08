import Connections
import ProcessControl
import SupervisorProtocol
import Tasks
import Testing

struct SupervisorEventTests {
  static let events: [(SupervisorEvent, UInt16, String)] = [
    (.shellStopped(.terminalStop), 1, "20"), (.shellEnded(.exited(code: 3)), 2, "3"),
    (.shellEnded(.signaled(.kill)), 3, "9"), (.settled, 4, ""), (.notified, 5, ""),
    (.unstarted(TaskID(rawValue: 7), reason: "no space left"), 6, "7 no space left"),
    (.unstarted(TaskID(rawValue: 3_000_000_000), reason: ""), 6, "3000000000 "),
    (.databaseReplaced(kept: "/a b"), 7, "/a b"), (.unrecorded(reason: "no space left"), 8, "no space left"),
    (.recorded, 9, ""), (.takenOver, 10, ""), (.noted(processID: 42), 11, "42"),
    (.processEnded(processID: 42, .exited(code: 3)), 12, "42 3"),
    (.processEnded(processID: 42, .signaled(.kill)), 13, "42 9"),
    (.due(Array("7\0a\nb\0".utf8)), 14, "7\0a\nb\0"), (.due([]), 14, ""),
  ]

  @Test(arguments: events.indices)
  func `an event is one frame and comes back from it`(_ index: Int) {
    let (event, kind, text) = Self.events[index]
    #expect(event.frame == Frame(kind: kind, version: 3, payload: Array(text.utf8)))
    #expect(SupervisorEvent(event.frame) == event)
  }

  @Test func `a reason of several lines is one line`() {
    #expect(SupervisorEvent.unrecorded(reason: "no\nspace").frame.text == "no space")
    #expect(SupervisorEvent.unstarted(TaskID(rawValue: 7), reason: "a\nb").frame.text == "7 a b")
  }

  @Test(
    arguments: [(0, "bgsh"), (99, ""), (2, ""), (2, "x"), (6, ""), (6, "x y"), (11, ""), (12, "42"), (13, "x 9")]
      as [(UInt16, String)])
  func `what tells nothing is no event`(kind: UInt16, text: String) {
    #expect(SupervisorEvent(Frame(kind: kind, version: 3, payload: Array(text.utf8))) == nil)
  }

  @Test(arguments: [(false, false), (true, false), (false, true), (true, true)])
  func `how a supervisor is started stands in its arguments`(takesOver: Bool, endsWithShell: Bool) throws {
    var invocation = SupervisorInvocation(
      session: try #require(SessionID(rawValue: "1-2-3")), kind: .silent, feed: .calls, shellProcessID: 7,
      bashProcessID: 8, stateDirectory: "/state")
    invocation.takesOver = takesOver
    invocation.endsWithShell = endsWithShell
    let read = try #require(SupervisorInvocation(arguments: invocation.arguments))
    #expect(read.takesOver == takesOver)
    #expect(read.endsWithShell == endsWithShell)
    #expect(read.feed == .calls)
    #expect(SupervisorInvocation(arguments: invocation.arguments + ["other"]) == nil)
  }

  @Test func `a report is one frame and comes back from it`() {
    let child = ShellReport.Child(text: "7 256 1 2 3 4 5")
    #expect(child?.text == "7 256 1 2 3 4 5")
    for report in [.settle, .complete, .finish, .told([]), .told([7, 12])]
      + [child].compactMap({ $0.map(ShellReport.child) })
    {
      #expect(ShellReport(report.frame) == report)
    }
    #expect(ShellReport(Frame(kind: 2, version: 3, payload: Array("7 256".utf8))) == nil)
    #expect(ShellReport(Frame(kind: 9, version: 3)) == nil)
  }
}
