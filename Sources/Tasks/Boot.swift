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

  /// Whether a process named by ID, start and boot still runs. A zombie does not; one of which `/proc` tells nothing,
  /// for want of a descriptor for example, does as long as its ID is taken.
  package static func hasProcess(_ processID: Int32, startTicks: UInt64?, bootID: String?) -> Bool {
    guard processID > 0, let startTicks, let bootID, bootID == identifier || identifier.isEmpty else { return false }
    guard let process = ProcessState(processID: processID) else { return resultOrNil { kill(processID, 0) } != nil }
    return process.startTicks == startTicks && !process.isZombie
  }
}
