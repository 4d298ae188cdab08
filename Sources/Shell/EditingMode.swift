/// `set -o vi` and `set -o emacs`, which concern bgsh's readline.
///
/// A bash that carries them out at its prompt begins to read its standard input with a readline of its own, which is the
/// end of the control channel; in a sourced file it only keeps the option. So a typed one becomes a function that does that.
enum EditingMode {
  private static let commands = ["set -o vi", "set -o emacs", "set +o vi", "set +o emacs"].map { Array($0.utf8) }

  /// The line with such a command replaced that it begins with.
  static func redirected(_ line: [UInt8]) -> [UInt8] {
    let rest = line.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
    guard let command = commands.first(where: rest.starts(with:)) else { return line }
    let after = rest.dropFirst(command.count)
    guard after.first.map({ " \t;&|\n".utf8.contains($0) }) ?? true else { return line }
    return Array("__bgsh_edit_mode".utf8) + command.dropFirst("set".utf8.count) + after
  }
}
