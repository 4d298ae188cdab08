// C because sqlite3_db_config is variadic, SQLITE_TRANSIENT is a cast macro, and extended codes are expressions.
#ifndef BGSH_CSQLITE_SHIM_H
#define BGSH_CSQLITE_SHIM_H

#include <sqlite3.h>

/// SQLite copies the text before the call returns.
static inline int bgsh_sqlite3_bind_text(sqlite3_stmt *_Nonnull statement, int index, const char *_Nonnull text, int length) {
  return sqlite3_bind_text(statement, index, text, length, SQLITE_TRANSIENT);
}

/// An operation on a file has failed for lack of memory.
static const int bgsh_sqlite3_no_memory = SQLITE_IOERR_NOMEM;

/// Closing the last connection then leaves the write-ahead log as it is.
static inline int bgsh_sqlite3_keep_log_on_close(sqlite3 *_Nonnull database) {
  return sqlite3_db_config(database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, (int *)0);
}

#endif
