import Advice
import ArgumentParser
import Notices
import ProcessControl
import Records
import StateFiles
import Tasks

/// Prints the notifications that are due.
struct NotificationsCommand: JobCommand {
  static let configuration = CommandConfiguration(
    commandName: "notifications", abstract: "Print the notifications that are due, now.")

  @Flag(help: "Leave them due.")
  var peek = false

  @Flag(help: "Those that have been delivered too, oldest first; all stay as they are.")
  var history = false

  @Flag(help: "Print an array of records.")
  var json = false

  func validate() throws {
    if peek && history { throw ValidationError("--peek and --history exclude each other") }
  }

  func perform() throws -> Int32 {
    let workplace = try Workplace()
    let notices = try notices(in: workplace)
    let now = Timestamp.now
    if json {
      try Console.print(.array(notices.filter { history || !$0.isStale }.map { record(of: $0, now: now) }))
    } else if history {
      try Console.print(
        notices.map { "\(LocalTime.text($0.notification.at))  \($0.headline(now: $0.notification.at))" })
    } else {
      try Console.print(NoticeBoard(notices).lines(now: now) { Digest.lines(of: $0) })
    }
    if !peek && !history { try workplace.acknowledge(try taken(of: notices, in: workplace)) }
    return ExitStatus.done
  }

  private func notices(in workplace: Workplace) throws(StoreError) -> [Notice] {
    let store = workplace.store
    if let session = workplace.session {
      guard history else { return try store.dueNotices(for: session) }
      return try store.notices(
        for: try store.notificationHistory(limit: Self.historyLimit).filter { $0.session == session })
    }
    let all = try store.notificationHistory(limit: Self.historyLimit)
    return try store.notices(for: history ? all : all.filter { $0.deliveredAt == nil })
  }

  /// Those that nobody is left to show but this command.
  private func taken(of notices: [Notice], in workplace: Workplace) throws(StoreError) -> [Notice] {
    guard workplace.session == nil else { return notices }
    let left = Set(try workplace.store.waitingSessions(for: nil).left)
    var taken: [Notice] = []
    for notice in notices {
      let session = notice.notification.session
      // Of a silent session nobody tells who is not asked.
      let isSilent = try workplace.store.session(session)?.kind == .silent
      if left.contains(session) || isSilent && workplace.directory.session(session).isOver { taken.append(notice) }
    }
    return taken
  }

  private func record(of notice: Notice, now: Timestamp) -> JSONValue {
    let digest = notice.hasDigest ? Digest.lines(of: notice.task) : []
    let at = history ? notice.notification.at : now
    return .object([
      ("id", .number(notice.notification.id)),
      ("task_id", .number(notice.notification.taskID.rawValue)),
      ("event", .string(notice.notification.event.rawValue)),
      ("at", .string(notice.notification.at.rfc3339)),
      ("delivered_at", JSONValue(notice.notification.deliveredAt?.rfc3339)),
      ("text", .string(([notice.headline(now: at)] + digest).joined(separator: "\n"))),
    ])
  }

  /// More of the past than anybody reads.
  private static let historyLimit = 10_000
}
