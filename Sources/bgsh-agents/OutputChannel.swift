import Connections
import Glibc
import ProcessControl
import SystemPackage

/// Where results go. Nothing here waits for a reader; a result counts as told once all of it was taken.
final class OutputChannel {
  private let loop: EventLoop
  private let descriptor: FileDescriptor
  private var pending: [(bytes: ArraySlice<UInt8>, told: () -> Void)] = []
  private var watch: EventLoop.WatchID?
  private let mayBlock: Bool

  /// Called when nobody reads any more.
  var broken: () -> Void = {}

  init(loop: EventLoop, descriptor: FileDescriptor = .standardOutput) {
    self.loop = loop
    self.descriptor = descriptor
    var information = stat()
    let isStream =
      fstat(descriptor.rawValue, &information) == 0 && [S_IFIFO, S_IFSOCK].contains(information.st_mode & S_IFMT)
    mayBlock = !isStream || (try? descriptor.stopBlocking()) == nil
  }

  var isEmpty: Bool { pending.isEmpty }

  /// How much waits for a reader, in bytes.
  var waitingBytes: Int { pending.reduce(0) { $0 + $1.bytes.count } }

  func write(_ line: String, told: @escaping () -> Void) {
    pending.append((Array((line + "\n").utf8)[...], told))
    flush()
  }

  /// Writes what is taken now.
  func flush() {
    while let first = pending.first {
      do throws(Errno) {
        let count = try descriptor.writeSome(first.bytes)
        pending[0].bytes = first.bytes.dropFirst(count)
        if pending[0].bytes.isEmpty { pending.removeFirst().told() }
      } catch .resourceTemporarilyUnavailable where !mayBlock {
        return wait(true)
      } catch {
        pending = []
        wait(false)
        return broken()
      }
    }
    wait(false)
  }

  private func wait(_ isWaiting: Bool) {
    guard isWaiting else {
      if let watch { loop.forget(watch) }
      watch = nil
      return
    }
    if watch == nil { watch = try? loop.watch(descriptor, for: .writable) { [unowned self] _ in flush() } }
  }
}
