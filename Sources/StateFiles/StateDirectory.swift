import CProcess
import Glibc
import ProcessControl
package import SystemPackage
package import Tasks

/// Where bgsh keeps what outlives it: the task database, output, and a directory for each session.
package struct StateDirectory: Hashable, Sendable {
  package let path: String

  /// Names a directory without looking at it.
  package init(path: String) {
    self.path = path
  }

  /// Finds the directory, makes it if need be, and checks that it can hold a database.
  package static func open(
    variable: (String) -> String? = StateDirectory.environmentVariable
  ) throws(StateDirectoryError) -> StateDirectory {
    let directory = try locate(variable: variable)
    try directory.prepare()
    return directory
  }

  /// `$BGSH_STATE_DIR`, else `$XDG_STATE_HOME/bgsh`, else `~/.local/state/bgsh`.
  package static func locate(
    variable: (String) -> String? = StateDirectory.environmentVariable
  ) throws(StateDirectoryError) -> StateDirectory {
    if let path = variable("BGSH_STATE_DIR"), !path.isEmpty {
      guard path.hasPrefix("/") else { throw .relativePath(path) }
      let directory = StateDirectory(path: withoutTrailingSlashes(path))
      // What bgsh keeps would stand among what belongs to others, `/run` above all.
      guard !directory.path.isEmpty else { throw .root }
      return directory
    }
    // A relative one is to be ignored: XDG Base Directory Specification.
    if let path = variable("XDG_STATE_HOME"), path.hasPrefix("/") {
      return StateDirectory(path: withoutTrailingSlashes(path) + "/bgsh")
    }
    guard let home = variable("HOME"), home.hasPrefix("/") else { throw .noHome }
    return StateDirectory(path: withoutTrailingSlashes(home) + "/.local/state/bgsh")
  }

  package static func environmentVariable(_ name: String) -> String? {
    // Where it is not set, bash has one all the same.
    if name == "HOME" { return HomeDirectory.path }
    return getenv(name).map { String(cString: $0) }
  }

  private static func withoutTrailingSlashes(_ path: String) -> String {
    var path = path[...]
    while path.utf8.count > 1, path.last == "/" { path.removeLast() }
    return path == "/" ? "" : String(path)
  }

  package var databasePath: String { path + "/tasks.db" }
  package var outputPath: String { path + "/output" }
  package var runPath: String { path + "/run" }
  /// What went wrong in sessions: ``SessionLog``.
  package var logPath: String { path + "/log" }

  /// How much space is left on its file system, all there can be if that is not known.
  package var freeBytes: Int64 {
    var information = statvfs()
    guard statvfs(path, &information) == 0, information.f_blocks > 0 else { return .max }
    return Int64(clamping: information.f_bavail * information.f_frsize)
  }

  /// What a task writes goes here.
  package func outputFile(of id: TaskID, _ file: OutputFile = .output) -> String {
    "\(outputPath)/\(id.rawValue)\(file.suffix)"
  }

  /// Where the output of a task is that has not written anything yet.
  package func output(of id: TaskID, isSplit: Bool) -> BackgroundTask.Output {
    .init(path: outputFile(of: id), stderrPath: isSplit ? outputFile(of: id, .error) : nil)
  }

  /// Makes the output file of a task, still empty: what a shell makes has the user's mask.
  ///
  /// - Throws: `fileExists` if there is output of that number, which is then no number for a task.
  package func makeOutput(of id: TaskID) throws(Errno) {
    Glibc.close(try systemCall { bgsh_open(outputFile(of: id), O_WRONLY | O_CREAT | O_EXCL, 0o600) })
  }

  /// Removes the output of a task with everything beside it, and says how many bytes that gave back to the disk.
  @discardableResult
  package func removeOutput(of id: TaskID) -> Int64 {
    let bytes = outputBytes(of: id)
    for path in [outputFile(of: id), outputFile(of: id, .error)] { unlink(path) }
    return bytes
  }

  /// How many bytes of the disk are free when the output of a task has gone.
  package func outputBytes(of id: TaskID) -> Int64 {
    var bytes: Int64 = 0
    for path in [outputFile(of: id), outputFile(of: id, .error)] {
      var information = stat()
      if lstat(path, &information) == 0, information.st_nlink == 1 { bytes += Int64(information.st_blocks) * 512 }
    }
    return bytes
  }

  /// The highest id that has output, 0 if there is none.
  package var highestOutputID: Int64 {
    Self.names(in: outputPath).compactMap { Int64($0.prefix { $0 != "." }) }.reduce(0, max)
  }

  package func session(_ id: SessionID) -> SessionDirectory {
    SessionDirectory(id: id, path: "\(runPath)/\(id.rawValue)")
  }

  /// The sessions that have a directory, alive or not, in no order.
  package func sessions() -> [SessionDirectory] {
    Self.names(in: runPath).compactMap { SessionID(rawValue: $0) }.map { session($0) }
  }

  /// Lets one session at a time tell what none has to tell: until the descriptor is closed. nil if another does.
  package func takeTurnToTell() -> FileDescriptor? {
    guard let file = try? FileDescriptor.opening(runPath, O_RDONLY | O_DIRECTORY) else { return nil }
    if resultOrNil({ bgsh_try_lock(file.rawValue) }) != nil { return file }
    try? file.close()
    return nil
  }

  /// Directories of sessions whose shell has died while it made them.
  package func brokenStarts() -> [SessionDirectory] {
    Self.names(in: runPath).compactMap { name in
      guard name.hasPrefix(SessionDirectory.startMark), let id = SessionID(rawValue: String(name.dropFirst())) else {
        return nil
      }
      let directory = SessionDirectory(id: id, path: "\(runPath)/\(name)")
      // A shell needs less than a millisecond for it, if it is not stopped.
      var information = stat()
      guard lstat(directory.path, &information) == 0, information.st_mode & S_IFMT == S_IFDIR,
        Timestamp.now.milliseconds / 1000 - Int64(information.st_ctim.tv_sec) > Limits.startSeconds, !directory.hasShell
      else { return nil }
      return directory
    }
  }

  /// What a directory holds; nothing where it cannot be read.
  static func names(in directory: String) -> [String] { (try? DirectoryListing.names(in: directory)) ?? [] }

  /// Makes the directory with what is above and in it, and checks it.
  package func prepare() throws(StateDirectoryError) {
    // Most often everything is there: one call tells.
    do throws(Errno) {
      try systemCall { mkdir(path, 0o700) }
    } catch .fileExists {
    } catch {
      try makeParents()
    }
    try checkDirectory(path)
    guard resultOrNil({ faccessat(AT_FDCWD, path, R_OK | W_OK | X_OK, AT_EACCESS) }) != nil else {
      throw .notWritable(path)
    }
    if let system = NetworkFileSystem(holding: path) { throw .networkFileSystem(path, system) }
    guard !hasTooLongPath else { throw .tooLong(path) }
    for part in [outputPath, runPath] {
      do throws(Errno) {
        try systemCall { mkdir(part, 0o700) }
      } catch .fileExists {
      } catch {
        throw .cannotMake(part, error)
      }
      try checkDirectory(part)
    }
    if let database = try kind(of: databasePath), database != S_IFREG { throw .noFile(databasePath) }
  }

  /// In bytes, with links resolved: SQLite takes 504 for the database and leaves room for what it appends.
  package static let longestPath = 504 - "/tasks.db".utf8.count

  private var hasTooLongPath: Bool {
    guard let resolved = realpath(path, nil) else { return path.utf8.count > Self.longestPath }
    defer { free(resolved) }
    return max(strlen(resolved), path.utf8.count) > Self.longestPath
  }

  private func checkDirectory(_ part: String) throws(StateDirectoryError) {
    guard try kind(of: part) == S_IFDIR else { throw .cannotMake(part, .notDirectory) }
  }

  /// What kind of file a part is, nil if there is none. What belongs to another user, or may be changed by one, is refused,
  /// and so is a link of somebody else's: it leads where he wants.
  private func kind(of part: String) throws(StateDirectoryError) -> mode_t? {
    var information = stat()
    var hasForeignLink = false
    do throws(Errno) {
      try systemCall { lstat(part, &information) }
      if information.st_mode & S_IFMT == S_IFLNK {
        hasForeignLink = information.st_uid != geteuid() && information.st_uid != 0
        if !hasForeignLink { try systemCall { stat(part, &information) } }
      }
    } catch .noSuchFileOrDirectory {
      return nil
    } catch {
      throw .cannotMake(part, error)
    }
    guard !hasForeignLink, information.st_uid == geteuid() else {
      throw part == path ? .foreign(part) : .foreignPart(part)
    }
    let kind = information.st_mode & S_IFMT
    guard ![S_IFDIR, S_IFREG].contains(kind) || information.st_mode & 0o022 == 0 else { throw .open(part) }
    return kind
  }

  /// Makes the directory after those above it; that it exists is no error.
  private func makeParents() throws(StateDirectoryError) {
    var end = path.utf8.startIndex
    repeat {
      end = path.utf8[path.utf8.index(after: end)...].firstIndex(of: UInt8(ascii: "/")) ?? path.utf8.endIndex
      let part = String(path[..<end])
      do throws(Errno) {
        try systemCall { mkdir(part, 0o700) }
      } catch {
        // A directory that may not be made may all the same be there, as on a read-only file system.
        guard access(part, F_OK) == 0 else { throw .cannotMake(part, error) }
      }
    } while end < path.utf8.endIndex
  }
}

