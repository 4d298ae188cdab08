import Agents
import ArgumentParser
import Glibc
import ProcessControl
import SystemPackage
import TaskOperations
import Tasks

/// Tells a program at one of its events what is due to it.
struct HookCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hook", abstract: "Tell a program, at one of its events, what has happened to its tasks.",
    discussion: """
      For the configuration of Claude Code, Codex and Gemini CLI, which call it with the event as JSON on standard input. \
      What is due to the 'bgsh mcp' or 'bgsh tool' that the same program has started is written in the form of that event, \
      and told nowhere else. Nothing due: no output, status 0. The man page bgsh-hook(1) has the events, and what to \
      configure.
      """)

  @Argument(help: "The program that calls: claude, codex or gemini.")
  var host: HookHost

  @Flag(help: "Where the program stops, wait until something is due, as long as tasks run.")
  var wait = false

  @Option(help: ArgumentHelp("Wait so long at most.", valueName: "duration"))
  var timeout: String?

  func run() throws {
    let limit: Int64?
    do {
      limit = try timeout.map { try DurationText.milliseconds($0) }
    } catch let error as DurationError {
      throw ValidationError(error.description)
    }
    Signal.pipe.ignore()
    let event = try HookEvent(Self.readEvent(), of: host)
    let waits = wait && event.mayWait
    let client = HookClient()
    let question = HookQuestion(
      waitMilliseconds: 0, isOfSubagent: event.isOfSubagent, sessionNames: event.sessionNames)
    let waitMilliseconds = waits ? limit ?? event.host.waitMilliseconds ?? -1 : 0
    guard let text = client.text(question, waitMilliseconds: waitMilliseconds) else { return }
    switch event.answer(text, waits: waits) {
    case .output(let line):
      try FileDescriptor.standardOutput.writeWhole((line + "\n").utf8)
      client.told()
    case .wake(let text):
      try FileDescriptor.standardError.writeWhole((text + "\n").utf8)
      client.told()
      throw ExitCode(2)
    }
  }

  /// All of it, so that who writes it meets no closed pipe; what is far too long is no event.
  private static func readEvent() throws -> JSONValue {
    var bytes: [UInt8] = []
    while true {
      let part = try FileDescriptor.standardInput.readSome()
      guard !part.isEmpty else { break }
      if bytes.count <= Agents.Limits.longestRequestBytes { bytes += part }
    }
    guard bytes.count <= Agents.Limits.longestRequestBytes, let event = JSONValue(reading: bytes) else {
      throw HookProblem.noEvent
    }
    return event
  }
}

extension HookHost: ExpressibleByArgument {}
