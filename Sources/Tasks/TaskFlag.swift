package import CProtocol

/// A flag of `&bg`; what there is to say about each stands in one table (task_flags.h).
extension TaskFlag {
  /// All flags, as they are listed.
  package static let all = (0..<UInt32(bgsh_task_flag_count)).compactMap { TaskFlag(rawValue: $0) }

  /// The flag of that name, without its dashes.
  package init?(named name: String) {
    var flag = TaskFlag.timeout
    var name = name
    let isKnown = name.withUTF8 { bytes in
      bytes.baseAddress.map { bgsh_find_task_flag($0, bytes.count, &flag) } ?? false
    }
    guard isKnown else { return nil }
    self = flag
  }

  /// What each of them does, a line each.
  package static var helpLines: [String] {
    let width = all.map(\.usage.count).max() ?? 0
    return all.map { flag in
      let padding = String(repeating: " ", count: width - flag.usage.count)
      return "  \(flag.usage)\(padding)  \(String(cString: flag.words.summary))"
    }
  }

  /// Without its dashes.
  package var name: String { String(cString: words.name) }

  /// As it is written: `--timeout`.
  package var spelling: String { "--\(name)" }

  /// With what its value is called: `--timeout DURATION`.
  package var usage: String { takesValue ? "\(spelling) \(String(cString: words.value))" : spelling }

  /// What is completed as its value.
  package var offers: [String] { String(cString: words.offers).split(separator: " ").map(String.init) }
}
