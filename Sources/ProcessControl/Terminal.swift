import CProcess
import Glibc
package import SystemPackage

/// A terminal: whose it is, its modes and its size.
package struct Terminal: Sendable {
  package let descriptor: FileDescriptor

  /// Nil if the descriptor is no terminal.
  package init?(_ descriptor: FileDescriptor) {
    guard isatty(descriptor.rawValue) == 1 else { return nil }
    self.descriptor = descriptor
  }

  /// The group that reads the terminal and gets its signals; nil if it is not our controlling terminal, or gone.
  package var foregroundGroupID: Int32? {
    resultOrNil { tcgetpgrp(descriptor.rawValue) }
  }

  /// Gives the terminal to a group of this session. SIGTTOU must be ignored or blocked.
  package func giveForeground(toGroup groupID: Int32) throws(Errno) {
    try systemCall { tcsetpgrp(descriptor.rawValue, groupID) }
  }

  /// The terminal's device file, nil if it has none that this process may open.
  package var devicePath: String? {
    guard let name = ttyname(descriptor.rawValue) else { return nil }
    let path = String(cString: name)
    guard let number = resultOrNil({ bgsh_open(path, O_RDONLY | O_NOCTTY, 0) }) else { return nil }
    Glibc.close(number)
    return path
  }

  package var columns: Int? { size?.columns }

  /// nil where it is not known.
  package var size: (rows: Int, columns: Int)? {
    var rows: Int32 = 0
    var columns: Int32 = 0
    guard bgsh_terminal_size(descriptor.rawValue, &rows, &columns) == 0, rows > 0, columns > 0 else { return nil }
    return (Int(rows), Int(columns))
  }

  /// Line discipline settings, to be put back later. The corresponding C functions are `tcgetattr` and `tcsetattr`.
  package struct Modes {
    fileprivate var attributes: termios

    /// Whether a program is given whole lines, as before and after a line of a shell is edited.
    package var areForLines: Bool { attributes.c_lflag & tcflag_t(ICANON) != 0 }

    /// What a program meant by these modes that hides what is typed, and began with those in which a shell edits a line; nil
    /// if they are none of that kind.
    ///
    /// - Parameter usual: The modes in which programs run.
    package func meant(by usual: Modes) -> Modes? {
      let (own, base) = (attributes, usual.attributes)
      let hiding = tcflag_t(ECHO | ECHOK | ECHONL | ISIG)
      guard usual.areForLines, own.c_lflag & ~hiding == base.c_lflag & ~hiding & ~tcflag_t(ICANON),
        own.c_iflag & tcflag_t(ICRNL | INLCR) == 0, own.c_oflag == base.c_oflag
      else { return nil }
      var meant = usual
      meant.attributes.c_lflag = base.c_lflag & ~hiding | own.c_lflag & hiding
      return meant
    }
  }

  package var modes: Modes? {
    var attributes = termios()
    guard tcgetattr(descriptor.rawValue, &attributes) == 0 else { return nil }
    return Modes(attributes: attributes)
  }

  package func restore(_ modes: Modes) {
    var attributes = modes.attributes
    tcsetattr(descriptor.rawValue, TCSADRAIN, &attributes)
  }
}
