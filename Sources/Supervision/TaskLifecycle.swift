import Tasks

/// How a supervised task changes: what each event makes of each state, in one table.
enum TaskLifecycle {
  enum State: Hashable {
    /// Nobody ends it.
    case live(TaskState.Live)
    /// bgsh ends it, and its leader is still there.
    case ending(TaskState.Live)
    /// bgsh ends it, its leader has ended, and something of its tree may be left.
    case leaderless
    /// It has its final state.
    case ended
  }

  enum Event: Hashable, CaseIterable {
    /// Its leader has been stopped as the terminal does it.
    case stoppedByTerminal
    /// Its leader has been stopped otherwise.
    case stopped
    /// Its leader goes on.
    case continued
    case leaderEnded
    /// A descendant has been stopped as the terminal does it, which is seen only by looking.
    case descendantWaits
    /// None is.
    case noDescendantWaits
    /// It is asked to end.
    case endBegins
    /// Nothing of its tree is left.
    case treeGone
  }

  /// What is to be done about a change, besides noting the state.
  struct Acts: OptionSet, Hashable {
    let rawValue: Int

    /// The new state is recorded.
    static let record = Acts(rawValue: 1)
    /// What another supervisor would need to know is recorded.
    static let keep = Acts(rawValue: 2)
    /// Its time runs again.
    static let armTimeout = Acts(rawValue: 4)
    /// Its time counts no more.
    static let disarmTimeout = Acts(rawValue: 8)
    /// Its tree is looked at soon.
    static let lookSoon = Acts(rawValue: 16)
    /// Its end is recorded.
    static let finish = Acts(rawValue: 32)
  }

  struct Transition: Hashable {
    let state: State
    let acts: Acts
  }

  /// What becomes of a task; nil where the event changes nothing.
  static func transition(from state: State, on event: Event) -> Transition? {
    switch (state, event) {
    case (.live(let old), .stoppedByTerminal): change(old, to: .waitingForInput)
    case (.live(let old), .stopped): change(old, to: .paused)
    case (.live(let old), .continued): change(old, to: .running)
    case (.live, .leaderEnded): Transition(state: .ended, acts: .finish)
    // A leader that is stopped itself has said so.
    case (.live(.running), .descendantWaits): change(.running, to: .waitingForInput)
    case (.live(.waitingForInput), .noDescendantWaits): change(.waitingForInput, to: .running)
    case (.live, .descendantWaits), (.live, .noDescendantWaits): nil
    case (.live(let old), .endBegins): Transition(state: .ending(old), acts: [.keep, .disarmTimeout])
    // A leader that is there is part of the tree.
    case (.live, .treeGone): nil

    case (.ending(let old), .stoppedByTerminal): change(old, to: .waitingForInput, isEnding: true)
    case (.ending(let old), .stopped): change(old, to: .paused, isEnding: true)
    case (.ending(let old), .continued): change(old, to: .running, isEnding: true)
    case (.ending, .leaderEnded): Transition(state: .leaderless, acts: [.keep, .lookSoon])
    case (.ending, .descendantWaits), (.ending, .noDescendantWaits): nil
    case (.ending, .endBegins), (.ending, .treeGone): nil

    case (.leaderless, .treeGone): Transition(state: .ended, acts: .finish)
    // Another supervisor had begun with it.
    case (.leaderless, .endBegins): Transition(state: .leaderless, acts: [.keep, .disarmTimeout])
    case (.leaderless, _): nil

    case (.ended, _): nil
    }
  }

  private static func change(_ old: TaskState.Live, to new: TaskState.Live, isEnding: Bool = false) -> Transition? {
    guard old != new else { return nil }
    var acts: Acts = .record
    // Time paused counts differently.
    if old == .paused || new == .paused { acts.insert(.keep) }
    if new == .running, !isEnding { acts.insert(.armTimeout) }
    return Transition(state: isEnding ? .ending(new) : .live(new), acts: acts)
  }
}
