import CProcess
import CProtocol
package import Connections
import Glibc
package import ProcessControl
package import StateFiles
package import SystemPackage
import Tasks

/// A process that runs already and is to be a task from now on: what somebody says for it (launches.h).
package struct Adoption {
  package let leader: ProcessTree.Member
  /// When that began to run which the task is.
  package let startedInstant: MonotonicInstant
  package let startedAt: Timestamp
  /// What was started before, in clock ticks after boot, does not belong to the task; the leader does.
  package let sinceTicks: UInt64
  package let record: LaunchRecord

  /// The kind of its frame.
  package static let kind = UInt16(LaunchFrameKind.adopt.rawValue)

  /// Reads what was said, or says what is wrong with it.
  package init(_ bytes: [UInt8]) throws(LaunchFailure) {
    let fields = bytes.split(separator: 0, maxSplits: bgsh_adoption_field_count, omittingEmptySubsequences: false)
    let numbers = fields.prefix(bgsh_adoption_field_count).map { Int64(String(decoding: $0, as: UTF8.self)) ?? -1 }
    guard fields.count == bgsh_adoption_field_count + 1, numbers.allSatisfy({ $0 >= 0 }),
      let processID = Int32(exactly: numbers[bgsh_adopted_process]), processID > 1
    else { throw LaunchFailure(reason: "its record is incomplete") }
    leader = .init(processID: processID, startTicks: UInt64(numbers[bgsh_adopted_start_ticks]))
    startedInstant = MonotonicInstant(nanoseconds: numbers[bgsh_adopted_started_nanoseconds])
    startedAt = Timestamp(milliseconds: numbers[bgsh_adopted_started_milliseconds])
    sinceTicks = UInt64(numbers[bgsh_adopted_since_ticks])
    record = try LaunchRecord(Array(fields[bgsh_adoption_field_count]))
  }

  /// The frame that asks for it.
  package static func frame(
    leader: ProcessTree.Member, startedInstant: MonotonicInstant, startedAt: Timestamp, sinceTicks: UInt64,
    record: [UInt8]
  ) -> Frame {
    let numbers = [
      "\(leader.processID)", "\(leader.startTicks)", "\(startedInstant.nanoseconds)", "\(startedAt.milliseconds)",
      "\(sinceTicks)",
    ]
    return Frame(
      kind: kind, version: LaunchRecord.version, payload: numbers.flatMap { Array($0.utf8) + [0] } + record)
  }

  /// Connects to where a session's supervisor is asked for it; the connection does not block.
  package static func connect(to session: SessionDirectory) throws(Errno) -> FileDescriptor {
    let directory = try FileDescriptor.opening(session.path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
    defer { try? directory.close() }
    let socket = FileDescriptor(
      rawValue: try systemCall { bgsh_connect_in(directory.rawValue, SessionDirectory.launchesName) })
    do throws(Errno) {
      try socket.stopBlocking()
      return socket
    } catch {
      try? socket.close()
      throw error
    }
  }
}
