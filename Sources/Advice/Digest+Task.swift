import StateFiles
package import Tasks

extension Digest {
  /// What stands under the headline about a task: at most five lines, the last of which says how much more there is.
  package static func lines(of task: BackgroundTask) -> [String] {
    let files = files(of: task)
    let whole = files.allSatisfy { $0.excerpt.isWhole }
    let count = files.reduce(0) { $0 + $1.shownLines.count }
    if count == 0 || whole && count <= DigestLimits.lines { return files.flatMap(\.allLines) }
    let rest =
      whole
      ? "\(files.reduce(0) { $0 + $1.plain.lines.count }) lines"
      : ByteCountText.text(files.reduce(0) { $0 + $1.excerpt.outputBytes })
    return lines(of: task, files, room: DigestLimits.lines - 1) + ["… \(rest): output \(task.id)"]
  }

  /// What matters in the output of a task: at most five lines.
  package static func linesAlone(of task: BackgroundTask) -> [String] {
    lines(of: task, files(of: task), room: DigestLimits.lines)
  }

  /// What a task has written last, in one line, be it finished or not: what it waits for. Of a line that is a mere prompt,
  /// the lines above it as well.
  package static func question(of task: BackgroundTask) -> [String] {
    guard let written = files(of: task).last(where: { !$0.shownLines.isEmpty }) else { return [] }
    let last = written.allLines.suffix(DigestLimits.lines)
    guard let line = last.last else { return [] }
    return line.utf8.count < DigestLimits.shortQuestionBytes ? Array(last) : [line]
  }

  private static func files(of task: BackgroundTask) -> [Digest] {
    task.output.files.compactMap { task.output.path(of: $0) }
      .compactMap { OutputExcerpt(path: $0, headLimit: DigestLimits.headBytes, tailLimit: DigestLimits.tailBytes) }
      .map { Digest(of: $0, command: task.command, ending: ProgramEnding(of: task)) }
  }

  /// A failure may be told in two files; what was written last is looked for in each.
  private static func lines(of task: BackgroundTask, _ files: [Digest], room: Int) -> [String] {
    if files.count == 1 { return files[0].lines(room: room) ?? files[0].lastLines(room: room) }
    let joined = Digest(
      of: OutputExcerpt(joining: files.map(\.excerpt)), command: task.command, ending: ProgramEnding(of: task))
    return joined.lines(room: room) ?? shares(of: files, room: room)
  }

  /// The last lines of each file, of which each may take as many, and what the others leave.
  private static func shares(of files: [Digest], room: Int) -> [String] {
    var lines: [String] = []
    for index in files.indices.reversed() {
      let left = room - lines.count
      let others = files[..<index].reduce(0) { $0 + $1.shownLines.count }
      lines = files[index].lastLines(room: max(left / (index + 1), left - others)) + lines
    }
    return lines
  }
}
