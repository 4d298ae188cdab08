import Glibc
import TestSupport
import Testing

/// What the results of calls advise, and what stands in nobody's arguments.
struct CallAdviceTests {
  private let scratch: ScratchState
  private let tool: ToolConversation

  init() throws {
    scratch = try ScratchState()
    tool = try ToolConversation(scratch)
  }

  @Test func `a quick command in the background is advised against, once`() throws {
    let first = try tool.run("cat /dev/null", #","run_in_background":true"#).text
    #expect(first.hasPrefix("Background task started. ID: 1. "))
    #expect(first.hasSuffix("call it without run_in_background]"))
    #expect(!(try tool.run("cat /dev/null", #","run_in_background":true"#).text.contains("advice")))
    #expect(!(try tool.run("cat /dev/null").text.contains("advice")))
  }

  @Test func `the fifth copy, sleeping, and waiting at once are advised against`() throws {
    let copy = "pytest() { sleep 1000; }; pytest"
    let results = try (0..<5).map { _ in try tool.run(copy, #","run_in_background":true"#).text }
    #expect(results.dropLast().allSatisfy { !$0.contains("advice") })
    #expect(results.last?.contains("[advice: 5 copies of ") == true)
    #expect(try tool.run("sleep 0.01").text.contains("[advice: 5 tasks run, and their ends are told"))
    let id = try tool.launch("sleep 1001")
    let waited = try tool.call("Wait", #"{"task_ids":[\#(id)],"timeout":20}"#)
    #expect(waited.text.contains("[advice: to launch a command and wait for it at once is to run it"))
  }

  /// Of every process of this machine, while a call runs and a task does.
  @Test func `the text of a command is in no process's arguments`() throws {
    let secret = "word\(getpid())in\(UInt32.random(in: .min ... .max))"
    let (call, task) = (try Gate(in: scratch, "call"), try Gate(in: scratch, "task"))
    _ = try tool.launch(": \(secret); read <task", #","description":"a \#(secret)""#)
    try tool.begin("Bash", #"{"command":": \#(secret); touch running; read <call"}"#)
    try waitUntil("the call runs") { FileTree.exists("\(scratch.path)/running") }
    func mentions() -> [String] {
      FileTree.names(in: "/proc").filter { $0.allSatisfy(\.isNumber) }
        .compactMap { try? FileTree.read("/proc/\($0)/cmdline") }
        .map { String(decoding: $0, as: UTF8.self) }.filter { $0.contains(secret) }
    }
    #expect(mentions().isEmpty)
    try call.open()
    _ = try tool.result()
    #expect(mentions().isEmpty)
    try task.open()
  }
}
