import CProcess
import Glibc
import ProcessControl
package import SystemPackage

/// Sockets that listen. None of them blocks.
extension Listener {
  /// Makes one in the abstract namespace, which nobody has to clean up.
  package static func abstractSocket(named name: String) throws(Errno) -> FileDescriptor {
    FileDescriptor(rawValue: try systemCall { bgsh_listen_abstract(name) })
  }

  /// Listens to this user's processes at a name in the abstract namespace, from here on.
  ///
  /// - Throws: Why nobody would be heard.
  package static func abstract(
    named name: String, in loop: EventLoop, welcome: @escaping (FileDescriptor) -> Void
  ) throws(Errno) -> Listener {
    let listener = Listener(try abstractSocket(named: name), in: loop, users: [geteuid()]) { descriptor, _ in
      welcome(descriptor)
    }
    var failure: Errno?
    listener.isHeldUp = { failure = $0 }
    listener.listen()
    // Later on the next connection is taken with those that have to wait.
    listener.isHeldUp = { _ in }
    if let failure { throw failure }
    return listener
  }

  /// Makes one of this name in a directory, whose path may be longer than an address.
  package static func socket(named name: String, inDirectory path: String) throws(Errno) -> FileDescriptor {
    let folder = try FileDescriptor.opening(path, O_RDONLY | O_DIRECTORY)
    defer { try? folder.close() }
    // One that listened and was not ours would keep clients waiting; and its name is needed for the next try.
    func failed(_ error: Errno) -> Errno {
      unlink("\(path)/\(name)")
      return error
    }
    let socket: FileDescriptor
    do throws(Errno) {
      socket = FileDescriptor(rawValue: try systemCall { bgsh_listen_in(folder.rawValue, name) })
    } catch {
      throw failed(error)
    }
    do throws(Errno) {
      try socket.stopBlocking()
      return socket
    } catch {
      try? socket.close()
      throw failed(error)
    }
  }
}
