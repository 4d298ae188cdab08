import Tasks

/// Why the task database did not do what it was asked.
package enum StoreError: Error, Hashable, Sendable, CustomStringConvertible {
  case cannotOpen(path: String, reason: String)
  /// Another process kept it locked for longer than anybody should.
  case busy
  case newerVersion(found: Int64, known: Int64)
  case damaged(path: String)
  case full(path: String)
  case readOnly(path: String)
  /// The user's limit of file sizes is reached.
  case tooLarge(path: String)
  /// This process gets no more memory.
  case noMemory
  /// What was to be written is against the rules of the database: the error is ours, and trying again would not help.
  case refused(code: Int32, message: String)
  case other(code: Int32, message: String)

  package var description: String {
    switch self {
    case .cannotOpen(let path, let reason):
      "cannot open the task database '\(VisibleText.word(path))': \(reason)"
    case .busy:
      "the task database is locked by another process; try again, 'bgsh doctor' says more"
    case .newerVersion(let found, let known):
      "the task database is of a newer bgsh (format \(found), this one knows \(known)); use that bgsh, "
        + "or set BGSH_STATE_DIR to another directory"
    case .damaged(let path):
      "the task database '\(VisibleText.word(path))' is damaged; the next 'bgsh jobs' moves it away and begins a new one"
    case .full(let path):
      "no space left for the task database '\(VisibleText.word(path))'; free some and try again"
    case .readOnly(let path):
      "the task database '\(VisibleText.word(path))' cannot be written; check the rights to it and to its directory"
    case .tooLarge(let path):
      "the limit of file sizes is too small for the task database '\(VisibleText.word(path))'; raise 'ulimit -f'"
    case .noMemory:
      "no memory left for the task database; end some programs, or raise 'ulimit -v'"
    case .refused(let code, let message), .other(let code, let message):
      "the task database failed: \(message) (SQLite error \(code))"
    }
  }
}
