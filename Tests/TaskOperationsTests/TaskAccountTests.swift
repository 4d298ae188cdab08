import ProcessControl
import TaskOperations
import TaskSamples
import Tasks
import Testing

/// What `why` says.
struct TaskAccountTests {
  private let records: RecordsOnDisk

  init() throws { records = try RecordsOnDisk() }

  /// The facts by their names; several lines of one are joined.
  private func facts(_ task: BackgroundTask, output: String? = nil) throws -> [String: String] {
    let lines = try TaskAccount(of: try records.add(task, output: output), by: records.client())
      .lines(now: Timestamp(milliseconds: 100_000))
    var facts: [String: String] = ["": lines[0]]
    var name = ""
    for line in lines.dropFirst() {
      if line.hasPrefix("  "), !line.hasPrefix("   ") {
        let parts = line.dropFirst(2).split(separator: "  ", maxSplits: 1)
        name = String(parts[0])
        facts[name] = parts.count > 1 ? String(parts[1].drop { $0 == " " }) : ""
      } else {
        facts[name, default: ""] += (facts[name] == "" ? "" : "\n") + line.drop { $0 == " " }
      }
    }
    return facts
  }

  @Test(
    arguments: [
      (.exited(code: 3), nil, "exited with status 3"), (.killed(.kill), .kill, "killed by SIGKILL"),
      (.timedOut(.exited(code: 0)), .timeout, "timed out; it then exited with status 0"),
      (.timedOut(.killed(.terminate)), .timeout, "timed out; it was ended by SIGTERM"),
      (
        .timedOut(.exited(code: 1)), nil,
        "its time limit passed, and bgsh could not end it; it then exited with status 1"
      ),
      (.timedOut(nil), .timeout, "timed out"), (.skipped, nil, "skipped: it was never started"),
      (.lost, nil, "lost: its supervisor was gone when it ended, nobody can know its exit status"),
    ] as [(TaskState, EndedBy?, String)])
  func `how it ended is said in a sentence`(_ state: TaskState, _ endedBy: EndedBy?, _ text: String) throws {
    #expect(try facts(.sample(1, state: state, endedBy: endedBy))["state"] == text)
  }

  @Test func `everything that is known has a line, and nothing else has`() throws {
    var task = BackgroundTask.sample(
      7, name: "e2e", command: "npm test\nnpm run lint", state: .exited(code: 1), durationMilliseconds: 1_500,
      timeoutMilliseconds: 60_000)
    task.description = "the gate"
    task.usage = ResourceUsage(userMilliseconds: 900, systemMilliseconds: 100, peakMemoryKiB: 2_048)
    let facts = try facts(task, output: "one\ntwo 10%\rtwo 100%\n\u{1b}[31mred\u{1b}[m\n")
    #expect(facts[""] == task.endHeadline())
    #expect(facts["command"] == "npm test\nnpm run lint" && facts["name"] == "@e2e" && facts["purpose"] == "the gate")
    #expect(facts["session"] == "1-1" && facts["ran for"] == "1.5s")
    #expect(facts["time limit"] == "1m, then 5s until SIGKILL")
    #expect(facts["processor"] == "900ms user, 100ms system" && facts["peak memory"] == "2.1 MB (largest process)")
    #expect(facts["last lines"] == "one\ntwo 100%\nred", "as a terminal would still show it")
    for name in ["ended by", "queued", "process", "left behind", "out of reach", "attempt", "stderr"] {
      #expect(facts[name] == nil, "\(name)")
    }
  }

  @Test func `output that has gone is said to be missing`() throws {
    let facts = try facts(.sample(1, state: .exited(code: 0)))
    #expect(facts["output"]?.hasSuffix("/1 (missing)") == true && facts["last lines"] == nil)
  }
}
