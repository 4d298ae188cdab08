import TaskOperations

extension TaskList {
  /// One task a line, in as many columns as are asked for. Names are never cut.
  func lines(isLong: Bool, columns: Int?) -> [String] {
    guard !rows.isEmpty else { return [] }
    let hasNames = rows.contains { !$0.name.isEmpty }
    let showsEnd = rows.contains(where: \.hasEnded)
    func cells(_ row: Row) -> [String] {
      let beginning = [row.id] + (hasNames ? [row.name] : []) + [row.state, row.time]
      if isLong {
        return beginning + [
          row.age ?? "-", row.processIDs, row.processorTime, row.memory, row.command, row.directory,
        ]
      }
      return beginning + (showsEnd ? [row.age ?? ""] : []) + [row.command]
    }
    let beginning: [TextTable.Alignment] = [.left] + (hasNames ? [.left] : []) + [.left, .right]
    let alignments: [TextTable.Alignment] =
      beginning + (isLong ? [.left, .right, .right, .right, .left, .left] : showsEnd ? [.left, .left] : [.left])
    var table = TextTable(alignments, flexibleColumn: alignments.count - (isLong ? 2 : 1))
    if isLong {
      table.append(
        ["TASK"] + (hasNames ? ["NAME"] : [])
          + ["STATE", "TIME", "ENDED", "PID", "CPU", "MEMORY", "COMMAND", "DIRECTORY"])
    }
    for row in rows { table.append(cells(row)) }
    return table.lines(columns: columns)
  }
}
