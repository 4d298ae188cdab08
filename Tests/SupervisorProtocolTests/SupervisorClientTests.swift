import CProcess
import Glibc
import ProcessControl
import StateFiles
import SupervisorProtocol
import SystemPackage
import TaskSamples
import Tasks
import TestSupport
import Testing

struct SupervisorClientTests {
  static let ids = [TaskID(rawValue: 7), TaskID(rawValue: 12)]

  static let requests: [(SupervisorRequest, String)] = [
    (.watch(ids), "watch\t7\t12\n"), (.kill(ids), "kill\t7\t12\n"), (.signal(.hangUp, [ids[0]]), "signal\t1\t7\n"),
    (.foreground(ids[0]), "foreground\t7\n"), (.resume(ids[1]), "resume\t12\n"),
  ]

  @Test(arguments: requests.indices)
  func `a request is one line and comes back from it`(_ index: Int) {
    let (request, line) = Self.requests[index]
    #expect(request.line == line)
    #expect(SupervisorRequest(line: line.dropLast()) == request)
  }

  @Test(arguments: [
    "", "watch", "kill\t", "kill\t0", "kill\t-1", "kill\tx", "kill 7", "signal\t7", "signal\tTERM\t7", "signal\t65\t7",
    "resume\t7\t8", "dance\t7", "watch\t7\t",
  ])
  func `what asks nothing is no request`(_ line: String) {
    #expect(SupervisorRequest(line: line) == nil)
  }

  static let replies: [(SupervisorReply, String)] = [
    (.state(ids[0], .waitingForInput), "state\t7\twaiting-for-input\t\t\n"),
    (.state(ids[0], .exited(code: 3)), "state\t7\texited\t3\t\n"),
    (.state(ids[0], .killed(.terminate)), "state\t7\tkilled\t\t15\n"),
    (.state(ids[0], .timedOut(.killed(.kill))), "state\t7\ttimed-out\t\t9\n"),
    (.state(ids[0], .lost), "state\t7\tlost\t\t\n"),
    (.done(ids[0]), "done\t7\n"),
    (.refused(ids[0], "it has already ended"), "refused\t7\tit has already ended\n"),
    (.process(ids[0], groupID: 5, sessionID: 4), "process\t7\t5\t4\n"),
  ]

  @Test(arguments: replies.indices)
  func `a reply is one line and comes back from it`(_ index: Int) {
    let (reply, line) = Self.replies[index]
    #expect(reply.line == line)
    #expect(SupervisorReply(line: line.dropLast()) == reply)
  }

  @Test func `a reason cannot break a line`() {
    #expect(SupervisorReply.refused(Self.ids[0], "a\tb\nc").line == "refused\t7\ta b c\n")
  }

  @Test(arguments: ["", "done", "done\tx", "state\t7\texited\t\t", "state\t7\trunning", "process\t7\t1", "done\t7\t8"])
  func `what says nothing is no reply`(_ line: String) {
    #expect(SupervisorReply(line: line) == nil)
  }

  // MARK: The connection

  /// A session directory with a socket that listens, and what answers on it.
  final class Listener {
    let scratch = ScratchDirectory()
    let session: SessionDirectory
    let descriptor: FileDescriptor
    private var isClosed = false

    /// Deeper than an address of a socket is long.
    init() throws {
      var path = scratch.path
      for _ in 0..<5 {
        path += "/" + String(repeating: "d", count: 40)
        mkdir(path, 0o700)
      }
      session = SessionDirectory(id: .test("1-1"), path: path)
      let directory = FileDescriptor(rawValue: try systemCall { bgsh_open(path, O_RDONLY | O_DIRECTORY, 0) })
      defer { try? directory.close() }
      descriptor = FileDescriptor(rawValue: try systemCall { bgsh_listen_in(directory.rawValue, "control") })
    }

    func accept() throws -> FileDescriptor {
      var user: UInt32 = 0
      return FileDescriptor(rawValue: try systemCall { bgsh_accept(descriptor.rawValue, &user, nil) })
    }

    /// Once only: the number is soon another's.
    func close() {
      if !isClosed { try? descriptor.close() }
      isClosed = true
    }

    deinit { close() }
  }

  @Test func `replies arrive one by one until the supervisor closes`() throws {
    let listener = try Listener()
    var client = try SupervisorClient(listener.session, asking: .watch(Self.ids))
    let connection = try listener.accept()
    #expect(try connection.readSome() == Array("watch\t7\t12\n".utf8))
    try connection.writeWhole("state\t7\trunning\t\t\nstate\t12\tpau".utf8)
    #expect(try client.nextReply() == .state(Self.ids[0], .running))
    // A reply that is not whole is none yet, and nothing of it is lost.
    do {
      _ = try client.nextReply(timeoutMilliseconds: 1)
      Issue.record("half a reply was taken for one")
    } catch {
      #expect(error == .timedOut)
    }
    try connection.writeWhole("sed\t\t\n".utf8)
    try connection.close()
    #expect(try client.nextReply(timeoutMilliseconds: 5_000) == .state(Self.ids[1], .paused))
    #expect(try client.nextReply() == nil)
    #expect(try client.nextReply() == nil)
  }

  @Test func `a reply of another version is named`() throws {
    let listener = try Listener()
    var client = try SupervisorClient(listener.session, asking: .kill(Self.ids))
    let connection = try listener.accept()
    try connection.writeWhole("exploded\t7\u{1b}[2J\n".utf8)
    try connection.close()
    do {
      _ = try client.nextReply()
      Issue.record("it was understood")
    } catch {
      #expect(error == .notUnderstood("exploded\t7\u{1b}[2J"))
      #expect(error.description.contains("said 'exploded        7^[[2J'"))
    }
  }

  @Test func `a session that is over and a supervisor that died are told apart`() throws {
    let scratch = ScratchDirectory()
    let missing = SessionDirectory(id: .test("1-1"), path: scratch.path + "/1-1")
    Self.expect(.noSession, from: missing)
    mkdir(missing.path, 0o700)
    Self.expect(.gone, from: missing)
    let listener = try Listener()
    listener.close()
    Self.expect(.gone, from: listener.session)
  }

  private static func expect(_ expected: SupervisorError, from session: SessionDirectory) {
    do {
      _ = try SupervisorClient(session, asking: .kill(ids))
      Issue.record("there was somebody")
    } catch {
      #expect(error == expected)
    }
  }
}
