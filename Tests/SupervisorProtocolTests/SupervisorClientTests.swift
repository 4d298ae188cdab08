import CProcess
import Connections
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

  static let requests: [(SupervisorRequest, UInt16, String)] = [
    (.watch(ids), 1, "7\t12"), (.kill(ids), 2, "7\t12"), (.signal(.hangUp, [ids[0]]), 3, "1\t7"),
    (.foreground(ids[0]), 4, "7"), (.resume(ids[1]), 5, "12"), (.settle, 6, ""),
  ]

  @Test(arguments: requests.indices)
  func `a request is one frame and comes back from it`(_ index: Int) {
    let (request, kind, text) = Self.requests[index]
    #expect(request.frame == Frame(kind: kind, version: 2, payload: Array(text.utf8)))
    #expect(SupervisorRequest(request.frame) == request)
  }

  @Test(
    arguments: [
      (0, "bgsh"), (1, ""), (2, "\t"), (2, "0"), (2, "-1"), (2, "x"), (2, "7 8"), (3, "7"), (3, "TERM\t7"),
      (3, "65\t7"),
      (5, "7\t8"), (6, "7"), (7, "7"), (1, "7\t"),
    ] as [(UInt16, String)])
  func `what asks nothing is no request`(kind: UInt16, text: String) {
    #expect(SupervisorRequest(Frame(kind: kind, version: 2, payload: Array(text.utf8))) == nil)
  }

  static let replies: [(SupervisorReply, UInt16, String)] = [
    (.state(ids[0], .waitingForInput), 1, "7\twaiting-for-input\t\t"),
    (.state(ids[0], .exited(code: 3)), 1, "7\texited\t3\t"),
    (.state(ids[0], .killed(.terminate)), 1, "7\tkilled\t\t15"),
    (.state(ids[0], .timedOut(.killed(.kill))), 1, "7\ttimed-out\t\t9"),
    (.state(ids[0], .lost), 1, "7\tlost\t\t"),
    (.done(ids[0]), 2, "7"),
    (.refused(ids[0], "it has already ended"), 3, "7\tit has already ended"),
    (.process(ids[0], groupID: 5, sessionID: 4), 4, "7\t5\t4"),
  ]

  @Test(arguments: replies.indices)
  func `a reply is one frame and comes back from it`(_ index: Int) {
    let (reply, kind, text) = Self.replies[index]
    #expect(reply.frame == Frame(kind: kind, version: 2, payload: Array(text.utf8)))
    #expect(SupervisorReply(reply.frame) == reply)
  }

  @Test func `a reason cannot break a field`() {
    #expect(SupervisorReply.refused(Self.ids[0], "a\tb\nc").frame.text == "7\ta b c")
  }

  @Test(
    arguments: [(0, "bgsh"), (2, ""), (2, "x"), (1, "7\texited\t\t"), (1, "7\trunning"), (4, "7\t1"), (2, "7\t8")]
      as [(UInt16, String)])
  func `what says nothing is no reply`(kind: UInt16, text: String) {
    #expect(SupervisorReply(Frame(kind: kind, version: 2, payload: Array(text.utf8))) == nil)
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

  private static let greeting = Greeting(version: 2).frame.bytes

  @Test func `replies arrive one by one until the supervisor closes`() throws {
    let listener = try Listener()
    var client = try SupervisorClient(listener.session, asking: .watch(Self.ids))
    let connection = try listener.accept()
    #expect(try connection.readSome() == Self.greeting + SupervisorRequest.watch(Self.ids).frame.bytes)
    let second = SupervisorReply.state(Self.ids[1], .paused).frame.bytes
    try connection.writeWhole(
      Self.greeting + SupervisorReply.state(Self.ids[0], .running).frame.bytes + second.prefix(20))
    #expect(try client.nextReply() == .state(Self.ids[0], .running))
    // A reply that is not whole is none yet, and nothing of it is lost.
    do {
      _ = try client.nextReply(timeoutMilliseconds: 1)
      Issue.record("half a reply was taken for one")
    } catch {
      #expect(error == .timedOut)
    }
    try connection.writeWhole(second.dropFirst(20))
    try connection.close()
    #expect(try client.nextReply(timeoutMilliseconds: 5_000) == .state(Self.ids[1], .paused))
    #expect(try client.nextReply() == nil)
    #expect(try client.nextReply() == nil)
  }

  @Test func `a reply that is not known is named`() throws {
    let listener = try Listener()
    var client = try SupervisorClient(listener.session, asking: .kill(Self.ids))
    let connection = try listener.accept()
    try connection.writeWhole(
      Self.greeting + Frame(kind: 77, version: 2, payload: Array("exploded\t7\u{1b}[2J".utf8)).bytes)
    try connection.close()
    do {
      _ = try client.nextReply()
      Issue.record("it was understood")
    } catch {
      #expect(error == .notUnderstood("exploded\t7\u{1b}[2J"))
      #expect(error.description.contains("said 'exploded        7^[[2J'"))
    }
  }

  // MARK: Other versions

  private static func failure(of client: inout SupervisorClient) -> SupervisorError? {
    do throws(SupervisorError) {
      _ = try client.nextReply()
      return nil
    } catch {
      return error
    }
  }

  /// It takes the greeting for a line that asks nothing, and closes the connection.
  @Test func `a supervisor of before the frames is told apart`() throws {
    let listener = try Listener()
    var client = try SupervisorClient(listener.session, asking: .kill(Self.ids))
    let connection = try listener.accept()
    let line = try connection.readSome().prefix { $0 != UInt8(ascii: "\n") }
    #expect(
      !["watch", "kill", "signal", "foreground", "resume", "settle"].contains(
        String(decoding: line, as: UTF8.self).split(separator: "\t").first))
    try connection.close()
    let failure = Self.failure(of: &client)
    let error = try #require(failure)
    #expect(error == .otherVersion(name: nil))
    #expect(error.description.contains("of another version (an older bgsh, and this is bgsh \(Version.text))"))
  }

  @Test func `one that answers in lines is told apart`() throws {
    let listener = try Listener()
    var client = try SupervisorClient(listener.session, asking: .kill(Self.ids))
    let connection = try listener.accept()
    try connection.writeWhole("done\t7\n".utf8)
    let failure = Self.failure(of: &client)
    #expect(failure == .otherVersion(name: nil))
    try connection.close()
  }

  @Test func `a newer supervisor is told apart by its name`() throws {
    let listener = try Listener()
    var client = try SupervisorClient(listener.session, asking: .kill(Self.ids))
    let connection = try listener.accept()
    try connection.writeWhole(Frame(kind: 0, version: 3, payload: Array("bgsh 7.0\n".utf8)).bytes)
    let failure = Self.failure(of: &client)
    let error = try #require(failure)
    #expect(error == .otherVersion(name: "bgsh 7.0"))
    #expect(error.description.contains("bgsh 7.0"))
    try connection.close()
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
