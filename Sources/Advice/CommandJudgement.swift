/// What is known of a command line without having run it: of the commands that stand in it one after the other.
package struct CommandJudgement: Hashable, Sendable {
  package let kind: CommandClass
  /// The words that decided it: `git status`, `npm test`.
  package let name: String

  /// nil where a part of it is nobody's, or where its parts cannot be told: loops, substitutions, functions.
  package init?(_ command: String) {
    guard command.utf8.count <= Self.mostBytes, let parts = CommandParts.of(command), !parts.isEmpty else { return nil }
    var known: [(kind: CommandClass, name: String)] = []
    for words in parts {
      guard let part = KnownCommands.lookUp(words) else { return nil }
      known.append(part)
    }
    // What changes the shell, or lets time pass, is there for the sake of the rest.
    let decisive = known.filter { !$0.kind.changesShell && !$0.kind.isPause }
    guard var all = (decisive.isEmpty ? known : decisive).first else { return nil }
    for part in decisive.dropFirst() where Self.weight(part.kind) > Self.weight(all.kind) { all = part }
    // A pause between quick commands is what takes the time.
    if let pause = known.first(where: { $0.kind.isPause }), Self.weight(all.kind) <= 1 { all = pause }
    kind = all.kind
    name = all.name
  }

  /// What is longer is a program of its own.
  private static let mostBytes = 4_096

  /// Which of several parts decides.
  private static func weight(_ kind: CommandClass) -> Int {
    if kind.needsTerminal { return 5 }
    if kind.neverEnds { return 4 }
    switch kind.place {
    case .background: return 3
    case .depends: return 2
    case .foreground: return 1
    }
  }
}
