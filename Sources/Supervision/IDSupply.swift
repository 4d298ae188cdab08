import CProtocol
import ProcessControl
import SystemPackage
import Tasks

/// Keeps ids at hand for shells that launch tasks: one or two, until launches come in quick succession; then four and more.
///
/// Where none can be had the next launches are refused, and told why.
final class IDSupply {
  private let channel: any IDChannel
  private let timers: Timers
  /// Takes the next ids from the database, each with its output made.
  private let reserve: (Int) throws(IDShortage) -> [TaskID]
  /// The ids in the channel, in their order.
  private(set) var offered: [TaskID] = []
  private var refusal = LaunchRefusal.database
  /// How many are offered at once.
  private(set) var offeredAtOnce = 1
  private let offeredAtFirst: Int
  private var lastTaken: MonotonicInstant?
  /// Since when no id could be reserved, because the database was locked.
  private var busySince: MonotonicInstant?
  /// Whether it is known what another supervisor has left.
  private var isOpen = false
  private var isHearing = false
  /// Whether ids have been taken since it was last offered any.
  private var isDue = false
  private var isOfferScheduled = false
  private lazy var offerTimer = timers.timer { [unowned self] in
    isOfferScheduled = false
    offer(isCalm: true)
  }

  /// Called with each id that a shell has taken.
  var hasTaken: (TaskID) -> Void = { _ in }
  /// Keeps a line for whoever asks what went wrong.
  var note: (String) -> Void = { _ in }

  /// - Parameter offeredAtFirst: How many are offered at once at first. With two, a shell that launches once is served
  ///   without a second look into the database.
  init(
    channel: any IDChannel, timers: Timers, offeredAtFirst: Int = 1,
    reserve: @escaping (Int) throws(IDShortage) -> [TaskID]
  ) {
    self.channel = channel
    self.timers = timers
    self.offeredAtFirst = offeredAtFirst
    self.reserve = reserve
  }

  /// Begins to offer ids. A shell may be waiting by now.
  func open() {
    isOpen = true
    if offeredAtOnce < offeredAtFirst, channel.makeRoom(for: offeredAtFirst) { offeredAtOnce = offeredAtFirst }
    offer()
  }

  /// What another supervisor has left cannot be read: who launches meanwhile is told why not.
  func refuse(because refusal: LaunchRefusal) {
    self.refusal = refusal
    if channel.packetsLeft(of: []) == 0 { refuse() }
  }

  /// Takes over what another supervisor has offered, before ``open()``.
  ///
  /// - Parameter reserved: The ids that are known to have been given out.
  func takeOver(reserved: [TaskID]) {
    _ = channel.takeBack()
    // What is in the channel, which bgsh has held open, nobody has taken.
    offered = channel.leftOver.compactMap(\.id).filter(reserved.contains)
    while offeredAtOnce < offered.count, channel.makeRoom(for: offeredAtOnce * 2) { offeredAtOnce *= 2 }
    for id in offered { send(.init(id)) }
    // Who has taken one asks again.
    for id in reserved where !offered.contains(id) { hasTaken(id) }
  }

  /// Looks which of the offered ids have been taken.
  func noteTaken() {
    // The kernel may not say how many are left.
    guard let left = channel.packetsLeft(of: offered), left < offered.count else { return }
    take(offered.count - left)
  }

  /// A task asks to start: a shell has taken its id, and those that were offered before it, also where the kernel has not
  /// said so.
  func noteTaken(_ id: TaskID) {
    if let position = offered.firstIndex(of: id) { take(position + 1) }
  }

  private func take(_ count: Int) {
    let now = timers.now()
    let isHurry = lastTaken.map { $0.milliseconds(until: now) < Patience.hurryMilliseconds } ?? false
    lastTaken = now
    let taken = offered.prefix(count)
    offered.removeFirst(count)
    isDue = true
    for id in taken { hasTaken(id) }
    if isHurry, offeredAtOnce < Patience.mostOffered, channel.makeRoom(for: offeredAtOnce * 2) { offeredAtOnce *= 2 }
  }

  /// Offers ids in place of those that have been taken: when everybody who waits in a turn of the loop has been answered.
  func replenish() {
    if isDue { offer() }
  }

  /// Fills the channel again when more than half of its ids have been taken, or when some have and no more are.
  func offer(isCalm: Bool = false) {
    guard isOpen else { return }
    noteTaken()
    isDue = false
    // Without ids there can be refusals in it.
    if offered.isEmpty { _ = channel.takeBack() }
    let isDue = isCalm ? offered.count < offeredAtOnce : offered.count * 2 < offeredAtOnce
    let hasFailed = isDue && !offerMore()
    if hasFailed, offered.isEmpty, refusal != .busy || isBusyForLong { refuse() }
    let isPatient = hasFailed && refusal != .busy
    awaitTaker(or: isPatient ? Patience.retryMilliseconds : Patience.offerSoonMilliseconds)
  }

  private func offerMore() -> Bool {
    do throws(IDShortage) {
      let ids = try reserve(offeredAtOnce - offered.count)
      busySince = nil
      Failpoint.reach(.idReserved)
      offered += ids
      for id in ids { send(.init(id)) }
      Failpoint.reach(.idOffered)
      return true
    } catch {
      if error.refusal != .busy { note(error.words) }
      refusal = error.refusal
      return false
    }
  }

  /// Hears of the next id that is taken if the channel is full. While it is not, there is another look when a task asks to
  /// start, or after some time.
  private func awaitTaker(or milliseconds: Int64) {
    if let left = channel.packetsLeft(of: offered), left >= offeredAtOnce {
      guard !isHearing else { return }
      do throws(Errno) {
        try channel.hearTakers { [unowned self] in isDue = true }
        isHearing = true
        return
      } catch {
        note("who takes an id is not heard of: \(error)")
      }
    }
    channel.ignoreTakers()
    isHearing = false
    scheduleOffer(in: milliseconds)
  }

  private func scheduleOffer(in milliseconds: Int64) {
    guard !isOfferScheduled else { return }
    isOfferScheduled = true
    offerTimer.set(in: milliseconds)
  }

  /// Whether somebody has kept the database locked for longer than a crowd of sessions does.
  private var isBusyForLong: Bool {
    let now = timers.now()
    let since = busySince ?? now
    busySince = since
    return since.milliseconds(until: now) > Patience.longBusyMilliseconds
  }

  /// Refuses the next launches, until the reason may be gone; refusals that nobody has taken are taken back then.
  private func refuse() {
    for _ in 0..<offeredAtOnce { send(.init(refusal)) }
    scheduleOffer(in: Patience.offerMilliseconds)
  }

  private func send(_ packet: IDPacket) {
    do throws(Errno) {
      try channel.put(packet)
    } catch {
      // A shell that waits in vain says so; what counts as offered is found to be taken, and given back in the end.
      if error != .resourceTemporarilyUnavailable { note("an id could not be offered: \(error)") }
    }
  }
}
