import ArgumentParser
import TaskOperations
import Tasks

/// Tells what this machine offers.
struct DoctorCommand: JobCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor", abstract: "Tell what this machine offers to bgsh.",
    discussion: "The status is 1 if something is broken.")

  @Flag(help: "Print an array of findings.")
  var json = false

  func perform() throws -> Int32 {
    let findings = HealthCheck(session: SessionID.inherited, variable: { Environment[$0] }).findings()
    if json {
      try Console.print(.array(findings.map(\.json)))
    } else {
      var table = TextTable([.left, .left, .left], flexibleColumn: 2)
      for finding in findings {
        let advice = finding.advice.map { "; \($0)" } ?? ""
        table.append([finding.status.rawValue, finding.check, VisibleText.line((finding.detail + advice).utf8)])
      }
      try Console.print(table.lines(columns: nil))
    }
    return findings.contains { $0.status == .broken } ? ExitStatus.failed : ExitStatus.done
  }
}
