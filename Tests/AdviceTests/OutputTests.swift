import Advice
import StateFiles
import TestSupport
import Testing

/// What real programs print when they fail, in Outputs/: NAME.txt, and NAME.digest, which has the command line and the
/// lines that matter.
struct OutputTests {
  private static let directory = #filePath.split(separator: "/").dropLast().map { "/\($0)" }.joined() + "/Outputs"

  static let names = FileTree.names(in: directory).filter { $0.hasSuffix(".txt") }.map { String($0.dropLast(4)) }
    .sorted()

  @Test func `there are outputs`() {
    #expect(Self.names.count > 50)
  }

  @Test(arguments: names)
  func `the lines that matter are found`(_ name: String) throws {
    let output = try FileTree.read("\(Self.directory)/\(name).txt")
    let expected = try FileTree.text("\(Self.directory)/\(name).digest").split(separator: "\n").map(String.init)
    let command = String(try #require(expected.first).dropFirst(2))
    let digest = Digest(of: .whole(output), command: command)
    #expect(digest.lines == Array(expected.dropFirst()))
  }

  @Test(arguments: names)
  func `they are found in colour, too`(_ name: String) throws {
    let output = try FileTree.text("\(Self.directory)/\(name).txt")
    let coloured = output.split(separator: "\n", omittingEmptySubsequences: false)
      .map { $0.isEmpty ? "\r" : "\u{1b}[1m\($0)\u{1b}[0m\u{1b}[K\r" }.joined(separator: "\n")
    let expected = try FileTree.text("\(Self.directory)/\(name).digest").split(separator: "\n").map(String.init)
    let command = String(try #require(expected.first).dropFirst(2))
    #expect(Digest(of: .whole(coloured), command: command).lines == Array(expected.dropFirst()))
  }
}

extension OutputExcerpt {
  static func whole(_ bytes: [UInt8]) -> OutputExcerpt {
    OutputExcerpt(head: [], gap: false, tail: bytes, outputBytes: Int64(bytes.count))
  }

  static func whole(_ text: String) -> OutputExcerpt { whole(Array(text.utf8)) }
}
