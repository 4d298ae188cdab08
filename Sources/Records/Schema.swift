import Glibc
import Tasks

/// The format of the task database, as a list of steps from nothing to the present.
///
/// A released step is never edited: databases that have taken it exist. All times are milliseconds since 1970.
enum Schema {
  /// The format this program writes: how many of the steps a database has taken.
  static var version: Int64 { Int64(migrations.count) }

  private static let migrations = [
    // 1. Live rows, undelivered notifications and names have indexes of their own, so that what has ended long ago
    // costs nothing. A task has ended exactly if it has an ended_at.
    """
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
    """,
    // 2. How much of its output a task keeps; nothing stands for what it was before anybody could say. And the bytes
    // that ended tasks keep, counted as they end and go: to add them up would take a second with a million tasks.
    """
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
    """,
    // 3. What a new supervisor needs to know of the ids and the live tasks of one that died; its session is '' for an id
    // that was given back. Moments are monotonic, of the boot that the task names.
    """
    CREATE TABLE supervision (
      task_id INTEGER PRIMARY KEY,
      session TEXT NOT NULL,
      started_ns INTEGER,
      paused_ms INTEGER NOT NULL DEFAULT 0,
      paused_since_ns INTEGER,
      ended_by TEXT,
      leader_end TEXT
    );
    """,
    // 4. Who tells of a session when its shell has gone: the interactive session that it ran in, or that has taken its
    // place, which knows it by the process of bash. A boot_id names the PID namespace, too, from here on. What a task has
    // overwritten of its output. And how much of a task has not been told yet, counted as it comes and is told: such a
    // task keeps its record, and what is kept must not be gone through to find what may go. What is silent no prompt tells.
    """
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
    """,
    // 5. Whether a task was launched with `--no-input`, which `rerun` keeps.
    """
    ALTER TABLE tasks ADD COLUMN no_input INTEGER NOT NULL DEFAULT 0;
    """,
    // 6. Whether a task was launched with `--end-with-shell`, which also a supervisor that takes over must know. What a line of a task's output is to match for its session to be told, and the first line that did. What a task
    // that has succeeded hides: the statuses of its last pipeline, and how many processes it has left. Before which start,
    // in clock ticks, a process does not belong to a task whose shell ran other things before. And the processes above a
    // script, `/PID-TICKS/PID-TICKS/`, the nearest first: one of them may be an agent's, which is to be told then.
    """
    ALTER TABLE tasks ADD COLUMN ends_with_shell INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE tasks ADD COLUMN notify_on TEXT;
    ALTER TABLE tasks ADD COLUMN matched_line TEXT;
    ALTER TABLE tasks ADD COLUMN pipe_status TEXT;
    ALTER TABLE tasks ADD COLUMN left_processes INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE supervision ADD COLUMN since_ticks INTEGER;
    ALTER TABLE sessions ADD COLUMN hosts TEXT;
    """,
  ]

  /// Brings a database to the present format. One that is there already is only asked for its number.
  static func prepare(_ connection: SQLiteConnection) throws(StoreError) {
    let found = try connection.integer("PRAGMA user_version") ?? 0
    guard found <= version else { throw .newerVersion(found: found, known: version) }
    if found < version {
      if found == 0 { try switchToWriteAheadLog(connection) }
      try migrate(connection)
    }
    // Per connection. With the log, NORMAL may lose the last commits when the power fails, never in a crash.
    try connection.execute(script: "PRAGMA synchronous=NORMAL; PRAGMA cache_size=-\(Limits.pageCacheKiB)")
  }

  private static func migrate(_ connection: SQLiteConnection) throws(StoreError) {
    try connection.write { () throws(StoreError) in
      // Another process may have done it in between.
      let found = try connection.integer("PRAGMA user_version") ?? 0
      guard found <= version else { throw .newerVersion(found: found, known: version) }
      for migration in migrations[Int(found)...] { try connection.execute(script: migration) }
      try connection.execute(script: "PRAGMA user_version=\(version)")
    }
  }

  /// The change of mode, which the database file keeps, takes an exclusive lock for which SQLite does not wait.
  private static func switchToWriteAheadLog(_ connection: SQLiteConnection) throws(StoreError) {
    var attemptsLeft = 500
    while true {
      do throws(StoreError) {
        _ = try connection.rows("PRAGMA journal_mode=WAL") { $0.text(0) }
        return
      } catch .busy where attemptsLeft > 0 {
        attemptsLeft -= 1
        poll(nil, 0, 10)
      }
    }
  }
}
