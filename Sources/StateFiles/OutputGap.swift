/// What of an output file is given back to the disk when it is longer than its limit: the middle. Head and tail keep half of
/// the limit each, in whole blocks.
///
/// Where it is follows from the size of the file, so that who reads it knows a hole that bgsh has made from one that the
/// task has made itself, which are zeros.
package enum OutputGap {
  /// - Parameters:
  ///   - size: Of the file, in bytes.
  ///   - keptBytes: What is to stay of it.
  ///   - blockBytes: How much the file system gives back at once.
  /// - Returns: nil if all of it stays.
  package static func range(size: Int64, keptBytes: Int64, blockBytes: Int64) -> Range<Int64>? {
    guard size > keptBytes else { return nil }
    let block = max(4096, blockBytes)
    let start = (keptBytes / 2 + block - 1) / block * block
    let end = (size - keptBytes / 2) / block * block
    return end > start ? start..<end : nil
  }
}
