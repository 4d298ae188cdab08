import CProcess
import Glibc
package import ProcessControl
import SystemPackage
package import Tasks

/// What went wrong in a session and was refused, tried again or given up: lines for whoever asks later.
///
/// It has a file once there is something to say. What cannot be written now waits, as far as there is room.
package final class SessionLog {
  private let directory: String
  private let path: String
  private let author: String
  private var pending: [UInt8] = []
  private var lastText: String?
  private var repetitions = 0

  /// - Parameter author: Which of the session's processes speaks.
  package init(of session: SessionID, in state: StateDirectory, author: String) {
    directory = state.logPath
    path = "\(directory)/\(session.rawValue)"
    self.author = author
  }

  /// Adds a line; of the same one again and again there is a count.
  package func note(_ text: String) {
    if text == lastText {
      repetitions += 1
      return
    }
    if repetitions > 0 { add("the same \(repetitions) times more") }
    (lastText, repetitions) = (text, 0)
    add(text)
    writePending()
  }

  /// Whether something could not be written yet.
  package var isBehind: Bool { !pending.isEmpty }

  /// Writes what could not be written before.
  package func writePending() {
    if isBehind, write() { pending = [] }
  }

  private func add(_ text: String) {
    let line = "\(Timestamp.now.rfc3339) \(author): \(VisibleText.line(text.utf8, columnLimit: 400))\n"
    if pending.count + line.utf8.count <= Limits.logBytes { pending += line.utf8 }
  }

  private func write() -> Bool {
    guard let file = open() else { return false }
    defer { Glibc.close(file) }
    var information = stat()
    guard fstat(file, &information) == 0 else { return false }
    if information.st_size == 0 { Self.tidy(directory, besides: path) }
    // The older half goes when both are full.
    if information.st_size + pending.count > Limits.logBytes { rename(path, path + Self.olderSuffix) }
    return resultOrNil { pending.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) } } == pending.count
  }

  private func open() -> Int32? {
    let flags = O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK
    if let file = resultOrNil({ bgsh_open(path, flags, 0o600) }) { return file }
    mkdir(directory, 0o700)
    return resultOrNil { bgsh_open(path, flags, 0o600) }
  }

  /// Removes those that were written to the longest ago.
  private static func tidy(_ directory: String, besides path: String) {
    let logs = StateDirectory.names(in: directory).map { "\(directory)/\($0)" }.filter { $0 != path }
    let byAge = logs.map { ($0, writtenAt($0)) }.sorted { $0.1 > $1.1 }
    for (log, _) in byAge.dropFirst(Limits.keptLogs - 1) { unlink(log) }
  }

  private static func writtenAt(_ path: String) -> Int64 {
    var information = stat()
    return lstat(path, &information) == 0 ? Int64(information.st_mtim.tv_sec) : 0
  }

  private static let olderSuffix = ".old"
}

extension SessionLog {
  /// The last lines of a session, or of all sessions, oldest first and safe to show.
  package static func lastLines(
    of session: SessionID?, in state: StateDirectory, since: Timestamp, count: Int
  ) -> [String] {
    var lines: [String] = []
    // The older half of a log comes first.
    for name in StateDirectory.names(in: state.logPath).sorted(by: { $0.count > $1.count }) {
      let owner = name.hasSuffix(olderSuffix) ? String(name.dropLast(olderSuffix.count)) : name
      guard SessionID(rawValue: owner) != nil, session == nil || owner == session?.rawValue,
        let tail = OutputExcerpt(path: "\(state.logPath)/\(name)", tailLimit: 2 * Limits.logBytes)
      else { continue }
      let own = tail.bytes.split(separator: UInt8(ascii: "\n")).map { VisibleText.line($0) }
      lines += session == nil ? own.map { "\($0) (session \(owner))" } : own
    }
    // Each begins with its moment; those of one moment stay in their order.
    func moment(_ line: String) -> Substring { line.prefix(since.rfc3339.count) }
    let recent = lines.enumerated().filter { moment($1) >= since.rfc3339 }
    return recent.sorted { (moment($0.element), $0.offset) < (moment($1.element), $1.offset) }.map(\.element).suffix(
      count)
  }
}
