import Glibc

/// What the processes of one session are doing: a look at `/proc`.
///
/// Two equal looks between which nothing was written, with nobody about to run, mean that everybody waits for somebody
/// outside. A process that waits for a processor counts as running, so a slow machine cannot feign rest.
package struct SessionActivity: Equatable {
  private struct Thread: Equatable {
    let threadID: String
    let state: Substring
    /// How often it gave up or lost the processor: changes whenever it has run.
    let switches: [Substring]
  }

  private var threads: [Thread] = []

  /// Whether nobody runs, is about to, or waits for a disk.
  package var isAtRest: Bool { threads.allSatisfy { ["S", "T", "t", "Z", "X", "I"].contains($0.state) } }

  package init(session: Int32) {
    for processID in FileTree.names(in: "/proc") where processID.first?.isNumber == true {
      guard let fields = Self.fields(of: "/proc/\(processID)"), Int32(fields[3]) == session else { continue }
      for threadID in FileTree.names(in: "/proc/\(processID)/task") {
        let path = "/proc/\(processID)/task/\(threadID)"
        guard let fields = Self.fields(of: path) else { continue }
        let status = Self.text("\(path)/status") ?? ""
        let switches = status.split(separator: "\n").filter { $0.contains("ctxt_switches") }
        threads.append(Thread(threadID: threadID, state: fields[0], switches: switches))
      }
    }
  }

  /// State, parent, group, session and the rest, which stand behind the name, which may hold anything.
  private static func fields(of path: String) -> [Substring]? {
    guard let stat = text("\(path)/stat"), let end = stat.lastIndex(of: ")") else { return nil }
    let fields = stat[end...].dropFirst().split(separator: " ", maxSplits: 4)
    return fields.count > 4 ? fields : nil
  }

  /// A file of `/proc`, in one read: there are hundreds at every look.
  private static func text(_ path: String) -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    return withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 1) { buffer in
      let count = read(descriptor, buffer.baseAddress, buffer.count)
      return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : nil
    }
  }
}
