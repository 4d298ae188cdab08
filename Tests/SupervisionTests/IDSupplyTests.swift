import CProtocol
import ProcessControl
import SystemPackage
import Tasks
import Testing

@testable import Supervision

/// Ids, with a channel and a database that are arrays.
struct IDSupplyTests {
  /// A channel from which shells take packets.
  final class Channel: IDChannel {
    var packets: [IDPacket] = []
    var room = 1
    var leftOver: [IDPacket] = []
    var mostRoom = 1_024
    var handler: (() -> Void)?
    var canHear = true
    var canTell = true

    func put(_ packet: IDPacket) throws(Errno) {
      guard packets.count < room else { throw .resourceTemporarilyUnavailable }
      packets.append(packet)
    }

    func takeBack() -> [IDPacket] {
      defer { packets = [] }
      return packets
    }

    func packetsLeft(of offered: [TaskID]) -> Int? { canTell ? packets.count : nil }

    func makeRoom(for packets: Int) -> Bool {
      guard packets <= mostRoom else { return false }
      room = packets
      return true
    }

    func hearTakers(_ handler: @escaping () -> Void) throws(Errno) {
      guard canHear else { throw .noMemory }
      self.handler = handler
    }

    func ignoreTakers() { handler = nil }
  }

  /// A database that hands out numbers.
  final class Source {
    var last: Int64 = 0
    var asked: [Int] = []
    var failure: IDShortage?
  }

  private let clock = TestClock()
  private let channel = Channel()
  private let source = Source()
  private let supply: IDSupply
  private let log = Log()

  final class Log {
    var taken: [Int64] = []
    var notes: [String] = []
  }

  init() { self.init(offeredAtFirst: 1) }

  private init(offeredAtFirst: Int) {
    supply = IDSupply(channel: channel, timers: clock.timers, offeredAtFirst: offeredAtFirst) {
      [source] (count) throws(IDShortage) in
      source.asked.append(count)
      if let failure = source.failure { throw failure }
      source.last += Int64(count)
      return (0..<Int64(count)).map { TaskID(rawValue: source.last - Int64(count) + 1 + $0) }
    }
    supply.hasTaken = { [log] id in log.taken.append(id.rawValue) }
    supply.note = { [log] text in log.notes.append(text) }
  }

  /// A shell takes an id, for which it may have to wait, and the loop comes to it.
  private func take() -> String? {
    if channel.packets.isEmpty { clock.advance(milliseconds: Patience.offerSoonMilliseconds) }
    guard !channel.packets.isEmpty else { return nil }
    let packet = channel.packets.removeFirst()
    channel.handler?()
    supply.replenish()
    return packet.text
  }

  private var texts: [String] { channel.packets.map(\.text) }

  @Test func `one is at hand`() {
    supply.open()
    #expect(texts == ["00000001"])
    #expect(take() == "00000001")
    #expect(log.taken == [1] && texts == ["00000002"])
  }

  @Test func `of two the second is taken without another look into the database`() {
    let tests = Self(offeredAtFirst: 2)
    tests.supply.open()
    #expect(tests.texts == ["00000001", "00000002"])
    #expect(tests.take() == "00000001")
    #expect(tests.log.taken == [1] && tests.texts == ["00000002"] && tests.source.asked == [2])
    #expect(tests.take() == "00000002")
    tests.supply.noteTaken(TaskID(rawValue: 2))
    tests.supply.replenish()
    #expect(tests.log.taken == [1, 2] && tests.texts.first == "00000003")
  }

  @Test func `who takes one of two now and then finds two again`() {
    let tests = Self(offeredAtFirst: 2)
    tests.supply.open()
    _ = tests.take()
    tests.clock.advance(milliseconds: Patience.offerSoonMilliseconds)
    #expect(tests.texts == ["00000002", "00000003"] && tests.supply.offeredAtOnce == 2)
  }

  @Test func `none is offered before it is known what there is`() {
    supply.offer()
    #expect(texts.isEmpty)
  }

  @Test func `launches in quick succession have more at hand, up to a bound`() {
    supply.open()
    for _ in 0..<200 {
      _ = take()
      clock.advance(milliseconds: 1)
    }
    supply.noteTaken()
    #expect(supply.offeredAtOnce == Patience.mostOffered)
    #expect(log.taken == Array(1...200), "each is taken once, in order")
    #expect(source.asked.max() ?? 0 <= Patience.mostOffered)
  }

