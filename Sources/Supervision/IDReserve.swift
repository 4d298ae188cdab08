import CProtocol
import ProcessControl
import Records
import StateFiles
import SystemPackage
import Tasks

/// Takes ids from the database, each with its output made.
struct IDReserve {
  private let ledger: Ledger
  private let state: StateDirectory
  private let session: SessionID

  init(ledger: Ledger, state: StateDirectory, session: SessionID) {
    self.ledger = ledger
    self.state = state
    self.session = session
  }

  func take(_ count: Int) throws(IDShortage) -> [TaskID] {
    while true {
      let ids = try reserve(count)
      var made: [TaskID] = []
      do throws(Errno) {
        for id in ids {
          try makeOutput(of: id)
          made.append(id)
        }
        return ids
      } catch {
        for id in made { state.removeOutput(of: id) }
        guard error == .fileExists else {
          ledger.attempt("taking back ids") { (store) throws(StoreError) in try store.returnReservedTaskIDs(ids) }
          throw IDShortage(refusal: LaunchRefusal(error), words: "no output could be made: \(error)")
        }
      }
      try skip(ids)
    }
  }

  private func reserve(_ count: Int) throws(IDShortage) -> [TaskID] {
    if state.freeBytes < Patience.scarceBytes {
      // It is a help, and others may be reading the log.
      _ = try? ledger.perform { (store) throws(StoreError) in try store.emptyLog() }
    }
    return try known { () throws(StoreError) in
      try ledger.together { (store) throws(StoreError) in try store.reserveTaskIDs(count, for: session) }
    }
  }

  /// One of them is of a task whose record was lost when the power failed: that number is not used again.
  private func skip(_ ids: [TaskID]) throws(IDShortage) {
    try known { () throws(StoreError) in
      try ledger.perform { (store) throws(StoreError) in
        try store.skipTaskIDs(to: state.highestOutputID)
        for id in ids { try store.forgetReservedTaskID(id) }
      }
    }
  }

  /// Does some work, and says what its failure means to those who launch.
  private func known<Result>(_ work: () throws(StoreError) -> Result) throws(IDShortage) -> Result {
    do throws(StoreError) {
      return try work()
    } catch {
      throw IDShortage(refusal: LaunchRefusal(error), words: "no id could be reserved: \(error)")
    }
  }

  /// Makes the output of a task, by the second try if the first one fails for what may pass.
  private func makeOutput(of id: TaskID) throws(Errno) {
    do throws(Errno) {
      try state.makeOutput(of: id)
    } catch  where error.isPassing && error != .noSpace {
      try state.makeOutput(of: id)
    }
  }
}
