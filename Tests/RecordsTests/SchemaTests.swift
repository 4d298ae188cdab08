import Notices
import ProcessControl
import TaskSamples
import Tasks
import TestSupport
import Testing

@testable import Records

/// What is on disk is a promise: each released format stands here as it was, and is still read.
struct SchemaTests {
  let scratch = ScratchDirectory()

  @Test func `a database of format 1 is read`() throws {
    try makeDatabase(Self.format1 + Self.rows1 + "PRAGMA user_version=1;")
    let store = try scratch.store()
    let task = try #require(try store.task(TaskID(rawValue: 7)))
    #expect(task.command == "npm test")
    #expect(task.name == (try TaskName("tests")))
    #expect(task.state == .timedOut(.killed(.terminate)))
    #expect(task.endedBy == .timeout)
    #expect(task.output.bytes == 18_233)
    #expect(task.usage == ResourceUsage(userMilliseconds: 61_000, systemMilliseconds: 4_100, peakMemoryKiB: 412_000))
    #expect(try store.session(.test("1700000000-4242"))?.kind == .interactive)
    #expect(try store.dueNotifications(for: .test("1700000000-4242")).map(\.event) == [.timedOut])
    #expect(try store.reserveTaskIDs(1) == [TaskID(rawValue: 8)])
    #expect(task.outputLimitBytes == 64 << 20)
    #expect(try store.connection.integer("SELECT value FROM sequence WHERE name = 'kept'") == 18_233)
  }

  @Test func `a database of format 2 is read`() throws {
    try makeDatabase(Self.format1 + Self.rows1 + Self.format2 + Self.rows2 + "PRAGMA user_version=2;")
    let store = try scratch.store()
    #expect(try store.task(TaskID(rawValue: 7))?.outputLimitBytes == 64 << 20)
    #expect(try store.task(TaskID(rawValue: 8))?.outputLimitBytes == 1 << 20)
    #expect(try store.dueNotifications(for: .test("1700000000-4242")).map(\.event) == [.timedOut, .limited])
    #expect(try store.reserveTaskIDs(1) == [TaskID(rawValue: 9)])
  }

  @Test func `a database of format 3 is read`() throws {
    try makeDatabase(
      Self.format1 + Self.rows1 + Self.format2 + Self.rows2 + Self.format3
        + "INSERT INTO supervision VALUES (8, '1700000000-4242', 5000000000, 0, NULL, NULL, NULL);PRAGMA user_version=3;"
    )
    let store = try scratch.store()
    #expect(try store.task(TaskID(rawValue: 8))?.outputLimitBytes == 1 << 20)
    #expect(try store.connection.integer("SELECT started_ns FROM supervision WHERE task_id = 8") == 5_000_000_000)
    #expect(try store.reserveTaskIDs(1) == [TaskID(rawValue: 9)])
  }

  @Test func `a database of format 4 is read`() throws {
    try makeDatabase(
      Self.format1 + Self.rows1 + Self.format2 + Self.rows2 + Self.format3 + Self.format4 + Self.rows4
        + "PRAGMA user_version=4;")
    let store = try scratch.store()
    let task = try #require(try store.task(TaskID(rawValue: 9)))
    #expect(task.rawCommand.bytes == [0x72, 0x6d, 0x20, 0xe9])
    #expect(task.output.overwrittenBytes == [.output: 40, .error: 2])
    #expect(try store.session(.test("1700000001-4300-7"))?.bashProcessID == 4301)
    #expect(try store.waitingSessions(for: .test("1700000000-4242")).own.map(\.rawValue).count == 2)
    #expect(try store.untold([TaskID(rawValue: 7), TaskID(rawValue: 9)]).count == 2)
  }

  @Test func `a database of format 5 is read`() throws {
    try makeDatabase(
      Self.format1 + Self.rows1 + Self.format2 + Self.rows2 + Self.format3 + Self.format4 + Self.rows4 + Self.format5
        + "UPDATE tasks SET no_input = 1 WHERE id = 9;PRAGMA user_version=5;")
    let store = try scratch.store()
    #expect(try store.task(TaskID(rawValue: 9))?.hasNoInput == true)
    #expect(try store.task(TaskID(rawValue: 8))?.hasNoInput == false)
  }

