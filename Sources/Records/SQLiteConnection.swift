import CProcess
import CSQLite
import Glibc
import ProcessControl
import SystemPackage

/// One connection to a SQLite database. The only file that calls SQLite.
///
/// Use it from one thread. Statements are prepared once and kept.
final class SQLiteConnection {
  /// What a statement's parameter can be.
  enum Value {
    case integer(Int64)
    case text(String)
    /// Text that need not be UTF-8.
    case bytes([UInt8])
    case null

    init(_ integer: Int64?) { self = integer.map(Value.integer) ?? .null }
    init(_ text: String?) { self = text.map(Value.text) ?? .null }
  }

  /// The row that a statement stands on; valid during the call that gets it.
  struct Row {
    fileprivate let statement: OpaquePointer

    func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(statement, column) }

    func text(_ column: Int32) -> String {
      withBytes(column) { String(decoding: $0, as: UTF8.self) }
    }

    func bytes(_ column: Int32) -> [UInt8] { withBytes(column) { Array($0) } }

    private func withBytes<Result>(_ column: Int32, _ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
      let bytes = sqlite3_column_text(statement, column)
      return body(
        UnsafeBufferPointer(start: bytes, count: bytes == nil ? 0 : Int(sqlite3_column_bytes(statement, column))))
    }

    func optionalInteger(_ column: Int32) -> Int64? { isNull(column) ? nil : integer(column) }

    func optionalText(_ column: Int32) -> String? { isNull(column) ? nil : text(column) }

