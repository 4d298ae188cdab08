import Tasks

/// A task database that could not be read any more, and is kept under another name.
package enum DamagedDatabase {
  /// What to tell the user once a new database has taken its place.
  package static func message(keptAs path: String) -> String {
    "the task database was damaged: it is kept as '\(VisibleText.word(path))', and a new one has been begun; "
      + "output files are where they were"
  }
}
