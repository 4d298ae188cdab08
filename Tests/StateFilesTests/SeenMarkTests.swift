import CProcess
import Glibc
import ProcessControl
import SystemPackage
import TaskSamples
import Tasks
import TestSupport
import Testing

@testable import StateFiles

struct SeenMarkTests {
  let scratch = ScratchDirectory()
  let task = TaskID(rawValue: 7)

  private func directory() throws -> StateDirectory {
    let directory = StateDirectory(path: scratch.path)
    try directory.prepare()
    for session in ["1-1", "2-2"] { _ = try directory.session(.test(session)).make() }
    return directory
  }

  @Test func `every session has a mark of its own, which outlives the value`() throws {
    let directory = try directory()
    let mark = SeenMark(task: task, session: .test("1-1"), in: directory)
    #expect(mark.offset == nil)
    for offset in [0, 5, .max, 12, 0] as [Int64] {
      try mark.move(to: offset)
      #expect(SeenMark(task: task, session: .test("1-1"), in: directory).offset == offset)
    }
    #expect(SeenMark(task: task, session: .test("2-2"), in: directory).offset == nil)
    let errors = SeenMark(task: task, file: .error, session: .test("1-1"), in: directory)
    #expect(errors.offset == nil)
    try errors.move(to: 7)
    #expect(mark.offset == 0)
  }

  @Test(arguments: ["", "x", "-5", "99999999999999999999999999999999999999"])
  func `what is no mark counts as none`(_ text: String) throws {
    let directory = try directory()
    let path = directory.session(.test("1-1")).seenPath(task)
    let file = FileDescriptor(rawValue: try systemCall { bgsh_open(path, O_WRONLY | O_CREAT, 0o600) })
    try file.writeWhole(text.utf8)
    try file.close()
    #expect(SeenMark(task: task, session: .test("1-1"), in: directory).offset == nil)
  }

  @Test func `a session whose directory has gone has no marks`() throws {
    let directory = StateDirectory(path: scratch.path)
    let mark = SeenMark(task: task, session: .test("1-1"), in: directory)
    #expect(throws: Errno.noSuchFileOrDirectory) { try mark.move(to: 1) }
    #expect(mark.offset == nil)
  }
}
