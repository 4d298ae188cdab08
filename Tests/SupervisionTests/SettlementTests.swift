import ProcessControl
import Tasks
import Testing

@testable import Supervision

struct SettlementTests {
  private let clock = TestClock()
  private let settlement: Settlement

  init() { settlement = Settlement(timers: clock.timers) }

  private func id(_ number: Int64) -> TaskID { TaskID(rawValue: number) }

  @Test func `without a launch nobody waits`() {
    var isSettled = false
    settlement.wait { isSettled = true }
    #expect(isSettled && settlement.isEmpty && !settlement.expectsTasks)
  }

  @Test func `who waits waits for what was under way, and for nothing that comes later`() {
    var settled: [String] = []
    settlement.begin(id(1))
    settlement.begin(id(2))
    settlement.wait { settled.append("first") }
    settlement.begin(id(3))
    settlement.wait { settled.append("second") }
    settlement.end(id(2))
    #expect(settled.isEmpty)
    settlement.end(id(1))
    #expect(settled == ["first"])
    settlement.end(id(3))
    #expect(settled == ["first", "second"] && settlement.isEmpty)
  }

  @Test func `a launch that never comes is waited for once, and not for long`() {
    var settled = 0
    settlement.begin(id(1))
    settlement.wait { settled += 1 }
    clock.advance(milliseconds: Patience.settleMilliseconds - 1)
    #expect(settled == 0)
    clock.advance(milliseconds: 1)
    #expect(settled == 1)
    settlement.wait { settled += 1 }
    #expect(settled == 2, "nobody waits for it again")
    #expect(settlement.isUnderWay(id(1)), "it may still come")
    settlement.end(id(1))
    #expect(settled == 2)
  }

  @Test func `each has a deadline of his own`() {
    var settled: [Int] = []
    settlement.begin(id(1))
    settlement.wait { settled.append(1) }
    clock.advance(milliseconds: Patience.settleMilliseconds / 2)
    settlement.begin(id(2))
    settlement.wait { settled.append(2) }
    clock.advance(milliseconds: Patience.settleMilliseconds / 2)
    #expect(settled == [1])
    clock.advance(milliseconds: Patience.settleMilliseconds / 2)
    #expect(settled == [1, 2])
  }

  @Test func `a silent launch keeps the session alive for some time`() {
    settlement.begin(id(1))
    clock.advance(milliseconds: Patience.registrationMilliseconds - 1)
    #expect(settlement.expectsTasks)
    #expect(clock.timers.pause == 1, "the loop wakes up to see that it is over")
    clock.advance(milliseconds: 1)
    #expect(!settlement.expectsTasks)
  }

  @Test func `who is told may ask again`() {
    var settled = 0
    settlement.begin(id(1))
    settlement.wait { [settlement] in
      settled += 1
      settlement.begin(TaskID(rawValue: 2))
      settlement.wait { settled += 1 }
    }
    settlement.end(id(1))
    #expect(settled == 1)
    settlement.end(id(2))
    #expect(settled == 2)
  }
}
