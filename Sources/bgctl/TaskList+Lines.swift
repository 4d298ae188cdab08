import TaskOperations

extension TaskList {
  /// One task a line, in as many columns as are asked for.
  func lines(isLong: Bool, columns: Int?) -> [String] {
    guard !rows.isEmpty else { return [] }
    if isLong { return longTable.lines(columns: columns) }
    let showsEnd = rows.contains(where: \.hasEnded)
    var table = TextTable(
      [.left, .left, .right] + (showsEnd ? [.left] : []) + [.left], flexibleColumn: showsEnd ? 4 : 3)
    for row in rows {
      let age = showsEnd ? [row.age ?? ""] : []
      table.append([row.id, row.state, row.time] + age + [row.subject], keeping: row.nameMark)
    }
    return table.lines(columns: columns)
  }

  private var longTable: TextTable {
    var table = TextTable([.left, .left, .right, .left, .right, .right, .right, .left, .left], flexibleColumn: 7)
    table.append(["TASK", "STATE", "TIME", "ENDED", "PID", "CPU", "MEMORY", "COMMAND", "DIRECTORY"])
    for row in rows {
      table.append(
        [
          row.id, row.state, row.time, row.age ?? "-", row.processIDs, row.processorTime, row.memory, row.subject,
          row.directory,
        ], keeping: row.nameMark)
    }
    return table
  }
}
