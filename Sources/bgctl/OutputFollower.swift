import ProcessControl
import SystemPackage

/// Copies what a task writes, from some point on.
final class OutputFollower {
  private let output: CapturedOutput
  private var offset: Int64
  private var prefixer: LinePrefixer?

  /// - Parameters:
  ///   - offset: Where to begin.
  ///   - prefix: Stands before each line, nil copies byte for byte.
  init(_ output: consuming CapturedOutput, from offset: Int64, prefix: String? = nil) {
    self.output = output
    self.offset = offset
    prefixer = prefix.map { LinePrefixer($0) }
  }

  /// Copies what has been written since the last time.
  func copyNew(to destination: FileDescriptor) throws {
    // `> /dev/stdout` in a task truncates the file that both write to: what is there then is all new.
    if output.size < offset { offset = 0 }
    while true {
      let block = try output.read(at: offset)
      guard !block.isEmpty else { return }
      offset += Int64(block.count)
      let shown = prefixer == nil ? block : prefixer?.lines(from: block) ?? []
      try destination.writeWhole(shown)
    }
  }

  /// Copies what is left of a task that has ended, an unfinished line included.
  func finish(to destination: FileDescriptor) throws {
    try copyNew(to: destination)
    try destination.writeWhole(prefixer?.rest() ?? [])
  }
}
