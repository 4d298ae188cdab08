import TestSupport
import Testing

/// A shell to talk to: bgsh, or bash to compare it with.
enum ShellKind: String, CaseIterable {
  case bash
  case bgsh

  /// Starts one in a state of its own.
  func start(in scratch: ScratchState, startupFile: String = "", options: [String] = []) throws -> ShellSession {
    switch self {
    // By env: then it is called `bash`, and says so in its messages.
    case .bash:
      try ShellSession(in: scratch, program: "env", arguments: ["bash"] + options, startupFile: startupFile)
    case .bgsh:
      try ShellSession(in: scratch, arguments: options, startupFile: startupFile)
    }
  }
}

/// What both shells say in the same conversation, made comparable.
func transcripts(
  startupFile: String = "", options: [String] = [], files: [String: String] = [:],
  _ converse: (ShellSession, inout [String]) throws -> Void
) throws -> (bgsh: [String], bash: [String]) {
  func transcript(_ kind: ShellKind) throws -> [String] {
    let scratch = try ScratchState()
    for (name, text) in files { try scratch.write(text, to: name) }
    let shell = try kind.start(in: scratch, startupFile: startupFile, options: options)
    var transcript: [String] = []
    try converse(shell, &transcript)
    return transcript.map { comparable($0.replacing(scratch.path, with: "/scratch")) }
  }
  return (try transcript(.bgsh), try transcript(.bash))
}

/// The text with every number of three digits and more, which may be a process ID, as `N`.
private func comparable(_ text: String) -> String {
  var result = ""
  var digits = ""
  func flush() {
    result += digits.count > 2 && !["126", "127", "130", "131", "143", "148"].contains(digits) ? "N" : digits
    digits = ""
  }
  for character in text {
    if ("0"..."9").contains(character) {
      digits.append(character)
    } else {
      flush()
      result.append(character)
    }
  }
  flush()
  return result
}
