import Glibc
import ProcessControl
import StateFiles
import TaskSamples
import Tasks
import TestSupport
import Testing

struct SessionLogTests {
  let scratch = ScratchDirectory()

  private var state: StateDirectory { StateDirectory(path: scratch.path) }
  private var session: SessionID { .test("1-1") }

  private func log(_ session: SessionID? = nil) -> SessionLog {
    SessionLog(of: session ?? self.session, in: state, author: "supervisor")
  }

  private func lines(of session: SessionID? = nil, count: Int = 1_000) -> [String] {
    SessionLog.lastLines(of: session, in: state, since: Timestamp(milliseconds: 0), count: count)
  }

  private var bytes: Int64 {
    names.reduce(0) { sum, name in
      var information = stat()
      return stat("\(state.logPath)/\(name)", &information) == 0 ? sum + Int64(information.st_size) : sum
    }
  }

  private var names: [String] { (try? DirectoryListing.names(in: state.logPath)) ?? [] }

  @Test func `it has no file before there is something to say, and one for its user then`() {
    let log = log()
    #expect(names.isEmpty)
    log.note("nothing can be recorded\u{1b}[2J\nfor now")
    #expect(names == ["1-1"])
    var information = stat()
    #expect(stat("\(state.logPath)/1-1", &information) == 0 && information.st_mode & 0o7777 == 0o600)
    let lines = lines(of: session)
    #expect(lines.count == 1 && lines[0].contains("Z supervisor: nothing can be recorded"))
    #expect(!lines[0].utf8.contains(0x1b))
    #expect(self.lines(of: .test("2-2")).isEmpty)
    #expect(self.lines() == ["\(lines[0]) (session 1-1)"])
    #expect(
      SessionLog.lastLines(of: session, in: state, since: Timestamp(milliseconds: 4_000_000_000_000), count: 9).isEmpty)
  }

  @Test func `the same again and again is one line and a count`() {
    let log = log()
    for _ in 1...100 { log.note("again") }
    log.note("at last")
    #expect(
      lines(of: session).map { $0.split(separator: ": ").last } == ["again", "the same 99 times more", "at last"])
  }

  @Test func `it does not grow without end, and the last lines stay`() {
    let log = log()
    for number in 1...20_000 { log.note("number \(number)") }
    #expect(bytes <= 2 * 40_000)
    #expect(
      lines(of: session, count: 3).map { $0.split(separator: ": ").last } == [
        "number 19998", "number 19999", "number 20000",
      ])
  }

  @Test func `the logs of old sessions go`() {
    for number in 1...40 { log(.test("\(number)-1")).note("something") }
    #expect(names.count == 16)
    #expect(names.contains("40-1"))
  }

  @Test func `what cannot be written is written with the next line`() throws {
    let log = log()
    #expect(symlink("/nonexistent/directory", state.logPath) == 0)
    log.note("first")
    #expect(unlink(state.logPath) == 0)
    log.note("second")
    #expect(lines(of: session).map { $0.split(separator: ": ").last } == ["first", "second"])
  }
}
