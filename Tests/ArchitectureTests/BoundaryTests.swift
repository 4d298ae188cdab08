import TestSupport
import Testing

/// The boundaries of docs/design/overview.md, read off the sources.
struct BoundaryTests {
  @Test func `every target has its rules`() {
    #expect(Set(Checkout.targets) == Set(Rules.imports.keys).union(Rules.cTargets))
  }

  @Test(arguments: Rules.imports.keys.sorted())
  func `imports only what the table allows`(target: String) throws {
    let allowed = try #require(Rules.imports[target])
    let violations = try Checkout.sources(of: target).flatMap { source in
      source.imports.filter { !allowed.contains($0.module) }
        .map { "\(Checkout.short(source.path)):\($0.line): \(target) does not import \($0.module)" }
    }
    #expect(violations.isEmpty)
  }

  @Test(arguments: Rules.imports.keys.sorted())
  func `SQLite is called in its connection, and bash edits lines`(target: String) throws {
    let violations = try violations(in: [target]) { source, word in
      let isSQLite = ["sqlite3_", "bgsh_sqlite3_", "SQLITE_"].contains { word.text.hasPrefix($0) }
      return word.text.hasPrefix("rl_") || isSQLite && !isFile(source, ofType: "SQLiteConnection")
    }
    #expect(violations.isEmpty)
  }

  @Test func `only CProcess forks and changes signal actions`() throws {
    var violations = try violations(in: Rules.imports.keys.sorted()) { _, word in
      Rules.processCalls.contains(word.text) && word.after == "(" && isFreeFunction(word)
    }
    for target in Rules.cTargets.subtracting(["CProcess"]) {
      for path in Checkout.files(of: target, suffix: ".h") + Checkout.files(of: target, suffix: ".c") {
        let source = try SwiftSource(path: path)
        violations += source.words.filter { Rules.processCalls.contains($0.text) && $0.after == "(" }
          .map { "\(Checkout.short(path)):\($0.line): \($0.text)" }
      }
    }
    #expect(violations.isEmpty)
  }

  @Test func `what forks has no threads and no concurrency`() throws {
    let violations = try violations(in: Rules.hotTargets) { _, word in
      Rules.concurrencyWords.contains(word.text) && word.before != "."
    }
    #expect(violations.isEmpty)
  }

  @Test func `nothing is public`() throws {
    let violations = try violations(in: Rules.imports.keys.sorted()) { _, word in word.text == "public" }
    #expect(violations.isEmpty)
  }

  @Test func `an outside event never traps`() throws {
    var violations = try violations(in: Rules.untrappingTargets) { _, word in word.text == "fatalError" }
    for source in try Rules.untrappingTargets.flatMap(Checkout.sources(of:)) {
      violations += source.forcedLines.map { "\(Checkout.short(source.path)):\($0): '!' traps" }
    }
    #expect(violations.isEmpty)
  }

  private func violations(
    in targets: [String], where isViolation: (SwiftSource, SwiftSource.Word) -> Bool
  ) throws -> [String] {
    try targets.flatMap(Checkout.sources(of:)).flatMap { source in
      source.words.filter { isViolation(source, $0) }
        .map { "\(Checkout.short(source.path)):\($0.line): \($0.text)" }
    }
  }

  /// Whether the file is `Type.swift` or `Type+Aspect.swift`.
  private func isFile(_ source: SwiftSource, ofType type: String) -> Bool {
    source.name == "\(type).swift" || source.name.hasPrefix("\(type)+")
  }

  /// Not a member, and not the declaration of something of ours.
  private func isFreeFunction(_ word: SwiftSource.Word) -> Bool {
    word.before != "." && word.previous != "func" && word.previous != "case"
  }
}
