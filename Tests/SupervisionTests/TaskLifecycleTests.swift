import Tasks
import Testing

@testable import Supervision

struct TaskLifecycleTests {
  private typealias State = TaskLifecycle.State
  private typealias Event = TaskLifecycle.Event

  private static let states: [(name: String, state: State)] = [
    ("running", .live(.running)), ("waiting", .live(.waitingForInput)), ("paused", .live(.paused)),
    ("e-running", .ending(.running)), ("e-waiting", .ending(.waitingForInput)), ("e-paused", .ending(.paused)),
    ("leaderless", .leaderless), ("ended", .ended),
  ]

  private static let events: [(name: String, event: Event)] = [
    ("tty-stop", .stoppedByTerminal), ("stop", .stopped), ("go-on", .continued), ("leader-ends", .leaderEnded),
    ("child-waits", .descendantWaits), ("none-waits", .noDescendantWaits), ("end-begins", .endBegins),
    ("tree-gone", .treeGone),
  ]

  private static let acts: [(letter: Character, act: TaskLifecycle.Acts)] = [
    ("r", .record), ("k", .keep), ("a", .armTimeout), ("d", .disarmTimeout), ("s", .lookSoon), ("f", .finish),
  ]

  /// What is to become of each state, and the letters of what is to be done. A dot: nothing.
  private static let table = """
                tty-stop       stop           go-on           leader-ends     child-waits  none-waits  end-begins     tree-gone
    running     waiting:r      paused:rk      .               ended:f         waiting:r    .           e-running:kd   .
    waiting     .              paused:rk      running:ra      ended:f         .            running:ra  e-waiting:kd   .
    paused      waiting:rk     .              running:rka     ended:f         .            .           e-paused:kd    .
    e-running   e-waiting:r    e-paused:rk    .               leaderless:ks   .            .           .              .
    e-waiting   .              e-paused:rk    e-running:r     leaderless:ks   .            .           .              .
    e-paused    e-waiting:rk   .              e-running:rk    leaderless:ks   .            .           .              .
    leaderless  .              .              .               .               .            .           leaderless:kd  ended:f
    ended       .              .              .               .               .            .           .              .
    """

  @Test func `every event does to every state what the table says`() throws {
    let rows = Self.table.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
    #expect(rows[0] == Self.events.map(\.name) && Self.events.map(\.event) == Event.allCases)
    #expect(rows.dropFirst().map(\.[0]) == Self.states.map(\.name))
    var pairs = 0
    for (row, (name, state)) in zip(rows.dropFirst(), Self.states) {
      try #require(row.count == Self.events.count + 1)
      for (cell, (event, value)) in zip(row.dropFirst(), Self.events) {
        #expect(Self.text(TaskLifecycle.transition(from: state, on: value)) == cell, "\(name) on \(event)")
        pairs += 1
      }
    }
    #expect(pairs == 64)
  }

  private static func text(_ transition: TaskLifecycle.Transition?) -> String {
    guard let transition else { return "." }
    let name = states.first { $0.state == transition.state }?.name ?? "?"
    return name + ":" + acts.filter { transition.acts.contains($0.act) }.map { String($0.letter) }.joined()
  }

  @Test func `a final state is left by nothing`() {
    for event in Event.allCases { #expect(TaskLifecycle.transition(from: .ended, on: event) == nil) }
  }
}
