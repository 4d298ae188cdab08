/// What is known of commands of a kind, whoever runs them: whether they are worth waiting for.
package struct CommandClass: Hashable, Sendable {
  /// Where such a command belongs.
  package enum Place: String, Hashable, Sendable {
    case foreground
    case background
    /// It is quick or slow as the day goes, or its result is needed at once or not at all.
    case depends
  }

  package var place: Place
  /// How long it usually takes, in milliseconds; nil for what does not end, and for what nobody can say it of.
  package var typicalMilliseconds: ClosedRange<Int64>?
  /// Whether it wants a terminal, as an editor does.
  package var needsTerminal = false
  /// Whether it goes on until somebody ends it, as servers and watchers do.
  package var neverEnds = false
  /// Whether its effect is on the shell that runs it, and lost anywhere else.
  package var changesShell = false
  /// Whether all that it does is to let time pass.
  package var isPause = false

  /// Takes less than a second, and its result is needed now.
  static let quick = CommandClass(place: .foreground, typicalMilliseconds: 1...1_000)
  /// Takes so long that there is something else to do meanwhile.
  static let long = CommandClass(place: .background, typicalMilliseconds: 10_000...120_000)
  /// Takes as long as the network, or the cache, lets it.
  static let varying = CommandClass(place: .depends, typicalMilliseconds: 1_000...60_000)
  static let endless = CommandClass(place: .background, typicalMilliseconds: nil, neverEnds: true)
  static let terminal = CommandClass(place: .foreground, typicalMilliseconds: nil, needsTerminal: true)
  static let shell = CommandClass(place: .foreground, typicalMilliseconds: 1...100, changesShell: true)
  static let pause = CommandClass(place: .depends, typicalMilliseconds: nil, isPause: true)
}
