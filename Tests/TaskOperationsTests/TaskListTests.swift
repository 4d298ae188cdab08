import ProcessControl
import Records
import TaskOperations
import TaskSamples
import Tasks
import Testing

/// What `jobs` shows of tasks that are on record.
struct TaskListTests {
  private let records: RecordsOnDisk
  private let now = Timestamp(milliseconds: 100_000_000)

  init() throws { records = try RecordsOnDisk() }

  private func list(
    _ tasks: BackgroundTask..., states: Set<String>? = nil, withRemains: Bool = false
  ) throws -> TaskList {
    try TaskList(
      of: tasks, matching: TaskFilter(states: Array(states ?? [])), withRemains: withRemains, by: records.client(),
      now: now)
  }

  @Test func `a live task has no end`() throws {
    var task = BackgroundTask.sample(3, name: "tests")
    task.startedAt = now - .seconds(90)
    var row = try #require(try list(task).rows.first)
    #expect((row.id, row.state, row.time) == ("@3", "running", "1m30s"))
    #expect(row.age == nil && !row.hasEnded)
    #expect((row.name, row.command) == ("tests", "npm test"))
    #expect((row.processIDs, row.processorTime, row.memory) == ("-", "-", "-"))
    task.timeoutMilliseconds = 300_000
    row = try #require(try list(task).rows.first)
    #expect(row.time == "1m30s of 5m")
  }

  @Test func `an ended task says how, for how long, when and at what cost`() throws {
    var task = BackgroundTask.sample(
      3, state: .killed(.terminate), durationMilliseconds: 1_500, endedBy: .kill,
      endedAt: now.milliseconds - 3_600_500)
    task.processID = 4_242
    task.usage = ResourceUsage(userMilliseconds: 900, systemMilliseconds: 100, peakMemoryKiB: 2_048)
    let row = try #require(try list(task).rows.first)
    #expect((row.state, row.time, row.age) == ("killed (SIGTERM, by kill)", "1.5s", "1h ago"))
    #expect((row.processIDs, row.processorTime, row.memory) == ("4242", "1s", "2.1 MB"))
    #expect(row.name == "" && row.directory == "/home/u/app")
  }

  @Test func `it has the tasks that a filter lets pass, or those of some that are in a state`() throws {
    let ended = try records.add(.sample(1, state: .exited(code: 1), endedAt: now.milliseconds - 1_000))
    let lost = try records.add(.sample(2, state: .lost, endedAt: now.milliseconds - 1_000))
    let filter = TaskFilter(states: ["exited"])
    #expect(try TaskList(matching: filter, withRemains: false, by: records.client(), now: now).rows.map(\.id) == ["@1"])
    #expect(try list(ended, lost, states: ["lost"]).rows.map(\.id) == ["@2"])
    #expect(try list(ended, lost, withRemains: true).rows.map(\.id) == ["@1", "@2"])
    #expect(try list().json.text == "[]")
    #expect(try list(lost).json.text == "[\(lost.json.text)]")
  }

  @Test func `what would be reached of an ended task is nothing, and that is a failure`() throws {
    let task = try records.add(.sample(1, state: .exited(code: 3)))
    let trees = try TaskTree.trees(of: [task], by: records.client())
    #expect(trees.map(\.json.text) == [#"{"id":1,"processes":[]}"#])
    #expect(trees.map(\.failure?.description) == ["@1 has already ended with status 3"])
  }
}
