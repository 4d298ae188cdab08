import ProcessControl
import Testing

@testable import Supervision

struct DeadlineQueueTests {
  @Test func `what is due comes out in the order of its moments`() {
    var queue = DeadlineQueue<String>()
    let moments: [Int64] = [5, 3, 9, 1, 7, 3, 8, 2, 6, 4]
    for (number, moment) in moments.enumerated() { queue.add("\(moment) \(number)", at: instant(moment)) }
    #expect(queue.earliest == instant(1))
    #expect(taken(from: &queue, until: 6) == [1, 2, 3, 3, 4, 5, 6])
    #expect(queue.earliest == instant(7))
  }

  @Test func `what is cancelled is not due, and takes no room`() {
    var queue = DeadlineQueue<String>()
    for moment in 1...100 as ClosedRange<Int64> { queue.add("\(moment)", at: instant(moment)) }
    for moment in 1...100 where moment % 3 != 0 { queue.cancel("\(moment)") }
    queue.cancel("unheard of")
    #expect(queue.count == 33)
    #expect(taken(from: &queue, until: 100) == (1...33).map { $0 * 3 })
    #expect(queue.earliest == nil)
  }

  @Test func `a purpose has one moment, the one that was said last`() {
    var queue = DeadlineQueue<String>()
    for moment in [5, 1, 9, 4] as [Int64] { queue.add("2", at: instant(moment)) }
    queue.add("7", at: instant(3))
    #expect(queue.count == 2)
    #expect(taken(from: &queue, until: 3) == [7])
    #expect(queue.earliest == instant(4))
    #expect(taken(from: &queue, until: 10) == [2])
  }

  private func instant(_ nanoseconds: Int64) -> MonotonicInstant { MonotonicInstant(nanoseconds: nanoseconds) }

  /// The numbers with which what is due begins.
  private func taken(from queue: inout DeadlineQueue<String>, until nanoseconds: Int64) -> [Int] {
    var taken: [Int] = []
    while let purpose = queue.popDue(at: instant(nanoseconds)) {
      taken.append(purpose.split(separator: " ").first.flatMap { Int($0) } ?? 0)
    }
    return taken
  }
}
