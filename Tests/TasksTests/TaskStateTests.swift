import ProcessControl
import TaskSamples
import Tasks
import Testing

struct TaskStateTests {
  static let states: [(TaskState, String, isFinal: Bool, isSuccess: Bool, status: Int32?)] = [
    (.queued, "queued", false, false, nil),
    (.running, "running", false, false, nil),
    (.paused, "paused", false, false, nil),
    (.waitingForInput, "waiting-for-input", false, false, nil),
    (.exited(code: 0), "exited", true, true, 0),
    (.exited(code: 3), "exited", true, false, 3),
    (.killed(.terminate), "killed", true, false, 143),
    (.timedOut(.exited(code: 0)), "timed-out", true, false, 124),
    (.timedOut(.killed(.kill)), "timed-out", true, false, 124),
    (.timedOut(nil), "timed-out", true, false, 124),
    (.skipped, "skipped", true, false, 123),
    (.lost, "lost", true, false, 125),
  ]

  @Test(arguments: states.indices)
  func `a state has its text, and comes back from its parts`(_ index: Int) {
    let (state, text, isFinal, isSuccess, status) = Self.states[index]
    #expect(state.text == text)
    #expect(state.isFinal == isFinal)
    #expect(state.isSuccess == isSuccess)
    #expect(state.end?.shellStatus == status)
    #expect(TaskState(text: state.text, exitCode: state.exitCode, signal: state.signal) == state)
    #expect(TaskState.texts.contains(text))
  }

  @Test func `parts that do not fit make no state`() {
    #expect(TaskState(text: "exited", exitCode: nil, signal: nil) == nil)
    #expect(TaskState(text: "exited", exitCode: 1, signal: .kill) == nil)
    #expect(TaskState(text: "killed", exitCode: 1, signal: nil) == nil)
    #expect(TaskState(text: "running", exitCode: 0, signal: nil) == nil)
    #expect(TaskState(text: "lost", exitCode: 0, signal: nil) == nil)
    #expect(TaskState(text: "dreaming", exitCode: nil, signal: nil) == nil)
  }

  @Test func `a process that only stopped has not ended`() {
    #expect(ProcessEnd(.stopped(.terminalInput)) == nil)
    #expect(ProcessEnd(.continued) == nil)
    #expect(ProcessEnd(.exited(code: 2)) == .exited(code: 2))
    #expect(ProcessEnd(.signaled(.kill)) == .killed(.kill))
    #expect(TaskState.End(ProcessEnd.killed(.kill)) == .killed(.kill))
  }

  @Test(arguments: ["", "../x", "1/2", "1 2", "a", "1\n", String(repeating: "1", count: 65)])
  func `a session id that could lead elsewhere is none`(_ text: String) {
    #expect(SessionID(rawValue: text) == nil)
  }

  @Test func `a session id tells its second and its process, and there is no other like it`() {
    #expect(SessionID(epochSeconds: 1_700_000_000, processID: 4242, number: 7).rawValue == "1700000000-4242-7")
    #expect(SessionID(rawValue: "1700000000-4242-7") != nil)
    #expect(SessionID(rawValue: "1700000000-4242") != nil, "as an older bgsh named them")
    #expect(Set((1...100).map { _ in SessionID(epochSeconds: 1, processID: 2) }).count == 100)
  }
}
