import Glibc

/// What the processes of one session are doing: a look at `/proc`.
///
/// Two equal looks between which nothing was written, with nobody about to run, mean that everybody waits for somebody
/// outside. A process that waits for a processor counts as running, so a slow machine cannot feign rest.
package struct SessionActivity: Equatable {
  private struct Member: Equatable {
    let processID: Int32
    let state: Substring
    /// How often it gave up or lost the processor: changes whenever it has run.
    let switches: [Substring]
  }

  private var members: [Member] = []

  /// Whether nobody runs, is about to, or waits for a disk.
  package var isAtRest: Bool { members.allSatisfy { ["S", "T", "t", "Z", "X", "I"].contains($0.state) } }

  package init(session: Int32) {
    for name in FileTree.names(in: "/proc") {
      guard let processID = Int32(name), let stat = try? FileTree.text("/proc/\(name)/stat"),
        // Behind the name, which may hold anything: state, parent, group, session.
        let end = stat.lastIndex(of: ")")
      else { continue }
      let fields = stat[end...].split(separator: " ", maxSplits: 5)
      guard fields.count > 4, Int32(fields[4]) == session else { continue }
      let status = (try? FileTree.text("/proc/\(name)/status")) ?? ""
      let switches = status.split(separator: "\n").filter { $0.contains("ctxt_switches") }
      members.append(Member(processID: processID, state: fields[1], switches: switches))
    }
  }
}