    private func isNull(_ column: Int32) -> Bool { sqlite3_column_type(statement, column) == SQLITE_NULL }
  }

  let path: String
  private let handle: OpaquePointer
  /// The file that is open; nil where that could not be found out.
  let file: FileIdentity?
  private var statements: [String: OpaquePointer] = [:]

  /// Changes how long a statement waits for another connection's lock.
  func waitForOthers(atMost milliseconds: Int32) {
    sqlite3_busy_timeout(handle, milliseconds)
  }

  /// Opens a database, and makes an empty one that only this user can read if there is none.
  init(path: String, busyMilliseconds: Int32) throws(StoreError) {
    _ = Self.isConfigured
    self.path = path
    // Made here for its mode, which the journals inherit. Never opened and closed when it exists: closing any
    // descriptor of the file would drop the locks that another connection of this process holds.
    if let new = resultOrNil({ bgsh_open(path, O_RDWR | O_CREAT | O_EXCL, 0o600) }) {
      fchmod(new, 0o600)
      close(new)
    }
    var opened: OpaquePointer?
    let code = sqlite3_open_v2(path, &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nil)
    guard let opened else { throw .noMemory }
    guard code == SQLITE_OK else {
      defer { sqlite3_close_v2(opened) }
      let failure = Errno(rawValue: sqlite3_system_errno(opened))
      guard code == SQLITE_CANTOPEN, failure.rawValue != 0 else { throw Self.error(code, opened, path: path) }
      throw .cannotOpen(path: path, reason: "\(failure)")
    }
    handle = opened
    file = try? FileIdentity.of(path)
    sqlite3_extended_result_codes(handle, 1)
    sqlite3_busy_timeout(handle, busyMilliseconds)
    sqlite3_wal_autocheckpoint(handle, Limits.checkpointPages)
    // The journals stay when the last connection closes: making and removing them costs more than opening.
    var keeps: Int32 = 1
    sqlite3_file_control(handle, "main", SQLITE_FCNTL_PERSIST_WAL, &keeps)
  }

  private static let isConfigured: Void = {
    // SQLite maps the index of its log. If somebody empties that file, this process gets SIGBUS; this handles the
    // signal.
    bgsh_survive_truncated_mappings()
    _ = bgsh_sqlite3_count_no_memory()
  }()

  /// Whether the file that is open is still the one of that name, and still begins as a database.
  var isInPlace: Bool {
    guard let file else { return true }
    do throws(Errno) {
      return try FileIdentity.of(path) == file && bgsh_sqlite3_has_head(handle) != 0
    } catch {
      // A file that is not there is not in its place. After any other error that is not known.
      return error != .noSuchFileOrDirectory && error != .notDirectory
    }
  }

  /// Whether the file is empty though it had tables once: then the index of its log is there, which was made after
  /// them.
  var hasBeenEmptied: Bool {
    var index = stat()
    let hasIndex = stat("\(path)-shm", &index) == 0
    var database = stat()
    return hasIndex && stat(path, &database) == 0 && database.st_size == 0
  }

  /// Whether reading the write-ahead log costs less than emptying it.
  private var logIsShort: Bool {
    var information = stat()
    return stat("\(path)-wal", &information) == 0 && information.st_size <= Limits.shortLogBytes
  }

  deinit {
    for statement in statements.values { sqlite3_finalize(statement) }
    if logIsShort || !isInPlace {
      // Emptying it would make the next to write wait for the disk, twice.
      bgsh_sqlite3_keep_log_on_close(handle)
    } else {
      // The next process to open it would have to read a log of which nothing is needed.
      sqlite3_exec(handle, "PRAGMA journal_size_limit=0", nil, nil, nil)
    }
    sqlite3_close_v2(handle)
  }

  /// Runs statements that take no parameters and give no rows, such as a migration.
  func execute(script: String) throws(StoreError) {
    try check(sqlite3_exec(handle, script, nil, nil, nil))
  }

  /// Runs a statement and returns how many rows it changed.
  @discardableResult
  func run(_ sql: String, _ values: Value...) throws(StoreError) -> Int {
    try run(sql, values: values)
  }

  @discardableResult
  func run(_ sql: String, values: [Value]) throws(StoreError) -> Int {
    try withStatement(sql, values) { (_) throws(StoreError) in }
    return Int(sqlite3_changes(handle))
  }

  /// Every row of a query, as `body` makes them.
  func rows<Element>(
    _ sql: String, _ values: Value..., body: (Row) throws(StoreError) -> Element
  ) throws(StoreError) -> [Element] {
    try rows(sql, values: values, body: body)
  }

  func rows<Element>(
    _ sql: String, values: [Value], body: (Row) throws(StoreError) -> Element
  ) throws(StoreError) -> [Element] {
    var result: [Element] = []
    try withStatement(sql, values) { (row) throws(StoreError) in result.append(try body(row)) }
    return result
  }

  /// The first column of the first row, nil if there is no row or it is null.
  func integer(_ sql: String, _ values: Value...) throws(StoreError) -> Int64? {
    try rows(sql, values: values) { $0.optionalInteger(0) }.first ?? nil
  }

  var lastInsertedRow: Int64 { sqlite3_last_insert_rowid(handle) }

  /// Calls `body` in a transaction that sees one state of the database.
  func read<Result>(_ body: () throws(StoreError) -> Result) throws(StoreError) -> Result {
    try transaction("BEGIN", body)
  }

  /// Calls `body` in a transaction that is the only writer from its beginning; a throw undoes it. Within another one it
  /// is a part of that.
  func write<Result>(_ body: () throws(StoreError) -> Result) throws(StoreError) -> Result {
    try transaction("BEGIN IMMEDIATE", body)
  }

  /// Carries the log over into the database, as far as no reader holds it.
  func checkpoint() throws(StoreError) {
    try check(sqlite3_wal_checkpoint_v2(handle, nil, SQLITE_CHECKPOINT_PASSIVE, nil, nil))
  }

  /// Carries the log over into the database and gives its space back to the disk, if nobody reads it.
  func emptyLog() throws(StoreError) {
    try check(sqlite3_wal_checkpoint_v2(handle, nil, SQLITE_CHECKPOINT_TRUNCATE, nil, nil))
  }

  private func transaction<Result>(
    _ begin: String, _ body: () throws(StoreError) -> Result
  ) throws(StoreError) -> Result {
    guard sqlite3_get_autocommit(handle) != 0 else { return try body() }
    try run(begin)
    do throws(StoreError) {
      let result = try body()
      try run("COMMIT")
      return result
    } catch {
      // Some failures have rolled it back already.
      if sqlite3_get_autocommit(handle) == 0 { _ = try? run("ROLLBACK") }
      throw error
    }
  }

  private func withStatement(
    _ sql: String, _ values: [Value], _ body: (Row) throws(StoreError) -> Void
  ) throws(StoreError) {
    let statement = try prepared(sql)
    defer {
      sqlite3_reset(statement)
      sqlite3_clear_bindings(statement)
    }
    for (offset, value) in values.enumerated() {
      let index = Int32(offset + 1)
      switch value {
      case .integer(let integer): try check(sqlite3_bind_int64(statement, index, integer))
      case .text(let text): try check(bind(Array(text.utf8), to: statement, at: index))
      case .bytes(let bytes): try check(bind(bytes, to: statement, at: index))
      case .null: try check(sqlite3_bind_null(statement, index))
      }
    }
    while true {
      let code = sqlite3_step(statement)
      if code == SQLITE_DONE { return }
      guard code == SQLITE_ROW else { throw Self.error(code, handle, path: path) }
      try body(Row(statement: statement))
    }
  }

  private func bind(_ text: [UInt8], to statement: OpaquePointer, at index: Int32) -> Int32 {
    text.withUnsafeBytes { bytes in
      bytes.withMemoryRebound(to: CChar.self) { characters in
        guard let base = characters.baseAddress else { return bgsh_sqlite3_bind_text(statement, index, "", 0) }
        return bgsh_sqlite3_bind_text(statement, index, base, Int32(clamping: characters.count))
      }
    }
  }

  private func prepared(_ sql: String) throws(StoreError) -> OpaquePointer {
    if let statement = statements[sql] { return statement }
    var statement: OpaquePointer?
    try check(sqlite3_prepare_v3(handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil))
    guard let statement else { throw .other(code: SQLITE_MISUSE, message: "empty statement") }
    statements[sql] = statement
    return statement
  }

  private func check(_ code: Int32) throws(StoreError) {
    guard code == SQLITE_OK else { throw Self.error(code, handle, path: path) }
  }

  /// Whether this process may not write files as large as they get.
  private static var hasLimitOfFileSizes: Bool {
    var limit = rlimit()
    return getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0 && limit.rlim_cur != .max
  }

  private static func error(_ code: Int32, _ handle: OpaquePointer, path: String) -> StoreError {
    switch code & 0xff {
    case SQLITE_NOMEM: .noMemory
    // The log's index is mapped.
    case SQLITE_IOERR where code == bgsh_sqlite3_no_memory || sqlite3_system_errno(handle) == ENOMEM: .noMemory
    case SQLITE_IOERR where [ENOSPC, EDQUOT].contains(sqlite3_system_errno(handle)): .full(path: path)
    // The system's error number may be gone by now.
    case SQLITE_IOERR where sqlite3_system_errno(handle) == EFBIG || hasLimitOfFileSizes: .tooLarge(path: path)
    case SQLITE_BUSY, SQLITE_LOCKED: .busy
    case SQLITE_CORRUPT, SQLITE_NOTADB: .damaged(path: path)
    // Somebody has made a file shorter than it was.
    case SQLITE_IOERR where code == bgsh_sqlite3_short_read: .damaged(path: path)
    // The version of the database says that all tables, columns and indexes are there.
    case SQLITE_ERROR where misses(["no such table", "no such column", "no such index"], handle): .damaged(path: path)
    case SQLITE_CONSTRAINT, SQLITE_MISMATCH, SQLITE_TOOBIG, SQLITE_RANGE, SQLITE_MISUSE:
      .refused(code: code, message: String(cString: sqlite3_errmsg(handle)))
    case SQLITE_FULL: .full(path: path)
    case SQLITE_READONLY, SQLITE_PERM: .readOnly(path: path)
    case SQLITE_CANTOPEN: .cannotOpen(path: path, reason: String(cString: sqlite3_errmsg(handle)))
    case SQLITE_IOERR:
      .other(
        code: code,
        message: "\(String(cString: sqlite3_errmsg(handle))), \(Errno(rawValue: sqlite3_system_errno(handle)))")
    default: .other(code: code, message: String(cString: sqlite3_errmsg(handle)))
    }
  }

  private static func misses(_ words: [String], _ handle: OpaquePointer) -> Bool {
    let message = String(cString: sqlite3_errmsg(handle))
    return words.contains { message.hasPrefix($0) }
  }
}
