import Connections
import ProcessControl
import Tasks
import TestSupport
import Testing

@testable import SupervisorProtocol

/// Every kind of message that is written is read, and stands in docs/protocols.md.
struct MessageKindTests {
  private static let ids = [TaskID(rawValue: 7), TaskID(rawValue: 8)]
  private static let child = ShellReport.Child(
    ReapedChild(
      processID: 42, rawStatus: 256,
      usage: ResourceUsage(userMilliseconds: 1, systemMilliseconds: 2, peakMemoryKiB: 3)),
    at: Timestamp(milliseconds: 4), instant: MonotonicInstant(nanoseconds: 5))

  /// The kinds in the first column of a table in docs/protocols.md.
  private static func documentedKinds(of message: String) throws -> [UInt16] {
    let root = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    return try FileTree.text("\(root)/docs/protocols.md").split(separator: "\n", omittingEmptySubsequences: false)
      .drop { !$0.hasPrefix("| kind | \(message) |") }.dropFirst(2).prefix { $0.hasPrefix("|") }
      .compactMap { $0.split(separator: "|").first.flatMap { UInt16($0.filter { $0 != " " }) } }
  }

  @Test func `requests`() throws {
    let requests: [SupervisorRequest] = [
      .watch(Self.ids), .kill(Self.ids), .signal(.hangUp, Self.ids), .foreground(Self.ids[0]), .resume(Self.ids[0]),
      .settle,
    ]
    for request in requests { #expect(SupervisorRequest(request.frame) == request) }
    let kinds = SupervisorRequest.Kind.allCases.map(\.rawValue)
    #expect(Set(requests.map(\.frame.kind)) == Set(kinds))
    #expect(try Self.documentedKinds(of: "request") == kinds)
  }

  @Test func `replies`() throws {
    let replies: [SupervisorReply] = [
      .state(Self.ids[0], .timedOut(.killed(.terminate))), .done(Self.ids[0]), .refused(Self.ids[0], "why not"),
      .process(Self.ids[0], groupID: 3, sessionID: 4),
    ]
    for reply in replies { #expect(SupervisorReply(reply.frame) == reply) }
    let kinds = SupervisorReply.Kind.allCases.map(\.rawValue)
    #expect(Set(replies.map(\.frame.kind)) == Set(kinds))
    #expect(try Self.documentedKinds(of: "reply") == kinds)
  }

  @Test func `events`() throws {
    let kinds = SupervisorEvent.Kind.allCases.map(\.rawValue)
    #expect(Set(SupervisorEventTests.events.map(\.1)) == Set(kinds), "each is written and read there")
    #expect(try Self.documentedKinds(of: "event") == kinds)
  }

  @Test func `reports`() throws {
    let reports: [ShellReport] = [.settle, .child(Self.child), .complete, .finish, .told([9, 10])]
    for report in reports { #expect(ShellReport(report.frame) == report) }
    let kinds = ShellReport.Kind.allCases.map(\.rawValue)
    #expect(Set(reports.map(\.frame.kind)) == Set(kinds))
    #expect(try Self.documentedKinds(of: "report") == kinds)
  }
}
