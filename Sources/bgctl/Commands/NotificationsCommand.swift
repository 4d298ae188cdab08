import Advice
import ArgumentParser
import Notices
import ProcessControl
import TaskOperations
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
    let client = try TaskClient.ofCaller()
    let notices = history ? try client.noticeHistory() : try client.dueNotices()
    let now = Timestamp.now
    if json {
      let shown = notices.filter { history || !$0.isStale }
      try Console.print(.array(shown.map { $0.json(toldAt: history ? $0.notification.at : now) }))
    } else if history {
      // All of each: nothing of it may be found in another place.
      var style = Console.printStyle
      (style.columns, style.rows) = (nil, nil)
      try Console.print(
        notices.map { "\(LocalTime.text($0.notification.at))  \($0.headline(now: $0.notification.at, style: style))" })
    } else {
      try Console.print(NoticeBoard(notices).lines(now: now, style: Console.printStyle) { $0.details })
    }
    if !peek && !history { try client.acknowledge(try client.ownToTell(notices)) }
    return ExitStatus.done
  }
}