  @Test func `a database of format 6 is read`() throws {
    try makeDatabase(
      Self.format1 + Self.rows1 + Self.format2 + Self.rows2 + Self.format3 + Self.format4 + Self.rows4 + Self.format5
        + Self.format6
          + """
          UPDATE tasks SET ends_with_shell = 1, notify_on = 'ready|up', matched_line = 'up' WHERE id = 9;
          UPDATE tasks SET pipe_status = '1 0', left_processes = 2 WHERE id = 8;
          INSERT INTO notifications VALUES (4, 9, '1700000001-4300-7', 'matched', 1700000001500, NULL, NULL, 0);
          PRAGMA user_version=6;
          """)
    let store = try scratch.store()
    let matched = try #require(try store.task(TaskID(rawValue: 9)))
    #expect(matched.notifyPattern == "ready|up")
    #expect(matched.matchedLine == "up")
    #expect(matched.pipeStatus == nil)
    #expect(matched.endsWithShell)
    let hidden = try #require(try store.task(TaskID(rawValue: 8)))
    #expect(hidden.pipeStatus == [1, 0])
    #expect(!hidden.endsWithShell)
    #expect(hidden.leftProcesses == 2)
    #expect(try store.notifications(of: TaskID(rawValue: 9)).map(\.event) == [.failed, .matched])
  }

  @Test func `what nobody has been told is counted when a database comes to format 4`() throws {
    try makeDatabase(Self.format1 + Self.rows1 + "PRAGMA user_version=1;")
    let store = try scratch.store()
    let task = TaskID(rawValue: 7)
    #expect(try store.untold([task]) == [task])
    #expect(try store.endedIDs(before: Timestamp(milliseconds: .max), untold: false) == [])
    try store.acknowledge([1], by: nil)
    #expect(try store.endedIDs(before: Timestamp(milliseconds: .max), untold: false) == [task])
  }

