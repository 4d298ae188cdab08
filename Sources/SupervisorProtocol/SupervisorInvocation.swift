import CProtocol
package import Tasks

/// The command line and the descriptors with which bgsh starts the supervisor of a session.
package struct SupervisorInvocation: Sendable {
  /// How the session's bash gets what it runs.
  package enum Feed: String, Sendable {
    /// From the terminal that is standard input.
    case terminal
    /// From its arguments, a script or a standard input that is no terminal.
    case source
    /// From a program, call by call.
    case calls
  }

  /// The numbers of a session's descriptors, in the supervisor and in its bash.
  package enum Descriptor {
    /// The supervisor's socket to bgsh: ``SupervisorEvent`` frames go there, its end of file means that bgsh has ended.
    package static let events = BGSH_EVENTS_DESCRIPTOR
    /// The supervisor's descriptor of the session's terminal, if it has one.
    package static let terminal = BGSH_TERMINAL_DESCRIPTOR
    /// A file with the text of `-c`.
    package static let source = BGSH_SOURCE_DESCRIPTOR
    /// A file with the code that bash begins with.
    package static let startupScript = BGSH_START_DESCRIPTOR
    /// The limit of open files below which there is no room for a session: some numbers above these are used in between.
    package static let fewestOpenFiles = UInt(BGSH_FEWEST_OPEN_FILES)
  }

  package var session: SessionID
  package var kind: Session.Kind
  package var feed: Feed
  package var shellProcessID: Int32
  /// The session's bash, a child of the supervisor from the beginning.
  package var bashProcessID: Int32
  /// nil where there is no usable state directory: the supervisor then only keeps the shell.
  package var stateDirectory: String?
  /// Whether another supervisor of the session has died: bash and the tasks are bgsh's children then, and bgsh reports
  /// what becomes of them.
  package var takesOver = false
  /// Whether the session's tasks, and everything else that it has started, end with bgsh.
  package var endsWithShell = false

  package init(
    session: SessionID, kind: Session.Kind, feed: Feed, shellProcessID: Int32, bashProcessID: Int32 = 0,
    stateDirectory: String?
  ) {
    self.session = session
    self.kind = kind
    self.feed = feed
    self.shellProcessID = shellProcessID
    self.bashProcessID = bashProcessID
    self.stateDirectory = stateDirectory
  }

  /// Where ``bashProcessID`` stands in ``arguments``: it is known only when bash has been started.
  package static let bashPosition = 5

  /// The supervisor's arguments, its name first.
  package var arguments: [String] {
    [
      "bgsh-supervisor", session.rawValue, kind.rawValue, feed.rawValue, String(shellProcessID),
      String(bashProcessID), stateDirectory ?? "",
    ] + (takesOver ? [Self.takeoverWord] : []) + (endsWithShell ? [Self.endWord] : [])
  }

  /// Reads ``arguments``; nil for anything else.
  package init?(arguments: [String]) {
    let words = arguments.dropFirst(7)
    guard arguments.count >= 7, words.allSatisfy([Self.takeoverWord, Self.endWord].contains),
      let session = SessionID(rawValue: arguments[1]),
      let kind = Session.Kind(rawValue: arguments[2]), let feed = Feed(rawValue: arguments[3]),
      let shellProcessID = Int32(arguments[4]), let bashProcessID = Int32(arguments[Self.bashPosition])
    else { return nil }
    self.init(
      session: session, kind: kind, feed: feed, shellProcessID: shellProcessID, bashProcessID: bashProcessID,
      stateDirectory: arguments[6].isEmpty ? nil : arguments[6])
    takesOver = words.contains(Self.takeoverWord)
    endsWithShell = words.contains(Self.endWord)
  }

  private static let takeoverWord = "takeover"
  private static let endWord = "end-with-shell"
}