  @Test func `launches one by one have one at hand`() {
    supply.open()
    for _ in 0..<20 {
      clock.advance(milliseconds: 1_000)
      _ = take()
    }
    #expect(supply.offeredAtOnce == 1)
    #expect(source.asked.allSatisfy { $0 == 1 })
  }

  @Test func `a channel without more room is used as it is`() {
    channel.mostRoom = 2
    supply.open()
    for _ in 0..<50 { _ = take() }
    supply.noteTaken()
    #expect(supply.offeredAtOnce == 2 && log.taken == Array(1...50))
  }

  @Test func `where nothing tells of takers it is looked`() {
    channel.canHear = false
    supply.open()
    channel.packets.removeFirst()
    #expect(log.taken.isEmpty)
    clock.advance(milliseconds: Patience.offerSoonMilliseconds)
    #expect(log.taken == [1] && texts == ["00000002"])
  }

  @Test func `without ids the next launches are refused and told why, until there are some`() {
    source.failure = IDShortage(refusal: .full, words: "no space")
    supply.open()
    #expect(texts == ["!full   "])
    #expect(log.notes == ["no space"])
    source.failure = nil
    clock.advance(milliseconds: Patience.offerMilliseconds)
    #expect(texts == ["00000001"], "the refusal that nobody has taken is taken back")
  }

  @Test func `a database that is locked for a moment refuses nobody`() {
    source.failure = IDShortage(refusal: .busy, words: "busy")
    supply.open()
    #expect(texts.isEmpty && log.notes.isEmpty)
    clock.advance(milliseconds: Patience.offerSoonMilliseconds)
    #expect(texts.isEmpty)
    source.failure = nil
    clock.advance(milliseconds: Patience.offerSoonMilliseconds)
    #expect(texts == ["00000001"])
  }

  @Test func `one that is locked for long does`() {
    source.failure = IDShortage(refusal: .busy, words: "busy")
    supply.open()
    clock.advance(milliseconds: Patience.longBusyMilliseconds)
    clock.advance(milliseconds: Patience.offerSoonMilliseconds)
    #expect(texts == ["!busy   "])
  }

  @Test func `while there are ids left nobody is refused`() {
    channel.room = 4
    for _ in 0..<2 { _ = channel.makeRoom(for: 4) }
    supply.open()
    _ = take()
    _ = take()
    let offered = supply.offered.count
    source.failure = IDShortage(refusal: .full, words: "no space")
    supply.offer(isCalm: true)
    #expect(supply.offered.count == offered && texts.allSatisfy { !$0.hasPrefix("!") })
  }

  @Test func `another supervisor offers again what nobody had taken, and waits for those who took one`() {
    channel.leftOver = [IDPacket(TaskID(rawValue: 8)), IDPacket(TaskID(rawValue: 9)), IDPacket(.full)]
    channel.packets = channel.leftOver
    supply.takeOver(reserved: [7, 8, 9].map { TaskID(rawValue: $0) })
    #expect(texts == ["00000008", "00000009"])
    #expect(log.taken == [7])
    #expect(supply.offeredAtOnce == 2)
    supply.open()
    #expect(source.asked.isEmpty, "there is nothing to add")
  }

  @Test func `what another supervisor had offered and nobody has reserved is not offered`() {
    channel.leftOver = [IDPacket(TaskID(rawValue: 8))]
    supply.takeOver(reserved: [])
    #expect(supply.offered.isEmpty && log.taken.isEmpty)
  }

  @Test func `a task that asks has taken its id, also where the kernel does not say so`() {
    channel.room = 4
    source.last = 5
    supply.open()
    channel.canTell = false
    supply.noteTaken()
    #expect(log.taken.isEmpty)
    supply.noteTaken(TaskID(rawValue: 6))
    #expect(log.taken == [6])
    #expect(supply.offered.isEmpty)
    supply.noteTaken(TaskID(rawValue: 6))
    #expect(log.taken == [6])
  }

  @Test func `a number with more digits has a longer packet`() {
    #expect(IDPacket(TaskID(rawValue: 99_999_999)).text == "99999999")
    #expect(IDPacket(TaskID(rawValue: 100_000_000)).text == "0000000100000000")
    #expect(IDPacket(TaskID(rawValue: 100_000_000)).id == TaskID(rawValue: 100_000_000))
    #expect(IDPacket(.memory).text == "!memory " && IDPacket(.memory).id == nil)
  }
}