  @Test func `a new database has the format that is written down`() throws {
    let expected = ScratchDirectory()
    try makeDatabase(
      Self.format1 + Self.format2 + Self.format3 + Self.format4 + Self.format5 + Self.format6, in: expected)
    #expect(Schema.version == 6)
    #expect(
      try Self.definitions(in: try scratch.store().connection)
        == Self.definitions(in: try SQLiteConnection(path: expected.databasePath, busyMilliseconds: 0)))
  }

  @Test func `a format is kept in the log, and the log on disk`() throws {
    let store = try scratch.store()
    #expect(try store.connection.rows("PRAGMA journal_mode") { $0.text(0) } == ["wal"])
    #expect(try store.connection.integer("PRAGMA synchronous") == 1)
    #expect(try store.connection.integer("PRAGMA cache_size") == -256)
    #expect(try store.connection.integer("PRAGMA user_version") == Schema.version)
  }

  private func makeDatabase(_ script: String, in directory: ScratchDirectory? = nil) throws(StoreError) {
    let path = (directory ?? scratch).databasePath
    try SQLiteConnection(path: path, busyMilliseconds: 0).execute(script: script)
  }

  private static func definitions(in connection: SQLiteConnection) throws(StoreError) -> [String] {
    try connection.rows("SELECT name || ': ' || coalesce(sql, '') FROM sqlite_schema ORDER BY name") { $0.text(0) }
  }

  // Never edited: databases like this exist.
  private static let format1 = """
    CREATE TABLE sequence (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
    INSERT INTO sequence VALUES ('task', 0);

    CREATE TABLE sessions (
      id TEXT PRIMARY KEY,
      kind TEXT NOT NULL,
      shell_pid INTEGER NOT NULL,
      shell_start_ticks INTEGER,
      boot_id TEXT,
      terminal TEXT,
      started_at INTEGER NOT NULL,
      ended_at INTEGER
    ) WITHOUT ROWID;
    CREATE INDEX sessions_open ON sessions (id) WHERE ended_at IS NULL;

    CREATE TABLE tasks (
      id INTEGER PRIMARY KEY,
      session TEXT NOT NULL,
      name TEXT,
      command TEXT NOT NULL,
      description TEXT,
      cwd TEXT NOT NULL,
      state TEXT NOT NULL,
      exit_code INTEGER,
      signal INTEGER,
      ended_by TEXT,
      pid INTEGER,
      start_ticks INTEGER,
      boot_id TEXT,
      attempt INTEGER NOT NULL,
      queued_at INTEGER NOT NULL,
      started_at INTEGER,
      ended_at INTEGER,
      duration_ms INTEGER,
      timeout_ms INTEGER,
      kill_after_ms INTEGER NOT NULL,
      quiet INTEGER NOT NULL,
      output_path TEXT NOT NULL,
      output_bytes INTEGER NOT NULL,
      dropped_bytes INTEGER NOT NULL,
      stderr_path TEXT,
      user_ms INTEGER,
      system_ms INTEGER,
      max_rss_kib INTEGER,
      CHECK ((ended_at IS NULL) = (state IN ('queued', 'running', 'paused', 'waiting-for-input')))
    );
    CREATE INDEX tasks_live ON tasks (session, id) WHERE ended_at IS NULL;
    CREATE INDEX tasks_ended ON tasks (ended_at) WHERE ended_at IS NOT NULL;
    CREATE INDEX tasks_of_session ON tasks (session, id);
    CREATE INDEX tasks_named ON tasks (name, id) WHERE name IS NOT NULL;
    CREATE INDEX tasks_named_in_session ON tasks (session, name, id) WHERE name IS NOT NULL;

    CREATE TABLE notifications (
      id INTEGER PRIMARY KEY,
      task_id INTEGER NOT NULL,
      session TEXT NOT NULL,
      event TEXT NOT NULL,
      at INTEGER NOT NULL,
      delivered_at INTEGER,
      delivered_by TEXT
    );
    CREATE INDEX notifications_due ON notifications (session, id) WHERE delivered_at IS NULL;
    CREATE INDEX notifications_of_task ON notifications (task_id);
    """

  private static let format2 = """
    ALTER TABLE tasks ADD COLUMN limit_bytes INTEGER;
    INSERT INTO sequence SELECT 'kept', coalesce(sum(output_bytes - dropped_bytes), 0) FROM tasks
      WHERE ended_at IS NOT NULL;
    CREATE TRIGGER kept_at_end AFTER UPDATE OF ended_at, output_bytes, dropped_bytes ON tasks
      WHEN NEW.ended_at IS NOT NULL BEGIN
        UPDATE sequence SET value = value + NEW.output_bytes - NEW.dropped_bytes
          - iif(OLD.ended_at IS NULL, 0, OLD.output_bytes - OLD.dropped_bytes) WHERE name = 'kept';
      END;
    CREATE TRIGGER kept_when_dropped AFTER DELETE ON tasks WHEN OLD.ended_at IS NOT NULL BEGIN
      UPDATE sequence SET value = value - OLD.output_bytes + OLD.dropped_bytes WHERE name = 'kept';
    END;
    CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

    """

  private static let rows2 = """
    UPDATE sequence SET value = 8 WHERE name = 'task';
    INSERT INTO tasks VALUES (8, '1700000000-4242', NULL, 'yes', NULL, '/home/u/app', 'running', NULL, NULL, NULL, 4250,
      100, 'boot', 1, 1700000001000, 1700000001000, NULL, NULL, NULL, 5000, 0,
      '/home/u/.local/state/bgsh/output/8/output', 5000000, 3900000, NULL, NULL, NULL, NULL, 1048576);
    INSERT INTO notifications VALUES (2, 8, '1700000000-4242', 'limited', 1700000093004, NULL, NULL);
    INSERT INTO settings VALUES ('keep', '30d,2G');

    """

  private static let format3 = """

    CREATE TABLE supervision (
      task_id INTEGER PRIMARY KEY,
      session TEXT NOT NULL,
      started_ns INTEGER,
      paused_ms INTEGER NOT NULL DEFAULT 0,
      paused_since_ns INTEGER,
      ended_by TEXT,
      leader_end TEXT
    );
    """

  private static let format4 = """

    ALTER TABLE sessions ADD COLUMN teller TEXT;
    ALTER TABLE sessions ADD COLUMN bash_pid INTEGER;
    ALTER TABLE tasks ADD COLUMN overwritten_bytes INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE tasks ADD COLUMN overwritten_error_bytes INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE tasks ADD COLUMN untold INTEGER NOT NULL DEFAULT 0;
    UPDATE tasks SET untold = (SELECT count(*) FROM notifications WHERE task_id = tasks.id AND delivered_at IS NULL)
      WHERE id IN (SELECT task_id FROM notifications WHERE delivered_at IS NULL);
    ALTER TABLE notifications ADD COLUMN silent INTEGER NOT NULL DEFAULT 0;
    CREATE INDEX notifications_untold ON notifications (session, id) WHERE delivered_at IS NULL AND silent = 0;
    CREATE TRIGGER untold_when_queued AFTER INSERT ON notifications WHEN NEW.delivered_at IS NULL AND NEW.silent = 0 BEGIN
      UPDATE tasks SET untold = untold + 1 WHERE id = NEW.task_id;
    END;
    CREATE TRIGGER untold_when_told AFTER UPDATE OF delivered_at ON notifications
      WHEN OLD.delivered_at IS NULL AND NEW.delivered_at IS NOT NULL AND NEW.silent = 0 BEGIN
        UPDATE tasks SET untold = untold - 1 WHERE id = NEW.task_id;
      END;
    CREATE INDEX tasks_droppable ON tasks (ended_at, id)
      WHERE ended_at IS NOT NULL AND (untold = 0 OR output_bytes > dropped_bytes);
    """

  private static let format5 = """

    ALTER TABLE tasks ADD COLUMN no_input INTEGER NOT NULL DEFAULT 0;
    """

  private static let format6 = """

    ALTER TABLE tasks ADD COLUMN ends_with_shell INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE tasks ADD COLUMN notify_on TEXT;
    ALTER TABLE tasks ADD COLUMN matched_line TEXT;
    ALTER TABLE tasks ADD COLUMN pipe_status TEXT;
    ALTER TABLE tasks ADD COLUMN left_processes INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE supervision ADD COLUMN since_ticks INTEGER;
    ALTER TABLE sessions ADD COLUMN hosts TEXT;
    """

  private static let rows4 = """
    UPDATE sequence SET value = 9 WHERE name = 'task';
    INSERT INTO sessions VALUES ('1700000001-4300-7', 'script', 4300, 1, 'boot/4026531836', NULL, 1700000001000,
      1700000002000, '1700000000-4242', 4301);
    INSERT INTO tasks VALUES (9, '1700000001-4300-7', NULL, CAST(x'726D20E9' AS TEXT), NULL, '/home/u/app', 'exited', 1,
      NULL, NULL, 4310, 100, 'boot/4026531836', 1, 1700000001000, 1700000001000, 1700000002000, 1000, NULL, 5000, 0,
      '/home/u/.local/state/bgsh/output/9', 50, 42, '/home/u/.local/state/bgsh/output/9.stderr', NULL, NULL, NULL,
      1048576, 40, 2, 0);
    INSERT INTO notifications VALUES (3, 9, '1700000001-4300-7', 'failed', 1700000002000, NULL, NULL, 0);
    """

  private static let rows1 = """
    UPDATE sequence SET value = 7;
    INSERT INTO sessions VALUES ('1700000000-4242', 'interactive', 4242, 1, 'boot', '/dev/pts/0', 1700000000000, NULL);
    INSERT INTO tasks VALUES (7, '1700000000-4242', 'tests', 'npm test', NULL, '/home/u/app', 'timed-out', NULL, 15,
      'timeout', 4243, 99, 'boot', 1, 1700000001000, 1700000001000, 1700000093004, 92004, 90000, 5000, 0,
      '/home/u/.local/state/bgsh/output/7/output', 18233, 0, NULL, 61000, 4100, 412000);
    INSERT INTO notifications VALUES (1, 7, '1700000000-4242', 'timed-out', 1700000093004, NULL, NULL);
    """
}
