import CProcess
import Glibc
import SystemPackage

extension ProcessTree.Refusal {
  /// Why a tree as a whole could not be signalled: `process 42 (sleep) cannot be signalled: Operation not permitted`.
  package static func text(_ refusals: [ProcessTree.Refusal]) -> String {
    guard let first = refusals.first else { return "" }
    let others = refusals.count > 1 ? " and \(refusals.count - 1) more" : ""
    return "process \(first.member.processID)\(first.name.map { " (\($0))" } ?? "")\(others) cannot be signalled: "
      + "\(first.error); end \(refusals.count > 1 ? "them" : "it") as the user \(refusals.count > 1 ? "they run" : "it runs") as"
  }

  /// The name of the program that the process runs, as the kernel knows it.
  private var name: String? {
    guard let file = try? FileDescriptor.opening("/proc/\(member.processID)/comm", O_RDONLY) else { return nil }
    defer { try? file.close() }
    let bytes = (try? file.readSome(upTo: 64)) ?? []
    return bytes.isEmpty ? nil : String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
  }
}
