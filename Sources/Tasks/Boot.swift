import CProcess
import Glibc
import ProcessControl
import SystemPackage

/// The time since the machine started: process IDs and start ticks mean something only within one.
package enum Boot {
  /// The kernel's random identifier of this boot, empty if it cannot be read.
  package static let identifier: String = {
    guard let number = resultOrNil({ bgsh_open("/proc/sys/kernel/random/boot_id", O_RDONLY, 0) }) else { return "" }
    let file = FileDescriptor(rawValue: number)
    defer { try? file.close() }
    guard let bytes = try? file.readSome(upTo: 64) else { return "" }
    return String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
  }()

  /// Whether a process named by ID, start and boot still runs, or may do so for all that can be known. A zombie does not.
  package static func hasProcess(_ processID: Int32, startTicks: UInt64?, bootID: String?) -> Bool {
    guard processID > 0, let startTicks, let bootID, bootID == identifier || identifier.isEmpty else { return false }
    return switch ProcessSighting.of(processID) {
    case .found(let process): process.startTicks == startTicks && !process.isZombie
    case .gone: false
    case .unknown: true
    }
  }
}
