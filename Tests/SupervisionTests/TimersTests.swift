import ProcessControl
import Tasks
import Testing

@testable import Supervision

struct TimersTests {
  private let clock = TestClock()

  @Test func `a timer is due once, at the moment that it was last set to`() {
    var fired = 0
    let timer = clock.timers.timer { fired += 1 }
    #expect(clock.timers.pause == nil)
    timer.set(in: 100)
    timer.set(in: 300)
    #expect(clock.timers.pause == 300)
    clock.advance(milliseconds: 200)
    #expect(fired == 0)
    clock.advance(milliseconds: 100)
    #expect(fired == 1 && clock.timers.pause == nil)
    clock.advance(milliseconds: 1_000)
    #expect(fired == 1)
  }

  @Test func `each task has its own`() {
    var fired: [Int64] = []
    let timer = clock.timers.taskTimer { fired.append($0.rawValue) }
    let other = clock.timers.taskTimer { fired.append(-$0.rawValue) }
    for id in 1...3 as ClosedRange<Int64> { timer.set(TaskID(rawValue: id), in: 40 - 10 * id) }
    other.set(TaskID(rawValue: 2), in: 5)
    timer.cancel(TaskID(rawValue: 1))
    clock.advance(milliseconds: 100)
    #expect(fired == [-2, 3, 2])
  }

  @Test func `what is due may set itself again`() {
    var fired = 0
    var timer: Timers.Timer?
    timer = clock.timers.timer {
      fired += 1
      timer?.set(in: 10)
    }
    timer?.set(in: 10)
    for _ in 0..<5 { clock.advance(milliseconds: 10) }
    #expect(fired == 5)
  }
}
