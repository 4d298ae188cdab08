import CProcess
import Glibc
package import SystemPackage

/// A program to start. It starts with no signal blocked and with default actions, except that signals which this program
/// was started with ignored stay so. Of the close-on-exec descriptors it gets those that are mapped.
package struct ChildProcess: ~Copyable {
  /// The process group that the child joins.
  package enum Group: Sendable {
    case inherited
    case new
    /// An existing group of the same session.
    case existing(Int32)

    fileprivate var number: Int32 {
      switch self {
      case .inherited: -1
      case .new: 0
      case .existing(let groupID): groupID
      }
    }
  }

  package let path: String
  package var arguments: StringVector
  package var environment: StringVector
  package var group = Group.inherited
  /// A terminal whose foreground group the child's group becomes before the program runs.
  package var foregroundTerminal: FileDescriptor?
  /// Whether it gets no descriptor above 2 but those mapped.
  package var closesOthers = false
  /// Whether its working directory is `/`, so that it keeps no other one busy.
  package var standsInRoot = false
  private var mappings: [bgsh_descriptor_mapping] = []

  package init(path: String, arguments: consuming StringVector, environment: consuming StringVector) {
    self.path = path
    self.arguments = arguments
    self.environment = environment
  }

  /// Gives the child `source` under another number, below 256; at most 16 of them. It stays the caller's, and must be open
  /// until the child is started.
  package mutating func map(_ source: FileDescriptor, to target: Int32) {
    mappings.append(bgsh_descriptor_mapping(source: source.rawValue, target: target))
  }

  /// Starts the program and returns its process ID.
  ///
  /// - Throws: The error of whatever step failed, that of `execve` included; then there is no child.
  package func start() throws(Errno) -> Int32 {
    var child: Int32 = 0
    let failure = withRequest { bgsh_spawn($0, nil, &child) }
    guard failure == 0 else { throw Errno(rawValue: failure) }
    return child
  }

  /// Starts the program as the keeper of another one: the kept one is its child from the beginning, and does not wait
  /// until the keeper has started. The keeper leads a group of its own and adopts orphans.
  ///
  /// - Parameter position: The argument of this program that is replaced by the kept one's process ID.
  /// - Throws: What failed, and of which of the two.
  package mutating func start(keeping kept: borrowing ChildProcess, identifiedAt position: Int) throws(KeepingFailure)
    -> (keeper: Int32, kept: Int32)
  {
    try start(keeping: kept, identifiedAt: position, by: bgsh_spawn)
  }

  /// Becomes the keeper of another program in a fork of this process, instead of starting a program for that. The fork has
  /// the descriptors and the group that this one says, and its name and arguments for others to see.
  ///
  /// - Returns: The process IDs; in the fork, 0 for the keeper.
  package mutating func fork(keeping kept: borrowing ChildProcess, identifiedAt position: Int) throws(KeepingFailure)
    -> (keeper: Int32, kept: Int32)
  {
    try start(keeping: kept, identifiedAt: position, by: bgsh_fork_keeper)
  }

  private mutating func start(
    keeping kept: borrowing ChildProcess, identifiedAt position: Int,
    by start: (
      UnsafePointer<bgsh_spawn_request>, UnsafeMutablePointer<bgsh_kept_child>, UnsafeMutablePointer<Int32>
    ) -> Int32
  ) throws(KeepingFailure) -> (keeper: Int32, kept: Int32) {
    // Room for any process ID, whose digits are written there between fork and exec.
    let identifier = arguments.makeRoom(at: position)
    var keeper: Int32 = 0
    var keptID: Int32 = 0
    var keptFailure: Int32 = 0
    let failure = kept.withRequest { keptRequest in
      var child = bgsh_kept_child(request: keptRequest, identifier: identifier, process_id: 0, failure: 0)
      defer { (keptID, keptFailure) = (child.process_id, child.failure) }
      return withRequest { start($0, &child, &keeper) }
    }
    if keptFailure != 0 { throw .kept(Errno(rawValue: keptFailure)) }
    if failure != 0 { throw .keeper(Errno(rawValue: failure)) }
    return (keeper, keptID)
  }

  /// Which of two programs could not be started, and why.
  package enum KeepingFailure: Error {
    case keeper(Errno)
    case kept(Errno)
  }

  private func withRequest<Result>(_ body: (UnsafePointer<bgsh_spawn_request>) -> Result) -> Result {
    path.withCString { path in
      arguments.withPointers { arguments in
        environment.withPointers { environment in
          mappings.withUnsafeBufferPointer { mappings in
            // A literal lives as long as the process.
            let root: StaticString = "/"
            var request = bgsh_spawn_request(
              path: path, arguments: arguments, environment: environment,
              mappings: mappings.baseAddress, mapping_count: mappings.count,
              process_group: group.number, foreground_terminal: foregroundTerminal?.rawValue ?? -1,
              closes_others: closesOthers ? 1 : 0,
              directory: standsInRoot ? UnsafeRawPointer(root.utf8Start).assumingMemoryBound(to: CChar.self) : nil)
            return body(&request)
          }
        }
      }
    }
  }

  /// Turns this process into the program; returns only to throw.
  package static func replaceThisProcess(
    path: String, arguments: borrowing StringVector, environment: borrowing StringVector
  ) throws(Errno) {
    bgsh_restore_ignored()
    try systemCall {
      arguments.withPointers { arguments in environment.withPointers { execve(path, arguments, $0) } }
    }
  }

  /// Kills every child of this process.
  package static func killChildren() {
    for child in (try? ProcessState.children(of: getpid())) ?? [] { kill(child, SIGKILL) }
  }

  /// Makes this process adopt its orphaned descendants.
  package static func becomeSubreaper() {
    _ = bgsh_become_subreaper()
  }

  /// Remembers the signals that this program was started with as ignored: its children ignore them too.
  package static func keepIgnoredSignals() {
    bgsh_keep_ignored()
  }
}
