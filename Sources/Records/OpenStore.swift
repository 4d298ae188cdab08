import ProcessControl
package import StateFiles

/// The task database of a state directory as a process holds it: opened when it is asked for, and anew when the file of
/// that name is another one by now.
package final class OpenStore {
  private let directory: StateDirectory
  private var held: TaskStore?
  private var lastFile: FileIdentity?
  /// Whether it was found damaged in use: then all of it is looked at, as its beginning need not show that.
  private var isSuspect = false
  /// How long to wait for another writer before `StoreError.busy`, in milliseconds.
  package var busyMilliseconds = Limits.busyMilliseconds
  /// How many files of that name have been opened: what was written to an earlier one is not in this one.
  package private(set) var fileCount = 0
  /// Whether each call looks whether the file is still in its place. A program with an event loop looks once a turn
  /// instead, and calls ``reviewAgain()`` when the next turn begins.
  package var reviewsEachCall = true
  private var isReviewed = false
  /// Whether something is read when it is opened, so that what is damaged elsewhere than in its head shows then. Who does
  /// without is told when it comes to it, and closes it because of that.
  package var readsAhead = true
  /// Called with the name under which a damaged one is kept.
  package var hasReplaced: (String) -> Void = { _ in }

  package init(in directory: StateDirectory) {
    self.directory = directory
  }

  /// The database, which the caller does not keep.
  package func current() throws(StoreError) -> TaskStore {
    if let held, isReviewed || held.isInPlace {
      isReviewed = !reviewsEachCall
      return held
    }
    // The next file may get the number of one that was removed.
    if held != nil { lastFile = nil }
    held = nil
    let (store, kept) = try TaskStore.openReplacingDamaged(
      in: directory, busyMilliseconds: busyMilliseconds, reading: isSuspect ? .all : readsAhead ? .some : .nothing)
    isSuspect = false
    if let kept { hasReplaced(kept) }
    if lastFile == nil || store.file != lastFile { fileCount += 1 }
    lastFile = store.file
    held = store
    isReviewed = !reviewsEachCall
    return store
  }

  /// The next call looks whether the file is still in its place.
  package func reviewAgain() { isReviewed = false }

  /// The database if it is open; nil where it would have to be opened.
  package var opened: TaskStore? { held }

  /// Closes it after a failure, which may be only that of the connection.
  package func close(because error: StoreError) {
    held = nil
    if case .damaged = error { isSuspect = true }
  }
}
