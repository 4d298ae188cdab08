/// The tools, by the names that programs call them by.
package enum ToolName: String, CaseIterable, Sendable {
  case bash = "Bash"
  case bashOutput = "BashOutput"
  case killShell = "KillShell"
  case tasks = "Tasks"
  case wait = "Wait"
  case notifications = "Notifications"

  /// Reads a name; other programs' names for the same are understood.
  package init?(_ text: String) {
    switch text {
    case "TaskOutput": self = .bashOutput
    case "TaskStop", "KillBash": self = .killShell
    default:
      guard let name = ToolName(rawValue: text) else { return nil }
      self = name
    }
  }
}
