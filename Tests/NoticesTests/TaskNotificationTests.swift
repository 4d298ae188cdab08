import Notices
import TaskSamples
import Tasks
import Testing

struct TaskNotificationTests {
  @Test func `only a quiet success makes no event`() {
    var task = BackgroundTask.sample(1)
    #expect(task.event(for: .exited(code: 0)) == .done)
    task.isQuiet = true
    #expect(task.event(for: .exited(code: 0)) == nil)
    #expect(task.event(for: .exited(code: 1)) == .failed)
    #expect(task.event(for: .timedOut(nil)) == .timedOut)
  }
}
