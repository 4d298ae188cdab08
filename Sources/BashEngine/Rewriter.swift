package import BashSyntax
import CProtocol
import Tasks

/// Turns `LIST &bg FLAGS` into bash that launches LIST as a task, in place.
///
/// LIST itself is neither moved nor quoted, no line is added or removed, and the closing part stands on the operator's
/// own line: line numbers, here-documents and expansions keep their meaning.
package struct Rewriter {
  private let source: [UInt8]
  private var edits: [Edit] = []

  private struct Edit {
    let range: Range<Int>
    let replacement: [UInt8]
  }

  /// The source with every operator carried out.
  package static func rewrite(_ source: [UInt8], _ scan: SourceScan) -> [UInt8] {
    var rewriter = Rewriter(source: source)
    for backgroundOperator in scan.operators { rewriter.add(backgroundOperator) }
    return rewriter.result
  }

  /// The source as a whole as the list of one task.
  ///
  /// - Parameter flags: Flag words, not quoted, each value a word of its own.
  /// - Returns: Code that launches `command`, which is bash code shown as `shown`.
  package static func launch(_ command: String, shown: [UInt8], flags: [String]) -> [UInt8] {
    opening(text: shown, flags: Self.flags(in: flags.map { Array($0.utf8) }), areLiteral: true)
      + Array(command.utf8) + closing
  }

  /// The command of a task as the list of a new one.
  ///
  /// - Parameter flags: Flag words, not quoted, each value a word of its own.
  package static func relaunch(_ command: [UInt8], flags: [[UInt8]]) -> [UInt8] {
    let scan = SyntaxScanner.scan(command)
    let isWhole = scan.completeness == .complete && scan.problems.isEmpty && command.last != UInt8(ascii: "\\")
    // What is no whole command bash is to complain about by itself, in the task.
    let code = isWhole ? rewrite(command, scan) : Array("\\builtin eval ".utf8) + ShellQuoting.quoted(command)
    // It may end in a comment or the body of a here-document; and launch tasks itself.
    return opening(text: command, flags: Self.flags(in: flags), areLiteral: true) + code + [UInt8(ascii: "\n")]
      + closing
  }

  /// A flag's name without its dashes, and its value as bash code where it has one.
  private typealias LaunchFlag = (name: String, value: [UInt8]?, isExpanded: Bool)

  private static func flags(in words: [[UInt8]]) -> [LaunchFlag] {
    var flags: [LaunchFlag] = []
    for word in words {
      if let last = flags.last, last.value == nil, Self.takesValue(last.name) {
        flags[flags.count - 1].value = ShellQuoting.quoted(word)
      } else {
        flags.append((String(decoding: word.dropFirst(2), as: UTF8.self), nil, false))
      }
    }
    return flags
  }

  private static func takesValue(_ name: String) -> Bool {
    TaskFlag(named: name)?.takesValue ?? (name == BGSH_DIRECTORY_FLAG)
  }

  private init(source: [UInt8]) {
    self.source = source
  }

  private mutating func add(_ found: BackgroundOperator) {
    let lineBreaks = keptLineBreaks(of: found)
    switch found.form {
    case .alone:
      edits.append(Edit(range: found.operatorRange, replacement: Array("bg".utf8) + lineBreaks))
    case .help:
      edits.append(Edit(range: found.operatorRange, replacement: Array("\\builtin help bg".utf8)))
    case .suffix:
      let separator = found.needsSeparator ? Array(";".utf8) : []
      let (start, end) = (found.list.lowerBound, found.list.upperBound)
      if isSubshell(found.list) {
        // Its parentheses are the task's: a trap that is set within is the task's own.
        edits.append(Edit(range: start..<start + 1, replacement: opening(found)))
        edits.append(Edit(range: end - 1..<end, replacement: []))
      } else {
        edits.append(Edit(range: start..<start, replacement: opening(found)))
      }
      edits.append(Edit(range: found.operatorRange, replacement: Self.closing + separator + lineBreaks))
    case .prefix:
      let end = found.list.upperBound
      let separator = found.needsSeparator || found.terminator != nil ? Array(";".utf8) : []
      edits.append(Edit(range: found.operatorRange, replacement: opening(found) + lineBreaks))
      edits.append(Edit(range: end..<end, replacement: Self.closing + separator))
      if let terminator = found.terminator { edits.append(Edit(range: terminator, replacement: [])) }
    }
  }

  /// Whether the list is nothing but one `( ... )`.
  private func isSubshell(_ list: Range<Int>) -> Bool {
    let text = source[list]
    guard text.count > 2, text.first == UInt8(ascii: "("), text.last == UInt8(ascii: ")"),
      text.dropFirst().first != UInt8(ascii: "(")
    else { return false }
    return SyntaxScanner.scan(Array(text.dropFirst().dropLast())).completeness == .complete
  }

  private func opening(_ found: BackgroundOperator) -> [UInt8] {
    var text = Array(source[found.list])
    for body in found.hereDocumentBodies { text += [UInt8(ascii: "\n")] + source[body] }
    let flags: [LaunchFlag] = found.flags.map { flag in
      let literal = flag.literalValue.map { ShellQuoting.quotedOnOneLine($0) }
      let written = flag.value.map { Array(source[$0]) }
      return (flag.name.name, literal ?? written, literal == nil && written != nil)
    }
    let areLiteral = found.flags.allSatisfy { $0.value == nil || $0.literalValue != nil }
    return Self.opening(text: text, flags: flags, areLiteral: areLiteral)
  }

  /// The call that takes an id, and the shell around the list.
  ///
  /// The group hides `set -x`. Where a flag's value holds an expansion, only the call's own output is redirected, which
  /// happens after the expansion, so that its complaints are seen. An expansion may make any number of words: each value
  /// is followed by a word that ends it, and which flags there are is said beforehand.
  private static func opening(text: [UInt8], flags: [LaunchFlag], areLiteral: Bool) -> [UInt8] {
    // `$?` comes first: an expansion in a flag's value may change it.
    var call = Array(#"\#(BGSH_LAUNCH_BUILTIN) "$?" "#.utf8) + ShellQuoting.quotedOnOneLine(text)
    let shown = CommandText.line(String(decoding: text, as: UTF8.self))
    call += Array(" ".utf8) + ShellQuoting.quotedOnOneLine(Array(shown.utf8))
    let names = flags.map { $0.isExpanded ? $0.name + BGSH_EXPANDED_MARK : $0.name }
    call += Array(" '\(names.joined(separator: " "))' ".utf8)
    for value in flags.compactMap(\.value) { call += value + Array(" \(BGSH_END_OF_VALUE) ".utf8) }
    call += Array(#""$_" "#.utf8)
    let hidden = Array("\(BGSH_MESSAGES_DESCRIPTOR)>&2 2>/dev/null".utf8)
    let group = areLiteral ? Array("{ ".utf8) + call.dropLast() + Array("; } ".utf8) + hidden : call + hidden
    return group + Array("; ( ".utf8)
  }

  /// A redirection that changes nothing tells the library that this subshell is the task. If the launch has failed, the
  /// library lets none of it run.
  ///
  /// The last simple command of the subshell is exec'd, so that the supervisor sees signals themselves.
  private static let closing = Array(" ) \(BGSH_LIST_MARK)".utf8)

  /// As many continuation lines as were removed with the operator. An expansion that moves forward keeps its own.
  private func keptLineBreaks(of found: BackgroundOperator) -> [UInt8] {
    var count = found.operatorRange.count { source[$0] == UInt8(ascii: "\n") }
    for flag in found.flags where flag.literalValue == nil {
      count -= flag.value?.count { source[$0] == UInt8(ascii: "\n") } ?? 0
    }
    return Array(repeatElement(Array("\\\n".utf8), count: count).joined())
  }

  private var result: [UInt8] {
    var result: [UInt8] = []
    var position = 0
    let ordered = edits.enumerated().sorted {
      ($0.element.range.lowerBound, $0.offset) < ($1.element.range.lowerBound, $1.offset)
    }
    for edit in ordered.map(\.element) {
      result += source[position..<edit.range.lowerBound]
      result += edit.replacement
      position = edit.range.upperBound
    }
    return result + source[position...]
  }
}
