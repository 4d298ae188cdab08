import Connections
import SystemPackage

/// Where the shells of a session come to rest: a socket in the abstract namespace.
final class CallsListener {
  private let loop: EventLoop
  private var listener: Listener?
  private var shells: [RestingShell] = []

  /// Called with what a shell says.
  var heard: (RestingShell, RestingShell.Report) -> Void = { _, _ in }
  /// Called when a shell has gone, has begun to do what it was told, or was told to end.
  var lost: (RestingShell) -> Void = { _ in }

  init(loop: EventLoop, name: String) throws(Errno) {
    self.loop = loop
    listener = try .abstract(named: name, in: loop) { [unowned self] descriptor in welcome(descriptor) }
  }

  private func welcome(_ descriptor: FileDescriptor) {
    let shell = RestingShell(descriptor, in: loop)
    shells.append(shell)
    shell.heard = { [unowned self, unowned shell] report in heard(shell, report) }
    shell.hasClosed = { [unowned self, unowned shell] in drop(shell) }
    shell.listen()
  }

  private func drop(_ shell: RestingShell) {
    guard let index = shells.firstIndex(where: { $0 === shell }) else { return }
    let kept = shells.remove(at: index)
    lost(kept)
  }
}
