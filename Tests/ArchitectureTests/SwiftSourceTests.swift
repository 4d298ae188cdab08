import Testing

/// The rules are only as good as what reads the sources.
struct SwiftSourceTests {
  @Test(arguments: [
    ("import Glibc", ["Glibc"]),
    ("@preconcurrency import CSQLite", ["CSQLite"]),
    ("package import SystemPackage", ["SystemPackage"]),
    ("@testable private import struct Tasks.Notification", ["Tasks"]),
    ("  import Foundation // hidden", ["Foundation"]),
    ("// import Foundation", []),
    ("/* import A\nimport B /* import C */\nimport D */ import E", ["E"]),
    ("let text = \"\"\"\n  import Foundation\n  \"\"\"\nimport Glibc", ["Glibc"]),
    ("let text = #\"\\\"\"# ; import Glibc", []),
    ("importance()", []),
  ])
  func `imports are found`(text: String, modules: [String]) {
    #expect(SwiftSource(path: "x", text: text).imports.map(\.module) == modules)
  }

  @Test(arguments: [
    ("fork()", ["fork"]),
    ("let a = \"fork()\" // fork()", ["let", "a"]),
    ("log(\"a \\(b(\"c\")) d\"); e", ["log", "e"]),
    ("log(#\"a \\(b) \\\"#); e", ["log", "e"]),
    ("\"\\\\\"; e", ["e"]),
  ])
  func `words are code`(text: String, words: [String]) {
    #expect(SwiftSource(path: "x", text: text).words.map(\.text) == words)
  }

  @Test(arguments: [
    ("x!", true), ("try! f()", true), ("f()!.g", true), ("a[0]!", true), ("x as! Y", true),
    ("x != y", false), ("x!=y", false), ("!x", false), ("(!x)", false), ("\"x!\"", false), ("a && !b", false),
  ])
  func `forced values are found`(text: String, isForced: Bool) {
    #expect(SwiftSource(path: "x", text: text).forcedLines.isEmpty == !isForced)
  }
}
