import Connections
import ProcessControl
import SystemPackage
import Tasks

/// Wakes an event loop when one of some tasks has written something.
struct LiveOutput {
  let loop: EventLoop
  private let isWatching: Bool

  init(_ tasks: [BackgroundTask], loop: EventLoop) {
    self.loop = loop
    do {
      let changes = try FileChanges()
      for output in tasks.map(\.output) {
        for case let path? in output.files.map(output.path) { try changes.watch(path) }
      }
      try loop.watch(changes.descriptor) { _ in changes.drain() }
      isWatching = true
    } catch {
      isWatching = false
    }
  }

  /// When to look at the files though nothing has happened: never, unless the kernel cannot tell of changes.
  var nextLook: MonotonicInstant? {
    isWatching ? nil : MonotonicInstant.now.advanced(milliseconds: Self.lookMilliseconds)
  }

  /// Where inotify is used up.
  private static let lookMilliseconds: Int64 = 250
}
