import CProcess
import Glibc
package import SystemPackage

/// Parts of a file that its file system keeps no bytes for.
extension FileDescriptor {
  /// Gives the bytes from an offset up to another back to the file system; the file keeps its size.
  package func punchHole(from start: Int64, to end: Int64) throws(Errno) {
    try systemCall { bgsh_punch_hole(rawValue, start, end - start) }
  }

  /// Where data begins at or after an offset: nil if only a hole follows, or nothing.
  ///
  /// Where the file system knows of no holes, all is data.
  package func nextData(from offset: Int64) -> Int64? {
    do throws(Errno) {
      return try systemCall { Int64(bgsh_next_data(rawValue, offset)) }
    } catch .noSuchAddressOrDevice {
      return nil
    } catch {
      return offset
    }
  }

  /// Where a hole begins at or after an offset; the end of the file is one. nil where that cannot be known.
  package func nextHole(from offset: Int64) -> Int64? {
    resultOrNil { Int64(bgsh_next_hole(rawValue, offset)) }
  }

  /// How many bytes of a part of the file are holes.
  package func holeBytes(in part: Range<Int64>) -> Int64 {
    var total: Int64 = 0
    var position = part.lowerBound
    while position < part.upperBound, let hole = nextHole(from: position), hole < part.upperBound {
      let data = min(nextData(from: hole) ?? part.upperBound, part.upperBound)
      total += data - hole
      guard data > position else { break }
      position = data
    }
    return total
  }

  /// How much of a file its file system gives back at once; 0 if that cannot be known.
  package var blockBytes: Int64 { ProcessControl.blockBytes(rawValue) }
}

private func blockBytes(_ descriptor: Int32) -> Int64 {
  var information = stat()
  return fstat(descriptor, &information) == 0 ? Int64(information.st_blksize) : 0
}
