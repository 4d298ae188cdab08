/// `set -o vi` and `set -o emacs`, which concern bgsh's readline.
///
/// A bash that carries them out at its prompt begins to read its standard input with a readline of its own, which is the
/// end of the control channel; in a sourced file it only keeps the option. So a typed one is made a function that sources it.
enum EditingMode {
  private static let commands = ["set -o vi", "set -o emacs", "set +o vi", "set +o emacs"].map { Array($0.utf8) }
  private static let replacement = Array("__bgsh_edit_mode".utf8)

  /// The line with such commands replaced, where one stands as a command of its own.
  static func redirected(_ line: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    var rest = line[...]
    while let first = rest.first {
      let command = commands.first { rest.starts(with: $0) }
      if let command, isCommandPosition(after: result), isBoundary(rest.dropFirst(command.count).first) {
        result += replacement + command.dropFirst("set".utf8.count)
        rest = rest.dropFirst(command.count)
      } else {
        result.append(first)
        rest = rest.dropFirst()
      }
    }
    return result
  }

  private static func isCommandPosition(after text: [UInt8]) -> Bool {
    let last = text.last { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") }
    return last.map { ";&|({\n".utf8.contains($0) } ?? true
  }

  private static func isBoundary(_ byte: UInt8?) -> Bool {
    byte.map { " \t;&|)\n".utf8.contains($0) } ?? true
  }
}
