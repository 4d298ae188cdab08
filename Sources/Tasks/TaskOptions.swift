package import CProtocol

/// What the flags after `&bg` ask for.
package struct TaskOptions: Hashable, Sendable {
  package var timeoutMilliseconds: Int64?
  package var killAfterMilliseconds = Limits.killAfterMilliseconds
  /// How much of the output is kept; nil leaves it to the shell's settings.
  package var outputLimitBytes: Int64?
  package var name: TaskName?
  package var description: String?
  package var isQuiet = false
  /// Whether standard error is kept in a file of its own.
  package var isSplit = false
  /// Whether standard input reads end of file, also where there is a terminal.
  package var hasNoInput = false
  /// Whether the task is ended when the shell of its session has ended.
  package var endsWithShell = false
  /// What a line of the output is to match for the session to be told: a ``NotifyPattern``.
  package var notifyPattern: String?

  package init() {}

  /// Reads words like `--timeout 5m --name=e2e`; of a flag given twice the last counts.
  package init(words: some Sequence<String>) throws(TaskOptionsError) {
    var words = words.makeIterator()
    while let word = words.next() {
      guard word.hasPrefix("--") else { throw .notAFlag(word) }
      let parts = word.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let flag = TaskFlag(named: String(parts[0])) else { throw .unknownFlag("--\(parts[0])") }
      if parts.count == 2 {
        guard flag.takesValue else { throw .unwantedValue(flag) }
        try set(flag, to: String(parts[1]))
      } else if flag.takesValue {
        guard let value = words.next() else { throw .missingValue(flag) }
        try set(flag, to: value)
      } else {
        try set(flag, to: "")
      }
    }
  }

  /// Takes one flag and its value, which counts only where the flag takes one.
  package mutating func set(_ flag: TaskFlag, to value: String) throws(TaskOptionsError) {
    switch flag {
    case .timeout:
      let milliseconds = try Self.milliseconds(value, for: flag)
      guard milliseconds > 0 else { throw .zeroTimeout }
      timeoutMilliseconds = milliseconds
    case .killAfter:
      killAfterMilliseconds = try Self.milliseconds(value, for: flag)
    case .name:
      do { name = try TaskName(value) } catch { throw .badName(error) }
    case .desc:
      guard !value.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
        throw .badDescription(value)
      }
      description = value.isEmpty ? nil : value
    case .quiet:
      isQuiet = true
    case .limit:
      let bytes: Int64
      do { bytes = try SizeText.bytes(value) } catch { throw .badSize(flag, error) }
      guard bytes > 0 else { throw .zeroLimit }
      outputLimitBytes = bytes
    case .split:
      isSplit = true
    case .noInput:
      hasNoInput = true
    case .endWithShell:
      endsWithShell = true
    case .notifyOn:
      do { notifyPattern = try NotifyPattern(value).text } catch { throw .badPattern(error) }
    }
  }

  /// What is wrong with one flag and its value, as bytes that need be no text; nil if nothing is.
  package static func complaint(about flag: TaskFlag, _ value: [UInt8]) -> String? {
    guard let text = String(validating: value, as: UTF8.self) else {
      return "\(flag.spelling): '\(VisibleText.line(value, columnLimit: 200))' is no text in UTF-8"
    }
    var options = TaskOptions()
    do throws(TaskOptionsError) {
      try options.set(flag, to: text)
      return nil
    } catch {
      return error.description
    }
  }

  /// What is wrong with the values that a shell is about to launch a task with; nil if nothing is.
  ///
  /// - Parameter words: `--timeout`, `5m` and so on, or one of the settings `BGSH_OUTPUT_LIMIT` and `BGSH_KEEP`, each with
  ///   its value.
  package static func complaint(about words: [[UInt8]]) -> String? {
    for index in stride(from: 0, to: words.count - 1, by: 2) {
      let complaint = complaint(about: String(decoding: words[index], as: UTF8.self), words[index + 1])
      if let complaint { return complaint }
    }
    return nil
  }

  private static func complaint(about name: String, _ value: [UInt8]) -> String? {
    let text = String(decoding: value, as: UTF8.self)
    switch name {
    case BGSH_OUTPUT_LIMIT_VARIABLE:
      do throws(SizeError) {
        return try SizeText.bytes(text) > 0 ? nil : "\(name): a task needs room for some output"
      } catch {
        return "\(name): \(error)"
      }
    case BGSH_KEEP_VARIABLE:
      do throws(KeepRuleError) {
        _ = try KeepRule(text)
        return nil
      } catch {
        return "\(name): \(error)"
      }
    default:
      return name.hasPrefix("--")
        ? TaskFlag(named: String(name.dropFirst(2))).flatMap { complaint(about: $0, value) } : nil
    }
  }

  private static func milliseconds(_ text: String, for flag: TaskFlag) throws(TaskOptionsError) -> Int64 {
    do { return try DurationText.milliseconds(text) } catch { throw .badDuration(flag, error) }
  }
}

/// What is wrong with the flags of a task.
package enum TaskOptionsError: Error, Hashable, Sendable, CustomStringConvertible {
  case notAFlag(String)
  case unknownFlag(String)
  case missingValue(TaskFlag)
  case unwantedValue(TaskFlag)
  case badDuration(TaskFlag, DurationError)
  case zeroTimeout
  case badSize(TaskFlag, SizeError)
  case zeroLimit
  case badName(TaskNameError)
  case badDescription(String)
  case badPattern(NotifyPatternError)

  package var description: String {
    switch self {
    case .notAFlag(let word):
      "'\(VisibleText.word(word))' is no flag"
    case .unknownFlag(let flag):
      "unknown flag '\(VisibleText.word(flag))'; the flags are \(Self.flags)"
    case .missingValue(let flag):
      "\(flag.spelling) needs a value"
    case .unwantedValue(let flag):
      "\(flag.spelling) takes no value"
    case .badDuration(let flag, let error):
      "\(flag.spelling): \(error)"
    case .zeroTimeout:
      "--timeout: a task needs more than no time"
    case .badSize(let flag, let error):
      "\(flag.spelling): \(error)"
    case .zeroLimit:
      "--limit: a task needs room for some output"
    case .badName(let error):
      "--name: \(error)"
    case .badDescription(let text):
      "--desc: a description is one line without control characters: '\(VisibleText.word(text))'"
    case .badPattern(let error):
      "--notify-on: \(error)"
    }
  }

  private static let flags = TaskFlag.all.map(\.spelling).joined(separator: ", ")
}
