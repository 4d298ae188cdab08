import ProcessControl
import StateFiles
import SystemPackage
import Tasks

/// What one task has written, as it was when it was last looked at: one file, or two that share the limit.
struct WatchedOutput {
  private var files: [WatchedFile]
  private let place: BackgroundTask.Output
  private let limitBytes: Int64
  /// nil while the kernel is to tell of the next write.
  var nextLook: MonotonicInstant?
  /// The kernel's numbers for that.
  var watches: [Int32] = []
  /// Whether it has been told that the limit was reached.
  var isLimited = false
  /// What is looked for in each file, until it is found.
  var searches: [OutputSearch] = []
  /// Whether the task has ended, and others write.
  var hasEnded = false

  /// How often it has been looked at, as far as that counts.
  private var looks = 0

  init(_ output: BackgroundTask.Output, limitBytes: Int64) {
    place = output
    files = output.files.compactMap { file in
      output.path(of: file).map { WatchedFile(file, path: $0, overwrittenBytes: output.overwrittenBytes[file] ?? 0) }
    }
    self.limitBytes = limitBytes
  }

  var paths: [String] { files.map(\.path) }
  var output: BackgroundTask.Output {
    var output = place
    output.overwrittenBytes = Dictionary(uniqueKeysWithValues: files.map { ($0.kind, $0.overwrittenBytes) })
      .filter { $0.value > 0 }
    output.bytes = files.reduce(0) { $0 + $1.size } + output.overwrittenInAll
    output.droppedBytes = gapBytes + output.overwrittenInAll
    return output
  }
  /// What has been given back.
  var gapBytes: Int64 { files.reduce(0) { $0 + $1.droppedBytes } }
  var hasGrown: Bool { files.contains(where: \.hasGrown) }
  /// Whether it has been written to since the last look.
  var isStale: Bool { files.contains(where: \.isStale) }
  var diskBytes: Int64 { files.reduce(0) { $0 + $1.diskBytes } }
  var growth: (disk: Int64, size: Int64) {
    files.reduce((0, 0)) { ($0.disk + $1.growth.disk, $0.size + $1.growth.size) }
  }
  /// How long to wait until the next look, as fast as it grows.
  var pauseMilliseconds: Int64 { files.map(\.pauseMilliseconds).min() ?? OutputPace.longestMilliseconds }

  var isNew: Bool { looks == 0 }
  /// How long to wait for the next look after the first ones, in milliseconds: little, at first.
  var youngPause: Int64 { looks < 10 ? 1 << Int64(looks) : .max }

  /// Looks at the sizes and gives back what is too much. Of two files each may have half, and what the other leaves.
  mutating func look() throws(Errno) {
    looks = min(looks + 1, 10)
    for index in files.indices { files[index].measure(limitBytes: limitBytes) }
    let bytes = files.reduce(0) { $0 + $1.size }
    for index in files.indices {
      let others = bytes - files[index].size
      try files[index].trim(to: max(limitBytes - others, limitBytes / Int64(files.count)))
    }
  }
}
