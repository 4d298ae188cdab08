import ProcessControl
import Records

/// Writes in its order what comes up, and keeps what could not be written until it is.
///
/// Only what the rules of the database refuse is dropped: then the error is ours. For every other reason it is tried
/// again. `Store` is what is written to.
final class WriteQueue<Store> {
  typealias Work = (Store) throws(StoreError) -> Void

  private struct Write {
    let work: Work
    /// Called when that has to wait for longer than somebody who knows nothing of it should.
    let meanwhile: () -> Void
    let then: () -> Void
    /// What is to be done instead where it fails, unless somebody holds the database; nil tries for ever.
    let orElse: ((StoreError) -> Void)?
    /// Whether a session that is over otherwise waits for it.
    let isWorthStaying: Bool
  }

  private let timers: Timers
  private var unwritten: [Write] = []
  /// Whether writing has failed and is tried again later.
  private(set) var isHeldUp = false
  /// Whether it has been said that what is to be written has to wait.
  private(set) var isStuck = false
  /// Since when what is to be written has to wait for memory.
  private var lacksMemorySince: MonotonicInstant?
  /// Whether a child was reaped of which something is not on record.
  private var isOnlyWitness = false
  private lazy var retryTimer = timers.timer { [unowned self] in retry() }

  /// Does some of the work in one transaction, or nothing of it.
  var commit: ([Work]) throws(StoreError) -> Void = { _ in }
  /// Whether there is somebody who would put another supervisor in the place of this one.
  var hasReplacement: () -> Bool = { true }
  /// Called once when what is to be written has to wait, and why; and once when all of it is written.
  var isTroubled: (StoreError) -> Void = { _ in }
  var isRelieved: () -> Void = {}
  /// Called when what had failed has been tried again.
  var hasRetried: () -> Void = {}
  var note: (String) -> Void = { _ in }

  init(timers: Timers) {
    self.timers = timers
  }

  /// Whether something waits that a session which is over otherwise has to wait for.
  var hasUnwritten: Bool { unwritten.contains(where: \.isWorthStaying) }

  /// Writes at the next ``flush()``, and tells afterwards.
  func write(
    _ work: @escaping Work, meanwhile: @escaping () -> Void = {}, then: @escaping () -> Void = {},
    orElse: ((StoreError) -> Void)? = nil, isWorthStaying: Bool = true
  ) {
    unwritten.append(
      Write(work: work, meanwhile: meanwhile, then: then, orElse: orElse, isWorthStaying: isWorthStaying))
    if isStuck { meanwhile() }
  }

  /// Writes what has come up, in order and in one transaction: what many launches write at the same time costs little
  /// more than one. What cannot be written is tried again later, for whatever reason.
  func flush() {
    var isOneByOne = false
    while !unwritten.isEmpty, !isHeldUp {
      let batch = Array(unwritten.prefix(isOneByOne ? 1 : unwritten.count))
      do throws(StoreError) {
        try commit(batch.map { $0.work })
        unwritten.removeFirst(batch.count)
        isOneByOne = false
        for write in batch { write.then() }
      } catch {
        // The others may have nothing to do with why one fails.
        if batch.count > 1, error != .busy { isOneByOne = true } else { firstHasFailed(error) }
      }
    }
    if unwritten.isEmpty { allIsWritten() }
  }

  private func retry() {
    isHeldUp = false
    flush()
    hasRetried()
  }

  private func firstHasFailed(_ error: StoreError) {
    let write = unwritten[0]
    // Who asked to start may as well wait for another supervisor, unless there will be none.
    let awaitsReplacement = hasReplacement() || !lacksMemory(for: Patience.memoryMilliseconds)
    let isWorthWaiting = error == .busy || error == .noMemory && awaitsReplacement
    if let orElse = write.orElse, !isWorthWaiting {
      unwritten.removeFirst()
      orElse(error)
    } else if case .refused = error {
      // Trying again would not help, and must not hold up what comes after it.
      note("a record was dropped: \(error)")
      unwritten.removeFirst().meanwhile()
    } else {
      if error == .noMemory { lacksMemorySince = lacksMemorySince ?? timers.now() }
      if error != .busy { tellOfTrouble(error) }
      isHeldUp = true
      retryTimer.set(in: Patience.retryMilliseconds)
    }
  }

  /// Says once that nothing can be recorded; who waits for an end is told of it all the same.
  func tellOfTrouble(_ error: StoreError) {
    guard !isStuck else { return }
    isStuck = true
    note("nothing can be recorded for now: \(error)")
    isTroubled(error)
    for write in unwritten { write.meanwhile() }
  }

  /// Everything that had to wait is on record.
  private func allIsWritten() {
    if isStuck {
      isStuck = false
      note("everything is on record again")
      isRelieved()
    }
    lacksMemorySince = nil
    isOnlyWitness = false
  }

  // MARK: Memory

  /// Whether nothing can be written for lack of memory. What is not on record is then not to be forgotten by the kernel.
  var lacksMemory: Bool { lacksMemorySince != nil }

  private func lacksMemory(for milliseconds: Int64) -> Bool {
    lacksMemorySince.map { $0.milliseconds(until: timers.now()) >= milliseconds } ?? false
  }

  /// Whether another supervisor may fare better, and would lose nothing; or nobody is left to start one, and it has lasted
  /// so long that this one would stay for ever.
  var hasGivenUp: Bool {
    if !hasReplacement() { return lacksMemory(for: Patience.longMemoryMilliseconds) }
    return lacksMemory(for: Patience.memoryMilliseconds) && !isOnlyWitness
  }

  /// A child is about to be reaped: the kernel forgets how it ended.
  func willReap() {
    if !unwritten.isEmpty { isOnlyWitness = true }
  }
}
