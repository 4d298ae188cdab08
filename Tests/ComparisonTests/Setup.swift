import TestSupport

/// What a shell finds when it starts.
struct Setup: Sendable {
  /// `~/.bashrc`, behind a plain prompt.
  var startupFile = ""
  /// By their paths in the scratch directory, which is where the shell starts; `home/` is its home.
  var files: [String: String] = [:]
  /// A bash script that makes what is no plain file.
  var preparation = ""
  var options: [String] = []
  var environment: [String: String] = [:]
  var rows = 24
  var columns = 80
  var hasPlainPrompt = true
  /// What shows that the shell is there, if it asks for something before its first prompt.
  var firstSight: String?

  static let plain = Setup()

  func apply(to scratch: ScratchState) throws {
    let prompt = hasPlainPrompt ? "PS1='% '\n" : ""
    try scratch.write("\(prompt)\(startupFile)\n", to: "home/.bashrc")
    for (name, text) in files {
      if let slash = name.lastIndex(of: "/") { try FileTree.makeDirectories("\(scratch.path)/\(name[..<slash])") }
      try scratch.write(text, to: name, mode: text.hasPrefix("#!") ? 0o700 : 0o600)
    }
    guard !preparation.isEmpty else { return }
    let outcome = try scratch.command("bash", "-ec", preparation).run()
    guard outcome.status == .success else { throw Unprepared(output: outcome.standardError) }
  }

  private struct Unprepared: Error {
    let output: String
  }
}
