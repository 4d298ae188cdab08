import Glibc
import TestSupport

/// A user of this test run's own, for what root is free of: limits, and whom one may signal.
enum OtherUser {
  private static let number = UInt32(60_000 + getpid() % 5_000)
  /// Words for `setpriv` that make a program his.
  private static let identity = ["--reuid", String(number), "--regid", String(number), "--clear-groups"]

  /// Whether this test may run programs as another user.
  static let isPossible =
    geteuid() == 0
    && (try? Command("setpriv", identity + [BuiltProducts.bgsh, "--version"]).run())?.status == .success

  /// Gives him a state.
  static func own(_ scratch: ScratchState) throws {
    for path in [scratch.path, scratch.home, scratch.stateDirectory] {
      guard chown(path, number, number) == 0 else { throw HarnessFailure.systemCall("chown '\(path)'") }
    }
  }

  /// Makes `become`, with which he runs a program as root: `become --reuid 0 sleep 9`.
  static func makeWayToRoot(in scratch: ScratchState) throws {
    let script = "cp \"$(type -P setpriv)\" become && chmod 4755 become"
    let outcome = try Command("bash", ["-c", script], directory: scratch.path).run()
    guard outcome.status == .success else { throw HarnessFailure(outcome.standardError) }
  }

  /// Whether that is possible here: file systems can be told to ignore it.
  static let canBecomeRoot: Bool = {
    guard isPossible, let scratch = try? ScratchState(), (try? makeWayToRoot(in: scratch)) != nil,
      (try? own(scratch)) != nil
    else { return false }
    return (try? command("./become", ["--reuid", "0", "true"], in: scratch).run())?.status == .success
  }()

  /// A program that he runs in a state.
  static func command(_ program: String, _ arguments: [String], in scratch: ScratchState) -> Command {
    Command("setpriv", identity + [program] + arguments, environment: scratch.environment, directory: scratch.path)
  }

  /// The built `bgsh`, run by him.
  static func bgsh(_ arguments: String..., in scratch: ScratchState) throws -> Outcome {
    try command(BuiltProducts.bgsh, arguments, in: scratch).run(within: .seconds(180))
  }
}
