import Glibc

/// What the processes of one session are doing: a look at `/proc`.
///
/// Two equal looks between which nothing was written, with nobody about to run, mean that everybody waits for somebody
/// outside. A process that waits for a processor counts as running, so a slow machine cannot feign rest.
package struct SessionActivity: Equatable {
  fileprivate struct Thread: Equatable {
    let threadID: Int32
    let state: Substring
    /// How often it gave up or lost the processor: changes whenever it has run.
    let switches: [Substring]
  }

  fileprivate var threads: [Thread] = []

  /// Whether nobody runs, is about to, or waits for a disk.
  package var isAtRest: Bool { threads.allSatisfy { ["S", "T", "t", "Z", "X", "I"].contains($0.state) } }
}

/// Looks at one session again and again.
struct SessionObserver {
  let session: Int32
  /// Processes of other sessions: none of them ever joins this one.
  private var strangers: Set<Int32> = []

  init(session: Int32) {
    self.session = session
  }

  mutating func look() -> SessionActivity {
    var activity = SessionActivity()
    let present = Self.numbers(in: "/proc")
    // What has gone is forgotten: its ID may come again.
    strangers.formIntersection(present)
    for processID in present where !strangers.contains(processID) {
      guard let fields = Self.fields(of: "/proc/\(processID)") else { continue }
      guard Int32(fields[3]) == session else {
        strangers.insert(processID)
        continue
      }
      for threadID in Self.numbers(in: "/proc/\(processID)/task") {
        let path = "/proc/\(processID)/task/\(threadID)"
        guard let fields = Self.fields(of: path), let status = Self.text("\(path)/status") else { continue }
        let switches = status.split(separator: "\n").suffix(2)
        activity.threads.append(.init(threadID: threadID, state: fields[0], switches: Array(switches)))
      }
    }
    return activity
  }

  /// State, parent, group, session and the rest, which stand behind the name, which may hold anything.
  private static func fields(of path: String) -> [Substring]? {
    guard let stat = text("\(path)/stat"), let end = stat.lastIndex(of: ")") else { return nil }
    let fields = stat[end...].dropFirst().split(separator: " ", maxSplits: 4)
    return fields.count > 4 ? fields : nil
  }

  private static func numbers(in directory: String) -> [Int32] {
    guard let stream = opendir(directory) else { return [] }
    defer { closedir(stream) }
    var numbers: [Int32] = []
    while let entry = readdir(stream) {
      let number = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { atoi($0) }
      }
      if number > 0 { numbers.append(number) }
    }
    return numbers
  }

  /// A file of `/proc`, in one read: there are many at every look.
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
