import Records
import TestSupport

extension ScratchDirectory {
  var databasePath: String { path + "/tasks.db" }

  func store() throws(StoreError) -> TaskStore { try TaskStore(path: databasePath) }
}
