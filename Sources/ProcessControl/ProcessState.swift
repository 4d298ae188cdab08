import CProcess
import Glibc
package import SystemPackage

/// What a look at a process has shown. That it cannot be read does not mean that it has gone.
package enum ProcessSighting: Sendable {
  case found(ProcessState)
  case gone
  /// Nobody can say now: `/proc` could not be read, for want of a descriptor or of memory for example.
  case unknown(Errno)

  /// Looks at a process.
  package static func of(_ processID: Int32) -> ProcessSighting {
    do throws(Errno) {
      let file = try systemCall { bgsh_open("/proc/\(processID)/stat", O_RDONLY, 0) }
      defer { Glibc.close(file) }
      return try read(processID, from: file)
    } catch .noSuchFileOrDirectory, .noSuchProcess {
      return isTaken(processID) ? .unknown(.noSuchFileOrDirectory) : .gone
    } catch {
      return .unknown(error)
    }
  }

  private static func read(_ processID: Int32, from file: Int32) throws(Errno) -> ProcessSighting {
    // A closure that gets a buffer throws no `Errno`.
    var failure = Errno.ioError
    let state = withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 1024) { buffer -> ProcessState? in
      do throws(Errno) {
        let count = try systemCall { Glibc.read(file, buffer.baseAddress, buffer.count) }
        return ProcessState(processID: processID, line: UnsafeBufferPointer(buffer)[..<count])
      } catch {
        failure = error
        return nil
      }
    }
    guard let state else { throw failure }
    return .found(state)
  }

  /// Whether some process has an ID, also where `/proc` does not show it: it may not be mounted, or hide other users'
  /// processes.
  private static func isTaken(_ processID: Int32) -> Bool {
    do throws(Errno) {
      try systemCall { kill(processID, 0) }
      return true
    } catch {
      return error != .noSuchProcess
    }
  }

  /// The process, if it was there to be seen.
  package var state: ProcessState? {
    if case .found(let state) = self { state } else { nil }
  }
}

/// What `/proc/PID/stat` says of a process.
package struct ProcessState: Sendable {
  package let processID: Int32
  /// `R`, `S`, `D`, `T`, `Z` and so on, as proc(5) lists them.
  package let state: UInt8
  package let parentID: Int32
  package let groupID: Int32
  package let sessionID: Int32
  /// The controlling terminal's device number, 0 if there is none.
  package let terminal: Int32
  /// Clock ticks after boot; with the process ID it names one process and no other.
  package let startTicks: UInt64

  package init(
    processID: Int32, state: UInt8, parentID: Int32, groupID: Int32, sessionID: Int32, terminal: Int32,
    startTicks: UInt64
  ) {
    self.processID = processID
    self.state = state
    self.parentID = parentID
    self.groupID = groupID
    self.sessionID = sessionID
    self.terminal = terminal
    self.startTicks = startTicks
  }

  fileprivate init?(processID: Int32, line: Slice<UnsafeBufferPointer<UInt8>>) {
    // The command's name may hold anything, parentheses and blanks too: fields begin after the last `)`.
    guard let end = line.lastIndex(of: UInt8(ascii: ")")) else { return nil }
    let fields = line[(end + 1)...].dropFirst().split(separator: UInt8(ascii: " "), maxSplits: 20)
    guard fields.count > 19 else { return nil }
    self.init(
      processID: processID, state: fields[0].first ?? 0, parentID: Int32(truncatingIfNeeded: decimal(fields[1])),
      groupID: Int32(truncatingIfNeeded: decimal(fields[2])),
      sessionID: Int32(truncatingIfNeeded: decimal(fields[3])),
      terminal: Int32(truncatingIfNeeded: decimal(fields[4])),
      startTicks: UInt64(truncatingIfNeeded: decimal(fields[19])))
  }

  /// The present, in clock ticks after boot.
  package static var ticksNow: UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_BOOTTIME, &time)
    return UInt64(time.tv_sec) * ticksPerSecond + UInt64(time.tv_nsec) * ticksPerSecond / 1_000_000_000
  }

  private static let ticksPerSecond = UInt64(max(1, sysconf(Int32(_SC_CLK_TCK))))

  package var isStopped: Bool { state == UInt8(ascii: "T") }
  package var isZombie: Bool { state == UInt8(ascii: "Z") || state == UInt8(ascii: "X") }
}

private func decimal(_ digits: Slice<UnsafeBufferPointer<UInt8>>) -> Int64 {
  var value: Int64 = 0
  for digit in digits where digit != UInt8(ascii: "-") { value = value &* 10 &+ Int64(digit &- 48) }
  return digits.first == UInt8(ascii: "-") ? -value : value
}
