import Advice
import Glibc
import ProcessControl
import SystemPackage
import Tasks
import Testing

struct DigestTests {
  /// The digest of a task @7 whose output file has these bytes.
  static func digest(_ bytes: [UInt8], errors: [UInt8]? = nil) throws -> [String] {
    let path = try temporaryFile(bytes)
    let errorPath = try errors.map(temporaryFile)
    defer { for file in [path, errorPath] { _ = file.map { unlink($0) } } }
    return Digest.lines(of: task(output: path, errors: errorPath))
  }

  private static func temporaryFile(_ bytes: [UInt8]) throws -> String {
    var template = Array("/tmp/bgsh-digest-XXXXXX".utf8CString)
    let file = FileDescriptor(rawValue: mkstemp(&template))
    try file.closeAfter { try file.writeWhole(bytes) }
    return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  static func digest(_ text: String) throws -> [String] { try digest(Array(text.utf8)) }

  static func task(output: String, errors: String? = nil) -> BackgroundTask {
    BackgroundTask(
      id: TaskID(rawValue: 7), session: SessionID(epochSeconds: 1, processID: 1), command: "make",
      workingDirectory: "/", state: .exited(code: 2), queuedAt: Timestamp(milliseconds: 0),
      output: .init(path: output, stderrPath: errors))
  }

  @Test(
    arguments: [
      ("", []), ("\n\n  \n", []), ("one\n", ["one"]), ("one", ["one"]), ("a\n\nb\n\n\n", ["a", "b"]),
      ("1\n2\n3\n4\n5\n", ["1", "2", "3", "4", "5"]),
      ("1\n2\n3\n4\n5\n6\n", ["3", "4", "5", "6", "… 6 lines: output @7"]),
      ("1\n\n2\n3\n4\n5\n\n6", ["3", "4", "5", "6", "… 8 lines: output @7"]),
      ("  indented  \n", ["  indented"]),
    ] as [(String, [String])])
  func `the last lines that say something are shown`(_ output: String, _ lines: [String]) throws {
    #expect(try Self.digest(output) == lines)
  }

  @Test(
    arguments: [
      ("", "", []), ("out\n", "err\n", ["out", "err"]), ("1\n2\n3\n", "a\nb\n", ["1", "2", "3", "a", "b"]),
      ("1\n2\n3\n", "a\nb\nc\n", ["2", "3", "b", "c", "… 6 lines: output @7"]),
      ("1\n2\n3\n4\n5\n6\n7\n", "a\n", ["5", "6", "7", "a", "… 8 lines: output @7"]),
      ("1\n", "a\nb\nc\nd\ne\nf\n", ["1", "d", "e", "f", "… 7 lines: output @7"]),
      ("", "a\nb\nc\nd\ne\nf\n", ["c", "d", "e", "f", "… 6 lines: output @7"]),
    ] as [(String, String, [String])])
  func `of two files each has its share, and what the other leaves`(
    _ output: String, _ errors: String, _ lines: [String]
  ) throws {
    #expect(try Self.digest(Array(output.utf8), errors: Array(errors.utf8)) == lines)
  }

  @Test func `of two files the sizes count together`() throws {
    let long = String(repeating: "x\n", count: 50_000)
    let lines = try Self.digest(Array(long.utf8), errors: Array("a\nb\nc\n".utf8))
    #expect(lines == ["x", "x", "b", "c", "… 50003 lines: output @7"])
  }

  @Test(
    arguments: [
      ("10%\r20%\r100%\n", ["100%"]), ("10%\r100%\r\n", ["100%"]), ("dos\r\nlines\r\n", ["dos", "lines"]),
      ("work\r\u{1b}[K\r\n", ["work"]), ("\r\r\r\n", []), ("-\u{8}\\\u{8}|\u{8}done\n", ["done"]),
      ("ä\u{8}a\n", ["a"]), ("\u{8}\u{8}a\n", ["a"]),
    ] as [(String, [String])])
  func `a line that overwrote itself is shown as it was last`(_ output: String, _ lines: [String]) throws {
    #expect(try Self.digest(output) == lines)
  }

  @Test(
    arguments: [
      ("\u{1b}[1;31merror:\u{1b}[0m no\n", ["error: no"]), ("\u{1b}]0;t\u{7}title\n", ["title"]),
      ("\u{1b}[31m\n", []), ("a\u{7}\n", ["a^G"]), ("\u{202e}x\n", ["<U+202E>x"]), ("a\tb\n", ["a       b"]),
      ("\0\0\0a\n", ["a"]),
    ] as [(String, [String])])
  func `output cannot drive the terminal`(_ output: String, _ lines: [String]) throws {
    #expect(try Self.digest(output) == lines)
  }

  @Test func `invalid UTF-8 is shown`() throws {
    #expect(try Self.digest([0x61, 0xff, 0x0a]) == ["a\\xff"])
  }

  @Test func `a long line is cut`() throws {
    let lines = try Self.digest(String(repeating: "x", count: 1_000))
    #expect(lines == [String(repeating: "x", count: 199) + "…"])
  }

  @Test func `what matters goes before the end`() throws {
    let output = "error: no such thing\n\n" + String(repeating: "step\n", count: 100)
    #expect(try Self.digest(output) == ["error: no such thing", "… 102 lines: output @7"])
  }

  @Test func `what matters is found in either file`() throws {
    let output = Array(String(repeating: "step\n", count: 100).utf8)
    let lines = ["error: no such thing", "… 101 lines: output @7"]
    #expect(try Self.digest(output, errors: Array("error: no such thing\n".utf8)) == lines)
    #expect(try Self.digest(Array("error: no such thing\n".utf8), errors: output) == lines)
  }

  @Test func `of a large file the beginning is read, too`() throws {
    let middle = String(repeating: "step\n", count: 500_000)
    #expect(try Self.digest("error: no such thing\n\n" + middle) == ["error: no such thing", "… 2.5 MB: output @7"])
    let lost = String(repeating: "step\n", count: 20_000) + "error: no such thing\n\n" + middle
    #expect(try Self.digest(lost).first == "step")
  }

  @Test func `of a large file only the end is read`() throws {
    let line = String(repeating: "x", count: 99) + "\n"
    let output = String(repeating: line, count: 123_456) + "one\ntwo\n"
    let cut = String(repeating: "x", count: 99)
    #expect(try Self.digest(output) == [cut, cut, "one", "two", "… 12.3 MB: output @7"])
  }

  @Test func `a single line longer than what is read has an end too`() throws {
    let lines = try Self.digest(String(repeating: "y", count: 2_000_000))
    #expect(lines == [String(repeating: "y", count: 199) + "…", "… 2 MB: output @7"])
  }

  @Test func `a large file that ends in few words still says that there is more`() throws {
    let output = String(repeating: "\n", count: 1_200_000) + "end\n"
    #expect(try Self.digest(output) == ["end", "… 1.2 MB: output @7"])
  }

  @Test(arguments: ["/nonexistent/output", "/", "/dev/null", ""])
  func `where there is no output there are no lines`(_ path: String) {
    #expect(Digest.lines(of: Self.task(output: path)) == [])
  }
}
