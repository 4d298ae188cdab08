import TaskOperations
import TaskSamples
import Tasks
import Testing

struct OutputReaderTests {
  let records: RecordsOnDisk

  init() throws { records = try RecordsOnDisk() }

  private func text(of tasks: [BackgroundTask], _ selection: OutputSelection, follows: Bool = false) throws -> String {
    let reader = OutputReader(of: tasks, selection, follows: follows, by: try records.client())
    var bytes: [UInt8] = []
    if follows {
      _ = try reader.follow { bytes += $0 }
    } else {
      try reader.readAll(to: { bytes += $0 }, whereEmpty: { bytes += Array("<\($0.id) is empty>".utf8) })
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  @Test(
    arguments: [
      (nil, nil, "one\ntwo\nthree\nfour"), (2, nil, "three\nfour"), (0, nil, "<@1 is empty>"),
      (9, nil, "one\ntwo\nthree\nfour"),
      (nil, "o$", "two\n"), (1, "^t", "three\n"),
    ] as [(Int?, String?, String)])
  func `a selection says what is read`(_ lines: Int?, _ pattern: String?, _ text: String) throws {
    let task = try records.add(.sample(1, state: .exited(code: 0)), output: "one\ntwo\nthree\nfour")
    var selection = OutputSelection()
    selection.lastLines = lines
    selection.pattern = try pattern.map(LinePattern.init)
    #expect(try self.text(of: [task], selection) == text)
  }

  @Test func `where several are followed each line names its task`() throws {
    let tasks = try [
      records.add(.sample(1, state: .exited(code: 0)), output: "one\nunfinished"),
      records.add(.sample(2, state: .lost), output: "two\n"),
    ]
    #expect(
      try text(of: tasks, OutputSelection(), follows: true) == "@1 | one\n@1 | unfinished\n@2 | two\n")
  }

  @Test func `several are named above, and what is empty is heard of in its turn`() throws {
    let tasks = try [
      records.add(.sample(1, name: "first", state: .exited(code: 0)), output: "unfinished"),
      records.add(.sample(2, state: .exited(code: 0)), output: ""),
    ]
    #expect(
      try text(of: tasks, OutputSelection()) == "==> @1 first <==\nunfinished\n\n==> @2 <==\n<@2 is empty>")
    #expect(try text(of: [tasks[1]], OutputSelection()) == "<@2 is empty>")
  }

  @Test func `a file that cannot be read is a failure, and the others are read`() throws {
    let missing = try records.add(.sample(1, state: .exited(code: 0)))
    let other = try records.add(.sample(2, state: .exited(code: 0)), output: "there\n")
    let reader = OutputReader(of: [missing, other], OutputSelection(), follows: false, by: try records.client())
    #expect(
      reader.failures.map(\.description) == ["@1: no output: its file '\(missing.output.path)' is missing"])
    var bytes: [UInt8] = []
    try reader.readAll(to: { bytes += $0 }, whereEmpty: { _ in })
    #expect(String(decoding: bytes, as: UTF8.self) == "there\n")
  }
}
