import CProcess
import Glibc
import ProcessControl
import Records
import StateFiles
import SupervisorProtocol
import SystemPackage
package import Tasks

/// Looks at everything that bgsh needs or can use on this machine.
package struct HealthCheck {
  private let sessionID: SessionID?
  private let variable: (String) -> String?

  /// - Parameters:
  ///   - session: The one that is looked at; nil for a program outside of any.
  ///   - variable: The environment: the value of a variable, nil if it is not set or empty.
  package init(session: SessionID?, variable: @escaping (String) -> String?) {
    sessionID = session
    self.variable = variable
  }

  package func findings() -> [Finding] {
    [bash(), processHandles(), adoption(), memoryFiles(), packetPipes()] + store()
      + [descriptors(), session(), terminal(), controlGroups(), logout()] + log()
  }

  private func bash() -> Finding {
    let check = "bash"
    guard let program = BashProgram.chosen else {
      return Finding(check, .broken, "there is none in PATH", advice: "install bash, or set BGSH_SHELL to its path")
    }
    let version: String?
    do throws(Errno) {
      version = try program.askVersion()
    } catch  where error == .tooManyOpenFiles || error == .tooManyOpenFilesInSystem {
      return withoutDescriptors(program)
    } catch  where error == .invalidArgument && !hasRoomForDescriptors {
      // A number above the limit was asked for.
      return withoutDescriptors(program)
    } catch {
      return Finding(
        check, .broken, "'\(program.path)' cannot be run: \(error)", advice: "set BGSH_SHELL to the path of a bash")
    }
    guard let version, let (major, minor) = BashProgram.numbers(of: version) else {
      // It may have failed to open its libraries, and nobody but itself knows.
      if !hasRoomForDescriptors { return withoutDescriptors(program) }
      return Finding(
        check, .broken, "'\(program.path)' is no bash, or does not work", advice: "set BGSH_SHELL to the path of a bash"
      )
    }
    guard major > 5 || (major == 5 && minor >= 1) else {
      return Finding(
        check, .broken, "'\(program.path)' is version \(version)",
        advice: "bgsh needs 5.1; install it, or set BGSH_SHELL to the path of a newer one")
    }
    guard (try? program.loadsLibrary()) == true else {
      return Finding(
        check, .broken, "'\(program.path)' cannot load bgsh's library",
        advice: "install bgsh again, or set BGSH_SHELL to a bash with loadable builtins")
    }
    return Finding(check, .ok, "\(version) at \(program.path)")
  }

  /// Of a bash with which nothing else may be wrong.
  private func withoutDescriptors(_ program: BashProgram) -> Finding {
    let limit = descriptorLimit.map { " (\($0.rlim_cur))" } ?? ""
    return Finding(
      "bash", .broken, "'\(program.path)' cannot be run within the limit of open files\(limit)",
      advice: descriptorAdvice)
  }

  private func processHandles() -> Finding {
    let check = "process handles"
    do throws(Errno) {
      let handle = try ProcessHandle(processID: getpid())
      handle.close()
      return Finding(check, .ok, "pidfd_open works")
    } catch {
      return Finding(
        check, .broken, "pidfd_open fails: \(error)",
        advice: "bgsh needs Linux 5.3; in a container, let its seccomp profile allow the call")
    }
  }

  private func adoption() -> Finding {
    let check = "adoption"
    guard bgsh_become_subreaper() == 0 else {
      return Finding(
        check, .broken, "prctl(PR_SET_CHILD_SUBREAPER) fails",
        advice: "in a container, let its seccomp profile allow the call")
    }
    return Finding(check, .ok, "a supervisor can adopt what its tasks leave behind")
  }

  private func memoryFiles() -> Finding {
    let check = "memory files"
    let number = bgsh_memory_file("bgsh-doctor")
    guard number >= 0 else {
      return Finding(
        check, .broken, "memfd_create fails", advice: "in a container, let its seccomp profile allow the call")
    }
    Glibc.close(number)
    return Finding(check, .ok, "memfd_create works")
  }

  private func packetPipes() -> Finding {
    let check = "packet pipes"
    guard let (reader, writer) = try? FileDescriptor.pipe() else {
      return Finding(check, .broken, "pipe fails", advice: "raise the limit of open files with 'ulimit -n'")
    }
    defer {
      try? reader.close()
      try? writer.close()
    }
    guard bgsh_make_packet_fifo(writer.rawValue, 1) >= 0 else {
      return Finding(check, .broken, "a pipe cannot be set to one packet", advice: "bgsh needs Linux 4.5")
    }
    return Finding(check, .ok, "task numbers can be handed out one at a time")
  }

  private func store() -> [Finding] {
    let directory: StateDirectory
    do {
      directory = try StateDirectory.open()
    } catch {
      return [Finding("state directory", .broken, error.description)]
    }
    let path = VisibleText.line(directory.path.utf8)
    let place = place(path, of: directory)
    do {
      let store = try TaskStore(in: directory)
      let live = try store.liveTasks().count
      return [place, Finding("database", .ok, "format \(TaskStore.formatVersion), \(live) live tasks")]
    } catch {
      return [place, Finding("database", .broken, error.description)]
    }
  }

  private func place(_ path: String, of directory: StateDirectory) -> Finding {
    let check = "state directory"
    let space = freeSpace(directory.path)
    guard let program = NetworkFileSystem.userSpaceProgram(holding: directory.path) else {
      return Finding(check, .ok, "\(path), on a local file system, \(space)")
    }
    let name = program.isEmpty ? "FUSE" : "FUSE, \(VisibleText.word(program))"
    return Finding(
      check, .warning, "\(path), on the file system of a program (\(name)), \(space)",
      advice: "if that reaches other machines, or keeps no locks, set BGSH_STATE_DIR to a directory on a disk")
  }

  private func freeSpace(_ path: String) -> String {
    var information = statvfs()
    guard statvfs(path, &information) == 0 else { return "free space unknown" }
    return "\(ByteCountText.text(Int64(information.f_bavail) * Int64(information.f_frsize))) free"
  }

  private func descriptors() -> Finding {
    let check = "open files"
    guard let limit = descriptorLimit else { return Finding(check, .warning, "the limit cannot be read") }
    guard hasRoomForDescriptors else {
      return Finding(
        check, .broken,
        "the limit is \(limit.rlim_cur): below \(Self.neededDescriptors) an interactive bgsh is plain bash",
        advice: descriptorAdvice)
    }
    return Finding(check, .ok, limit.rlim_cur == UInt.max ? "no limit" : "the limit is \(limit.rlim_cur)")
  }

  private var descriptorLimit: rlimit? {
    var limit = rlimit()
    return getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 ? limit : nil
  }

  private var descriptorAdvice: String {
    let highest = descriptorLimit?.rlim_max ?? 0
    return highest >= Self.neededDescriptors
      ? "use 'ulimit -n \(min(highest, 1024))'" : "have the administrator raise it to 1024"
  }

  private var hasRoomForDescriptors: Bool {
    descriptorLimit.map { $0.rlim_cur >= Self.neededDescriptors } ?? true
  }

  private func session() -> Finding {
    let check = "session"
    guard let id = sessionID else { return Finding(check, .ok, "none: this is no bgsh shell") }
    guard let directory = try? StateDirectory.locate() else {
      return Finding(check, .broken, "\(id) has no state directory")
    }
    guard directory.session(id).isAlive else {
      return Finding(
        check, .broken, "the supervisor of \(id) is gone; running tasks are safe",
        advice: "start a new bgsh to detach more")
    }
    if let processID = SupervisorClient.stoppedProcess(of: directory.session(id)) {
      return Finding(
        check, .broken, "the supervisor of \(id) is stopped; running tasks are safe",
        advice: "let it go on with 'kill -CONT \(processID)'")
    }
    return Finding(check, .ok, "\(id), its supervisor is alive")
  }

  /// The last of what went wrong within a day: in this session, or anywhere where this is none.
  private func log() -> [Finding] {
    let check = "log"
    guard let directory = try? StateDirectory.locate() else { return [] }
    let since = Timestamp.now - Limits.recent
    let lines = SessionLog.lastLines(of: sessionID, in: directory, since: since, count: Self.shownLogLines)
    guard !lines.isEmpty else { return [Finding(check, .ok, "nothing has gone wrong within a day")] }
    return lines.map { Finding(check, .warning, $0) }
  }

  private static let shownLogLines = 10

  private func terminal() -> Finding {
    let check = "terminal"
    guard let terminal = Terminal(.standardError) ?? Terminal(.standardInput) else {
      return Finding(check, .ok, "none")
    }
    let type = variable("TERM") ?? "dumb"
    let columns = terminal.columns.map { "\($0) columns" } ?? "of unknown size"
    return Finding(check, .ok, VisibleText.word("\(type), \(columns)"))
  }

  private func controlGroups() -> Finding {
    let exists = access("/sys/fs/cgroup/cgroup.controllers", F_OK) == 0
    return Finding("control groups", .ok, exists ? "version 2 is there" : "no version 2; bgsh does without")
  }

  /// Whether systemd lets processes live on when their user has logged out.
  private func logout() -> Finding {
    let check = "logout"
    guard access("/run/systemd/system", F_OK) == 0 else {
      return Finding(check, .ok, "no systemd: tasks outlive a logout")
    }
    // Not getpwuid: name services stay out of a static executable.
    let user = variable("USER") ?? variable("LOGNAME") ?? ""
    if !user.isEmpty, !user.contains("/"), access("/var/lib/systemd/linger/\(user)", F_OK) == 0 {
      return Finding(check, .ok, "lingering is on: tasks outlive a logout")
    }
    return Finding(
      check, .ok, "lingering is off; where logind kills user processes at logout, 'loginctl enable-linger' spares tasks"
    )
  }

  /// Highest descriptor that a session uses, 254, and some.
  private static let neededDescriptors = SupervisorInvocation.Descriptor.fewestOpenFiles
}
