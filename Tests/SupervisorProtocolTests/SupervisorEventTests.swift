import ProcessControl
import SupervisorProtocol
import Tasks
import Testing

struct SupervisorEventTests {
  static let events: [(SupervisorEvent, String)] = [
    (.shellStopped(.terminalStop), "stopped 20\n"), (.shellEnded(.exited(code: 3)), "exited 3\n"),
    (.shellEnded(.signaled(.kill)), "killed 9\n"), (.settled, "settled\n"), (.notified, "notified\n"),
    (.unstarted(TaskID(rawValue: 7), reason: "no space left"), "unstarted 7 no space left\n"),
    (.databaseReplaced(kept: "/a b"), "replaced 0 /a b\n"),
    (.unrecorded(reason: "no space left"), "unrecorded 0 no space left\n"),
    (.recorded, "recorded\n"), (.takenOver, "taken-over\n"), (.noted(processID: 42), "noted 42\n"),
  ]

  @Test(arguments: events.indices)
  func `an event is one line and comes back from it`(_ index: Int) {
    let (event, line) = Self.events[index]
    #expect(event.line == line)
    #expect(SupervisorEvent(line: line.dropLast()) == event)
  }

  @Test func `a reason of several lines is one line`() {
    #expect(SupervisorEvent.unrecorded(reason: "no\nspace").line == "unrecorded 0 no space\n")
    #expect(SupervisorEvent.unstarted(TaskID(rawValue: 7), reason: "a\nb").line == "unstarted 7 a b\n")
  }

  @Test(arguments: ["", "dance", "exited", "exited x", "unstarted", "noted"])
  func `what tells nothing is no event`(_ line: String) {
    #expect(SupervisorEvent(line: line[...]) == nil)
  }
}
