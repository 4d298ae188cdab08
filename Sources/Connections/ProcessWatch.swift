import ProcessControl
package import SystemPackage

/// The end of a process, of which an event loop tells once. The process is held, so that its ID is no other's, until this
/// goes.
package final class ProcessWatch {
  private let loop: EventLoop
  private let process: ProcessHandle
  private var watch: EventLoop.WatchID?

  /// - Throws: `Errno.noSuchProcess` if there is none any more.
  package init(of processID: Int32, in loop: EventLoop, then: @escaping () -> Void) throws(Errno) {
    self.loop = loop
    process = try ProcessHandle(processID: processID)
    // From here on the end of this object closes it.
    watch = try loop.watch(process.descriptor) { [unowned self] _ in
      stop()
      then()
    }
  }

  deinit {
    stop()
    process.close()
  }

  private func stop() {
    if let watch { loop.forget(watch) }
    watch = nil
  }
}
