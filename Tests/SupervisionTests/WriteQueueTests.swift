import ProcessControl
import Records
import Testing

@testable import Supervision

/// What is written to a database that is an array, and fails when it is told to.
struct WriteQueueTests {
  final class Store {
    var rows: [String] = []
    /// What fails, and with what.
    var failures: [String: StoreError] = [:]
    /// What every transaction fails with.
    var failure: StoreError?
    var transactions = 0

    func insert(_ row: String) throws(StoreError) {
      if let failure = failures[row] { throw failure }
      rows.append(row)
    }
  }

  final class Log {
    var told: [String] = []
  }

  private let clock = TestClock()
  private let store = Store()
  private let queue: WriteQueue<Store>
  private let log = Log()

  init() {
    queue = WriteQueue(timers: clock.timers)
    queue.commit = { [store] (works) throws(StoreError) in
      store.transactions += 1
      let before = store.rows
      do throws(StoreError) {
        if let failure = store.failure { throw failure }
        for work in works { try work(store) }
      } catch {
        store.rows = before
        throw error
      }
    }
    queue.isTroubled = { [log] _ in log.told.append("trouble") }
    queue.isRelieved = { [log] in log.told.append("relief") }
  }

  private func write(_ row: String) {
    queue.write { (store) throws(StoreError) in
      try store.insert(row)
    } meanwhile: { [log] in
      log.told.append("meanwhile \(row)")
    } then: { [log] in
      log.told.append("then \(row)")
    }
  }

  @Test func `what comes up together is written in one transaction, and told afterwards`() {
    for row in ["a", "b", "c"] { write(row) }
    #expect(store.rows.isEmpty && log.told.isEmpty && queue.hasUnwritten)
    queue.flush()
    #expect(store.rows == ["a", "b", "c"] && store.transactions == 1)
    #expect(log.told == ["then a", "then b", "then c"] && !queue.hasUnwritten)
  }

  /// Every error but the two that need no trouble to be told of.
  private static let troubles: [StoreError] = [
    .full(path: "p"), .readOnly(path: "p"), .damaged(path: "p"), .cannotOpen(path: "p", reason: "r"), .noMemory,
    .tooLarge(path: "p"), .newerVersion(found: 2, known: 1), .other(code: 1, message: "m"),
  ]

  @Test(arguments: troubles.indices)
  func `what fails is tried again in its order, and told of once`(_ index: Int) {
    store.failure = Self.troubles[index]
    write("a")
    queue.flush()
    write("b")
    queue.flush()
    clock.advance(milliseconds: Patience.retryMilliseconds)
    #expect(store.rows.isEmpty && queue.hasUnwritten)
    #expect(log.told == ["trouble", "meanwhile a", "meanwhile b"])
    store.failure = nil
    clock.advance(milliseconds: Patience.retryMilliseconds)
    #expect(store.rows == ["a", "b"])
    #expect(log.told.suffix(3) == ["then a", "then b", "relief"])
    #expect(log.told.count { $0 == "trouble" } == 1)
  }

  @Test func `a database that somebody holds is tried again without a word`() {
    store.failure = .busy
    write("a")
    queue.flush()
    #expect(store.transactions == 1, "the loop is not held up")
    clock.advance(milliseconds: Patience.retryMilliseconds)
    store.failure = nil
    clock.advance(milliseconds: Patience.retryMilliseconds)
    #expect(store.rows == ["a"] && log.told == ["then a"])
  }

  @Test func `what the rules of the database refuse is dropped, and holds up nothing`() {
    store.failures = ["b": .refused(code: 19, message: "constraint")]
    for row in ["a", "b", "c"] { write(row) }
    queue.flush()
    #expect(store.rows == ["a", "c"])
    #expect(log.told == ["then a", "meanwhile b", "then c"] && !queue.hasUnwritten)
  }

  @Test func `what fails alone lets those before it be written, and keeps its place`() {
    store.failures = ["b": .full(path: "p")]
    for row in ["a", "b", "c"] { write(row) }
    queue.flush()
    #expect(store.rows == ["a"], "c comes after b")
    store.failures = [:]
    clock.advance(milliseconds: Patience.retryMilliseconds)
    #expect(store.rows == ["a", "b", "c"])
  }

  @Test func `who has another way takes it, except while somebody holds the database`() {
    var failures: [StoreError] = []
    func admit() {
      queue.write({ (store) throws(StoreError) in try store.insert("a") }, orElse: { failures.append($0) })
      queue.flush()
    }
    store.failure = .busy
    admit()
    #expect(failures.isEmpty && queue.hasUnwritten)
    store.failure = .full(path: "p")
    clock.advance(milliseconds: Patience.retryMilliseconds)
    #expect(failures == [.full(path: "p")] && !queue.hasUnwritten)
    // Another supervisor may have memory.
    store.failure = .noMemory
    admit()
    #expect(failures.count == 1 && queue.hasUnwritten)
    queue.hasReplacement = { false }
    clock.advance(milliseconds: Patience.memoryMilliseconds)
    clock.advance(milliseconds: Patience.retryMilliseconds)
    #expect(failures.last == .noMemory && failures.count == 2)
  }

  @Test func `without memory for long another supervisor is to try, unless this one alone knows something`() {
    store.failure = .noMemory
    write("a")
    queue.flush()
    #expect(queue.lacksMemory && !queue.hasGivenUp)
    clock.advance(milliseconds: Patience.memoryMilliseconds)
    #expect(queue.hasGivenUp)
    queue.willReap()
    #expect(!queue.hasGivenUp)
    queue.hasReplacement = { false }
    clock.advance(milliseconds: Patience.longMemoryMilliseconds)
    #expect(queue.hasGivenUp)
    store.failure = nil
    clock.advance(milliseconds: Patience.retryMilliseconds)
    #expect(!queue.lacksMemory && !queue.hasGivenUp && store.rows == ["a"])
  }

  @Test func `what is not worth staying for keeps no session alive`() {
    queue.write({ (store) throws(StoreError) in try store.insert("a") }, isWorthStaying: false)
    #expect(!queue.hasUnwritten)
    queue.flush()
    #expect(store.rows == ["a"])
  }

  @Test func `what is written by what was told is written as well`() {
    queue.write({ (store) throws(StoreError) in try store.insert("a") }, then: { write("b") })
    queue.flush()
    #expect(store.rows == ["a", "b"])
  }
}
