import Advice
package import Notices
package import ProcessControl
import Tasks

extension Notice {
  /// The notification in the form that is promised to programs.
  ///
  /// - Parameter moment: When it is told: the text says how long ago something happened.
  package func json(toldAt moment: Timestamp) -> JSONValue {
    .object([
      ("id", .number(notification.id)),
      ("task_id", .number(notification.taskID.rawValue)),
      ("event", .string(notification.event.rawValue)),
      ("at", .string(notification.at.rfc3339)),
      ("delivered_at", JSONValue(notification.deliveredAt?.rfc3339)),
      ("text", .string(([headline(now: moment)] + details).joined(separator: "\n"))),
    ])
  }
}
