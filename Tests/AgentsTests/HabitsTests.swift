import Agents
import ProcessControl
import TaskSamples
import Tasks
import Testing

struct HabitsTests {
  private func id(_ number: Int64) -> TaskID { TaskID(rawValue: number) }

  @Test(arguments: [
    ("git status", "'git status' takes less than a second"), ("cat a | wc -l", "'cat' takes less than a second"),
    ("vim notes.md", "'vim' wants a terminal"), ("cd /tmp", "'cd' changes a copy of the shell"),
  ])
  func `what does not belong in the background is said once`(command: String, text: String) {
    var habits = Habits()
    let advice = habits.launched(command, as: id(1), beside: []) ?? ""
    #expect(advice.hasPrefix("[advice: \(text)"))
    #expect(!advice.contains("\n"))
    let again = habits.launched(command, as: id(2), beside: [])
    #expect(again == nil)
  }

  @Test(arguments: ["npm test", "npm run dev", "npm install", "nonesuch", "for i in 1; do cat a; done", "sleep 100"])
  func `nothing is said of what may well run there`(command: String) {
    var habits = Habits()
    let advice = habits.launched(command, as: id(1), beside: [])
    #expect(advice == nil)
  }

  @Test(arguments: [
    ("npm test", ["npm test", "npm test -- a", "cd x && npm test", "npm test"], "5 copies of 'npm test'"),
    ("./own-script", ["./own-script", "./own-script", "./own-script", "./own-script"], "5 copies of './own-script'"),
    ("npm test", ["npm test", "npm run build", "npm test", "npm test"], nil),
    ("npm run dev", ["npm run dev", "npm run dev", "npm run dev", "npm run dev"], nil),
  ])
  func `the fifth copy at a time is one too many`(command: String, running: [String], text: String?) {
    var habits = Habits()
    let advice = habits.launched(command, as: id(5), beside: running)
    #expect(advice?.contains(text ?? "nothing") ?? (text == nil))
    let again = habits.launched(command, as: id(6), beside: running + [command])
    if text != nil { #expect(again == nil) }
  }

  @Test func `sleeping for a task is sleeping for nothing`() {
    var habits = Habits()
    let advice = [
      habits.ran("sleep 30", besides: 0), habits.ran("sleep 30", besides: 2), habits.ran("sleep 30", besides: 2),
      habits.ran("sleep 5; cat log", besides: 1), habits.ran("npm test", besides: 2),
    ]
    #expect(advice[1]?.hasPrefix("[advice: 2 tasks run, and their ends are told") == true)
    #expect(advice[3]?.contains("a task runs, and its end is told") == true)
    #expect([advice[0], advice[2], advice[4]] == [nil, nil, nil])
  }

  @Test func `to launch and to wait at once is to run`() {
    var habits = Habits()
    func waits(_ number: Int64, _ command: String, after other: (inout Habits) -> Void = { _ in }) -> String? {
      _ = habits.launched(command, as: id(number), beside: [])
      other(&habits)
      return habits.waited(for: [.sample(number, command: command)])
    }
    #expect(waits(1, "npm test")?.contains("leave out run_in_background") == true)
    #expect(waits(2, "npm test") == nil)
    #expect(waits(3, "npm run build") { _ = $0.ran("cat a", besides: 1) } == nil)
    #expect(waits(4, "npm run lint") { $0.wentOn() } == nil)
    let late = habits.waited(for: [.sample(4, command: "npm run lint")])
    #expect(late == nil)
  }
}
