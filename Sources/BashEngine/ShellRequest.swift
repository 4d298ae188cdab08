import CProtocol
import Tasks

/// What the library in the session's bash asks of bgsh.
package enum ShellRequest: Hashable, Sendable {
  /// A prompt comes next: what is due is to be shown. With the variables that say how.
  case turn([String: String])
  /// Whether there is something to tell: the answer comes as soon as there is.
  case news
  /// A line is being edited, and what is due is to be shown in its place.
  case tell([String: String])
  /// Bash has read something that may concern tasks; the answer is a ``LineVerdict``, or an ``EvaluatedText/Verdict``.
  case text(ReadText)
  /// Somebody wants a word completed that begins at `wordStart` of the line, which ends at the cursor; `word` is what it
  /// means, without its quotes.
  case completion(line: [UInt8], wordStart: Int, word: String)
  /// How many tasks of the session have not ended.
  case runningTasks
  /// Whether a task can be launched with these flags and settings, each followed by its value.
  case check([[UInt8]])

  /// Reads a message: its kind, and fields that end with a NUL each. Nil for anything else.
  init?(kind: UInt16, payload: [UInt8]) {
    let fields = Self.fields(of: payload)
    switch QuestionKind(rawValue: UInt32(kind)) {
    case .turn:
      self = .turn(Self.variables(fields))
    case .news:
      self = .news
    case .tell:
      self = .tell(Self.variables(fields))
    case .text:
      guard let text = ReadText(fields: fields) else { return nil }
      self = .text(text)
    case .completion:
      guard fields.count == 3, let start = Int(String(decoding: fields[0], as: UTF8.self)),
        fields[1].indices.contains(start) || start == fields[1].count
      else { return nil }
      self = .completion(line: fields[1], wordStart: start, word: String(decoding: fields[2], as: UTF8.self))
    case .runningTasks:
      self = .runningTasks
    case .check:
      self = .check(fields)
    case nil: return nil
    @unknown default: return nil
    }
  }

  /// Names, each followed by its value.
  private static func variables(_ fields: [[UInt8]]) -> [String: String] {
    var variables: [String: String] = [:]
    for index in stride(from: 0, to: fields.count - 1, by: 2) {
      variables[String(decoding: fields[index], as: UTF8.self)] = String(decoding: fields[index + 1], as: UTF8.self)
    }
    return variables
  }

  /// The fields, each without the NUL that ends it.
  private static func fields(of payload: [UInt8]) -> [[UInt8]] {
    var fields: [[UInt8]] = []
    var start = 0
    while let end = payload[start...].firstIndex(of: 0) {
      fields.append(Array(payload[start..<end]))
      start = end + 1
    }
    return fields
  }
}

/// What bash is to do with a line.
package enum LineVerdict: Hashable, Sendable {
  /// Take it as it was read.
  case asTyped
  /// Take this instead; the history keeps what was typed.
  case replacement([UInt8])
  /// Forget the command that it has begun to read, and take this.
  case wholeCommand([UInt8])
  /// Take it, or what stands here instead, and find the end of the command without running it; only in a source.
  case held([UInt8]?)
  /// Run nothing, with status 2: bgsh has said why.
  case refused
}

/// How a word is completed.
package enum CompletionAnswer: Hashable, Sendable {
  /// As bash does.
  case native
  /// As bash does where this, of the same length, stands before the word.
  case nativeAfter([UInt8])
  /// With one of these.
  case candidates([String])
}

/// What bgsh answers.
package enum ShellAnswer: Hashable, Sendable {
  case done
  case completion(CompletionAnswer)
  case verdict(LineVerdict)
  case evaluation(EvaluatedText.Verdict)
  case count(Int)
  /// Nothing is to be done, and why.
  case complaint(String)

  var message: (kind: AnswerKind, payload: [UInt8]) {
    switch self {
    case .done: (.done, [])
    case .count(let count): (.done, Array(String(count).utf8))
    case .complaint(let text): (.error, Array(text.utf8))
    case .verdict(.asTyped): (.plain, [])
    case .verdict(.replacement(let text)): (.replacement, text)
    case .verdict(.wholeCommand(let text)): (.wholeCommand, text)
    case .verdict(.held(let text)): (.held, text ?? [])
    case .verdict(.refused): (.refused, [])
    case .evaluation(.asIs): (.plain, [])
    case .evaluation(.notUnderstood): (.notUnderstood, [])
    case .evaluation(.replacement(let text)): (.replacement, text)
    case .evaluation(.refused(let complaints)):
      (.error, Array(complaints.map { VisibleText.line($0.utf8) }.joined(separator: "\n").utf8))
    case .completion(.native): (.plain, [])
    case .completion(.nativeAfter(let text)): (.completeAfter, text)
    case .completion(.candidates(let words)): (.candidates, Array(words.map { $0 + "\n" }.joined().utf8))
    }
  }
}
