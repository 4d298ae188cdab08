import ProcessControl
import Testing

@testable import Supervision

struct DeadlineQueueTests {
  @Test func `what is due comes out in the order of its moments`() {
    var queue = DeadlineQueue<Int64>()
    let moments: [Int64] = [5, 3, 9, 1, 7, 3, 8, 2, 6, 4]
    for moment in moments { queue.add(moment, at: MonotonicInstant(nanoseconds: moment)) }
    #expect(queue.earliest?.nanoseconds == 1)
    var taken: [Int64] = []
    while let moment = queue.popDue(at: MonotonicInstant(nanoseconds: 6)) { taken.append(moment) }
    #expect(taken == [1, 2, 3, 3, 4, 5, 6])
    #expect(queue.earliest?.nanoseconds == 7)
  }
}
