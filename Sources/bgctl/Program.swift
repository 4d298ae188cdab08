import ArgumentParser
import CProtocol
import Glibc
import ProcessControl
import StateFiles
import SystemPackage
import TaskOperations

/// Parses the command line, runs one command, prints one error and chooses one status: the only way out.
enum Program {
  /// Runs a job command.
  ///
  /// - Returns: The exit status of this process.
  static func run(_ arguments: [String]) -> Int32 {
    FileDescriptor.occupyClosedStandardStreams()
    // Writing fails then, and the reason is said.
    Signal.fileSizeExceeded.ignore()
    let shell = CallingShell(arguments)
    shell?.setEnvironment()
    let status = runCommand(shell?.command ?? arguments)
    shell?.report(status: status)
    return status
  }

  private static func runCommand(_ arguments: [String]) -> Int32 {
    var failureStatus = ExitStatus.failed
    do {
      var command = try Bgsh.parseAsRoot(KillArguments.normalized(arguments))
      guard var jobCommand = command as? any JobCommand else {
        try command.run()
        return ExitStatus.done
      }
      failureStatus = type(of: jobCommand).failureStatus
      return try jobCommand.perform()
    } catch let failure as OperationFailure {
      Console.complain(Self.replacing(after: failure)?.description ?? failure.description)
      return failureStatus
    } catch let failure as Errno {
      return report(writing: failure, status: failureStatus)
    } catch {
      return report(parsing: error)
    }
  }

  /// Moves a database away that has turned out to be damaged; says so if that has been done.
  private static func replacing(after failure: OperationFailure) -> Remark? {
    guard case .recordsFailed(let reason) = failure, let directory = try? StateDirectory.locate() else { return nil }
    return TaskClient.replaceDatabase(after: reason, in: directory)
  }

  private static func report(writing failure: Errno, status: Int32) -> Int32 {
    // Without a pipe's reader there is nobody to tell: it has seen enough.
    if failure != .brokenPipe { Console.complain("cannot write: \(failure)") }
    return status
  }

  /// Prints what ArgumentParser has to say: help and version on standard output, complaints in our own form.
  private static func report(parsing error: any Error) -> Int32 {
    if Bgsh.exitCode(for: error) == .success {
      do throws(Errno) {
        try Console.print([Bgsh.fullMessage(for: error)])
        return ExitStatus.done
      } catch {
        return report(writing: error, status: ExitStatus.failed)
      }
    }
    let sentences = Bgsh.message(for: error).split(separator: "\n").map { $0.hasSuffix(".") ? $0.dropLast() : $0 }
    let message = sentences.joined(separator: "; ")
    let usage = Bgsh.fullMessage(for: error).split(separator: "\n").first { $0.hasPrefix("Usage: ") }
    Console.complain(message.prefix(1).lowercased() + message.dropFirst())
    if let usage { FileDescriptor.standardError.show("usage: \(usage.dropFirst("Usage: ".count))\n") }
    return ExitStatus.wrongUsage
  }
}

/// What a command's exit status says.
enum ExitStatus {
  static let done = BGSH_STATUS_DONE
  static let failed = BGSH_STATUS_FAILED
  static let wrongUsage = BGSH_STATUS_WRONG_USAGE
  /// `wait` and `fg`: bgsh itself failed.
  static let bgshFailed = BGSH_STATUS_UNKNOWN
  static let noSuchTask = BGSH_STATUS_NOT_FOUND
  /// The `--timeout` of `wait` ran out: 128 and SIGALRM.
  static let waitTimedOut = BGSH_STATUS_WAIT_TIMED_OUT
  /// The task waits for input: 128 and SIGTTIN.
  static let waitsForInput = BGSH_STATUS_WAITS_FOR_INPUT
}
