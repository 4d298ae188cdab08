// C because sqlite3_config and sqlite3_db_config are variadic, SQLITE_TRANSIENT is a cast macro, and extended codes are expressions.
#ifndef BGSH_CSQLITE_SHIM_H
#define BGSH_CSQLITE_SHIM_H

#include <sqlite3.h>
#include <string.h>

/// SQLite copies the text before the call returns.
static inline int bgsh_sqlite3_bind_text(sqlite3_stmt *_Nonnull statement, int index, const char *_Nonnull text, int length) {
  return sqlite3_bind_text(statement, index, text, length, SQLITE_TRANSIENT);
}

/// An operation on a file has failed for lack of memory.
static const int bgsh_sqlite3_no_memory = SQLITE_IOERR_NOMEM;

/// A file has ended before the page that was to be read.
static const int bgsh_sqlite3_short_read = SQLITE_IOERR_SHORT_READ;

/// Whether the open file begins as a database does; 1 as well where that cannot be read now. It is read as SQLite itself
/// reads it: to open and close the file once more would give up SQLite's locks.
static inline int bgsh_sqlite3_has_head(sqlite3 *_Nonnull database) {
  static const char expected[16] = "SQLite format 3";
  char head[sizeof expected];
  sqlite3_file *file = (sqlite3_file *)0;
  if (sqlite3_file_control(database, "main", SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK) return 1;
  if (!file || !file->pMethods) return 1;
  int code = file->pMethods->xRead(file, head, sizeof head, 0);
  if (code != SQLITE_OK) return code != SQLITE_IOERR_SHORT_READ;
  return memcmp(head, expected, sizeof head) == 0;
}

/// Closing the last connection then leaves the write-ahead log as it is.
static inline int bgsh_sqlite3_keep_log_on_close(sqlite3 *_Nonnull database) {
  return sqlite3_db_config(database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, (int *)0);
}

/// Lets SQLite not count what memory it uses, which nobody asks for: a lock less at each allocation. Before it is used.
static inline int bgsh_sqlite3_count_no_memory(void) { return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); }

#endif
