import Glibc
import TestSupport

/// System calls of a process that fail, as strace makes them, from the beginning of this value to ``stop()``.
final class Injection {
  private let tracer: Int32
  private let log: String

  /// - Parameter fault: What strace's `inject` takes: `pwrite64:error=EIO`, `openat:error=EMFILE:when=1`.
  init(_ fault: String, into processID: Int32, in scratch: ScratchState, tracing calls: String? = nil) throws {
    log = "\(scratch.path)/strace-\(processID)"
    FileTree.remove(log)
    let traced = calls ?? String(fault.prefix { $0 != ":" })
    let script = "strace -qq -p \(processID) -o '\(log)' -e trace=\(traced) -e inject=\(fault) & echo $!"
    let outcome = try scratch.command("sh", "-c", script).run()
    let tracer = Int32(outcome.standardOutput.dropLast()) ?? 0
    self.tracer = tracer
    try waitUntil("\(processID) is traced") { Self.tracer(of: processID) == tracer }
  }

  static func tracer(of processID: Int32) -> Int32 {
    let status = (try? FileTree.text("/proc/\(processID)/status")) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("TracerPid:") } ?? ""
    return line.split(separator: "\t").last.flatMap { Int32($0) } ?? 0
  }

  /// How often a call has been made, as far as it was traced.
  func count(of call: String) -> Int {
    ((try? FileTree.text(log)) ?? "").split(separator: "\n").count { $0.hasPrefix("\(call)(") }
  }

  /// Lets the process go on as it was.
  func stop() throws {
    kill(tracer, SIGINT)
    try waitUntil("strace ends") { kill(tracer, 0) != 0 || !FileTree.exists("/proc/\(tracer)/exe") }
  }

  deinit { kill(tracer, SIGKILL) }
}
