import BashEngine
import BashSyntax
import CProtocol
import ProcessControl
import Records
import Tasks

/// Completes the words that only bgsh knows: flags of `&bg`, references to tasks, flags of job commands. Bash completes all
/// others, from a line in which blanks stand in the place of what bash would not understand.
struct WordCompletion {
  /// nil where there are no tasks to refer to.
  let store: TaskStore?

  /// - Parameters:
  ///   - line: The line up to the cursor.
  ///   - start: Where the word begins that is to be completed.
  ///   - word: What stands there, without its quotes; nor are there any in the candidates.
  func answer(line: [UInt8], wordStart start: Int, word: String) -> CompletionAnswer {
    let before = Array(line[..<start])
    let context = CursorContext(before: before)
    switch context.word {
    case .value(let flag): return .candidates(flag.offers.filter { $0.hasPrefix(word) })
    case .flag where word.isEmpty || word.hasPrefix("-"):
      return .candidates(TaskFlag.all.map(\.spelling).filter { $0.hasPrefix(word) })
    case .flag, .ordinary: break
    }
    if let candidates = jobCommandCandidates(before, word) { return .candidates(candidates) }
    guard !context.foreign.isEmpty else { return .native }
    var shown = before
    for offset in context.foreign.joined() { shown[offset] = UInt8(ascii: " ") }
    return .nativeAfter(shown)
  }

  // MARK: Job commands

  /// The long options of the job commands; `bgsh NAME --help` has the same.
  static let commandFlags = {
    var flags = Dictionary(uniqueKeysWithValues: JobCommands.all.map { ($0, [String]()) })
    var position = 0
    while let option = bgsh_job_option(position)?.pointee {
      let name = String(cString: option.name)
      if name.hasPrefix("--") { flags[String(cString: option.command), default: []].append(name) }
      position += 1
    }
    return flags.mapValues { $0 + ["--help"] }
  }()

  /// Where a job command is given something that bash would not know.
  private func jobCommandCandidates(_ before: [UInt8], _ word: String) -> [String]? {
    let separators = Array(" \t;|&(".utf8)
    let words = before.split { separators.contains($0) }.map { String(decoding: $0, as: UTF8.self) }
    guard let command = words.last(where: { !$0.hasPrefix("-") && !$0.hasPrefix("@") }),
      let flags = Self.commandFlags[command]
    else { return nil }
    // Bash breaks words at '@', as long as nobody has told it not to.
    if before.last == UInt8(ascii: "@") { return references(to: command).filter { $0.hasPrefix(word) } }
    if word.hasPrefix("@") { return references(to: command).map { "@\($0)" }.filter { $0.hasPrefix(word) } }
    guard word.hasPrefix("--") else { return nil }
    return flags.filter { $0.hasPrefix(word) }
  }

  /// What may follow '@', the newest first: all that is there, or what has not ended.
  private func references(to command: String) -> [String] {
    let live = ["kill", "fg"].contains(command)
    let since = Timestamp(milliseconds: Timestamp.now.milliseconds - 24 * 60 * 60 * 1000)
    let tasks = (try? store?.tasks(matching: TaskQuery(endedSince: live ? nil : since, limit: 100))) ?? []
    var names: Set<String> = []
    return tasks.reversed().flatMap { task in
      let name = task.name.flatMap { names.insert($0.text).inserted ? $0.text : nil }
      return [String(task.id.rawValue)] + (name.map { [$0] } ?? [])
    }
  }
}
