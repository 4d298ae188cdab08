import CProcess
import Glibc
package import SystemPackage

/// A process that cannot be mistaken for a later one with the same ID: a pidfd.
package struct ProcessHandle: Sendable {
  package let descriptor: FileDescriptor

  /// Opens a handle; readable once the process has ended. The corresponding C function is `pidfd_open`.
  ///
  /// - Throws: `Errno.noSuchProcess` if it has already been reaped.
  package init(processID: Int32) throws(Errno) {
    descriptor = FileDescriptor(rawValue: try systemCall { bgsh_pidfd_open(processID) })
  }

  /// Gives the handle up; nobody else does.
  package func close() {
    try? descriptor.close()
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

  /// Reads the state of a process, or nil if there is none.
  package init?(processID: Int32) {
    let file = bgsh_open("/proc/\(processID)/stat", O_RDONLY, 0)
    guard file >= 0 else { return nil }
    defer { Glibc.close(file) }
    let state = withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 1024) { buffer -> ProcessState? in
      let count = read(file, buffer.baseAddress, buffer.count)
      return count > 0 ? ProcessState(processID: processID, line: UnsafeBufferPointer(buffer)[..<count]) : nil
    }
    guard let state else { return nil }
    self = state
  }

  private init?(processID: Int32, line: Slice<UnsafeBufferPointer<UInt8>>) {
    // The command's name may hold anything, parentheses and blanks too: fields begin after the last `)`.
    guard let end = line.lastIndex(of: UInt8(ascii: ")")) else { return nil }
    let fields = line[(end + 1)...].dropFirst().split(separator: UInt8(ascii: " "), maxSplits: 20)
    guard fields.count > 19 else { return nil }
    self.processID = processID
    state = fields[0].first ?? 0
    parentID = Int32(truncatingIfNeeded: decimal(fields[1]))
    groupID = Int32(truncatingIfNeeded: decimal(fields[2]))
    sessionID = Int32(truncatingIfNeeded: decimal(fields[3]))
    terminal = Int32(truncatingIfNeeded: decimal(fields[4]))
    startTicks = UInt64(truncatingIfNeeded: decimal(fields[19]))
  }

  package var isStopped: Bool { state == UInt8(ascii: "T") }
  package var isZombie: Bool { state == UInt8(ascii: "Z") || state == UInt8(ascii: "X") }
}

private func decimal(_ digits: Slice<UnsafeBufferPointer<UInt8>>) -> Int64 {
  var value: Int64 = 0
  for digit in digits where digit != UInt8(ascii: "-") { value = value &* 10 &+ Int64(digit &- 48) }
  return digits.first == UInt8(ascii: "-") ? -value : value
}