/// Why there is no place to keep tasks.
package enum StateDirectoryError: Error, Hashable, Sendable, CustomStringConvertible {
  case noHome
  case relativePath(String)
  case cannotMake(String, Errno)
  case foreign(String)
  case foreignPart(String)
  case open(String)
  case noFile(String)
  case notWritable(String)
  case networkFileSystem(String, NetworkFileSystem)
  case root
  case tooLong(String)

  package var description: String {
    switch self {
    case .noHome:
      "no place to keep tasks: HOME is not set; set it, or BGSH_STATE_DIR to a directory"
    case .relativePath(let path):
      "BGSH_STATE_DIR is '\(VisibleText.word(path))', which is no absolute path; let it begin with '/'"
    case .cannotMake(let path, let error):
      "cannot make the directory '\(VisibleText.word(path))': \(error); "
        + "set BGSH_STATE_DIR to a directory that can be written"
    case .foreign(let path):
      "the state directory '\(VisibleText.word(path))' belongs to another user; set BGSH_STATE_DIR to one of your own"
    case .foreignPart(let path):
      "'\(VisibleText.word(path))' belongs to another user; remove it, or set BGSH_STATE_DIR to another directory"
    case .noFile(let path):
      "'\(VisibleText.word(path))' is no file; remove it, or set BGSH_STATE_DIR to another directory"
    case .open(let path):
      "other users may write to the state directory '\(VisibleText.word(path))'; run 'chmod go-w' on it, "
        + "or set BGSH_STATE_DIR to another"
    case .notWritable(let path):
      "the state directory '\(VisibleText.word(path))' cannot be written; "
        + "set BGSH_STATE_DIR to a directory that can be written"
    case .networkFileSystem(let path, let system):
      "the state directory '\(VisibleText.word(path))' is on a network file system (\(system.name)), where the task "
        + "database does not work; set BGSH_STATE_DIR to a local directory"
    case .root:
      "the state directory cannot be '/'; set BGSH_STATE_DIR to a directory of its own"
    case .tooLong(let path):
      "the path of the state directory '\(VisibleText.word(path))' is too long for the task database (SQLite takes "
        + "\(StateDirectory.longestPath) bytes); set BGSH_STATE_DIR to a shorter one"
    }
  }
}
