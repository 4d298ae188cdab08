// C because sqlite3_config and sqlite3_db_config are variadic and SQLITE_TRANSIENT is a cast macro.
#ifndef BGSH_CSQLITE_SHIM_H
#define BGSH_CSQLITE_SHIM_H

#include <sqlite3.h>

/// SQLite copies the text before the call returns.
static inline int bgsh_sqlite3_bind_text(sqlite3_stmt *_Nonnull statement, int index, const char *_Nonnull text, int length) {
  return sqlite3_bind_text(statement, index, text, length, SQLITE_TRANSIENT);
}

#endif
