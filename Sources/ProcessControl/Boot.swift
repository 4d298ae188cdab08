import CProcess
import Glibc
import SystemPackage

/// The time since the machine started, in one PID namespace: process IDs and start ticks mean something only there.
package enum Boot {
  /// The kernel's random identifier of this boot and the number of this process's PID namespace: `BOOT/NAMESPACE`. Empty if
  /// they cannot be read.
  package static let identifier: String = {
    guard !kernelIdentifier.isEmpty else { return "" }
    return namespace.map { "\(kernelIdentifier)/\($0)" } ?? kernelIdentifier
  }()

  private static let kernelIdentifier: String = {
    guard let number = resultOrNil({ bgsh_open("/proc/sys/kernel/random/boot_id", O_RDONLY, 0) }) else { return "" }
    let file = FileDescriptor(rawValue: number)
    defer { try? file.close() }
    guard let bytes = try? file.readSome(upTo: 64) else { return "" }
    return String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
  }()

  /// Two namespaces have the same number only when one of them is no more.
  private static let namespace: UInt64? = {
    var information = stat()
    guard stat("/proc/self/ns/pid", &information) == 0 else { return nil }
    return UInt64(information.st_ino)
  }()

  /// Whether the process IDs of a record are those that this process sees. Records of older formats name no namespace.
  package static func isCurrent(_ bootID: String) -> Bool {
    identifier.isEmpty || bootID == identifier || bootID == kernelIdentifier
  }

  /// Whether they are those of another PID namespace of this machine: then nothing can be known of the processes.
  package static func isElsewhere(_ bootID: String) -> Bool {
    !isCurrent(bootID) && bootID.hasPrefix("\(kernelIdentifier)/")
  }

  /// Whether a process named by ID, start and boot still runs, or may do so for all that can be known. A zombie does not.
  package static func hasProcess(_ processID: Int32, startTicks: UInt64?, bootID: String?) -> Bool {
    guard processID > 0, let startTicks, let bootID, isCurrent(bootID) else { return false }
    return switch ProcessSighting.of(processID) {
    case .found(let process): process.startTicks == startTicks && !process.isZombie
    case .gone: false
    case .unknown: true
    }
  }
}
