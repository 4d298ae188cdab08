import CProtocol
import TestSupport
import Testing

/// What people read about the flags of `&bg` is what stands in their one table; `bgsh --help` is made from it.
struct TaskFlagDocumentationTests {
  /// A flag as the table has it.
  struct Flag: Hashable, Sendable {
    let spelling: String
    /// Empty if it takes none.
    let value: String
    let offers: String
    let summary: String

    init(_ flag: TaskFlag) {
      let words = flag.words
      spelling = "--\(String(cString: words.name))"
      (value, offers) = (String(cString: words.value), String(cString: words.offers))
      summary = String(cString: words.summary)
    }

    /// `--timeout DURATION`
    var usage: String { value.isEmpty ? spelling : "\(spelling) \(value)" }
    var capitalisedSummary: String { summary.prefix(1).uppercased() + summary.dropFirst() }
  }

  static let flags = (0..<UInt32(bgsh_task_flag_count)).compactMap { TaskFlag(rawValue: $0) }.map(Flag.init)

  private func lines(of file: String) throws -> [Substring] {
    try FileTree.text("\(Checkout.root)/\(file)").split(separator: "\n")
  }

  @Test func `the prefix form begins with a flag`() {
    #expect(Self.flags.contains { $0.spelling == BGSH_PREFIX && !$0.value.isEmpty })
  }

  @Test func `the manual page has an item for each flag`() throws {
    let section = try lines(of: "man/bgsh.1").drop { $0 != ".Ss Detaching" }.dropFirst().prefix { !$0.hasPrefix(".S") }
    let items = section.filter { $0.hasPrefix(".It ") }.map(String.init)
    let expected = Self.flags.map { flag in
      ".It Fl \\-\(flag.spelling.dropFirst(2))" + (flag.value.isEmpty ? "" : " Ar \(flag.value.lowercased())")
    }
    #expect(items.sorted() == expected.sorted())
  }

  @Test func `the manual page of bg names each flag`() throws {
    let named = try lines(of: "man/bgsh-bg.1").filter { $0.hasPrefix(".Op Fl \\-") }.map(String.init)
    let expected = Self.flags.map { flag in
      ".Op Fl \\-\(flag.spelling.dropFirst(2))" + (flag.value.isEmpty ? "" : " Ar \(flag.value.lowercased())")
    }
    #expect(named == expected.sorted())
  }

  @Test func `the README has a row for each flag`() throws {
    let rows = try lines(of: "README.md").filter { $0.hasPrefix("| `--") }
    let usages = rows.compactMap { $0.split(separator: "`").dropFirst().first.map(String.init) }
    #expect(usages.sorted() == Self.flags.map(\.usage).sorted())
  }

  @Test(arguments: flags)
  func `bash completes the flag`(flag: Flag) throws {
    let script = "source completions/bgsh.bash; _bgsh_values '' \"$1\"; echo \"status $?\""
    let outcome = try Command("bash", ["-c", script, "bash", flag.spelling], directory: Checkout.root).run()
    let words = outcome.standardOutput.split(separator: "\n").map(String.init)
    let offers = flag.offers.split(separator: " ").map(String.init)
    #expect(words == offers + [flag.value.isEmpty ? "status 1" : "status 0"])
  }

  @Test(arguments: flags)
  func `zsh completes the flag`(flag: Flag) throws {
    let beginning = "'\(flag.spelling)[\(flag.summary)]" + (flag.value.isEmpty ? "'" : ":")
    let line = try lines(of: "completions/_bgsh").first { $0.contains(beginning) }
    #expect(line != nil, "no \(beginning)")
    // Durations have a function that says how they are written.
    let names = line.map {
      $0.hasSuffix(":_bgsh_durations' \\") || flag.offers.isEmpty || $0.contains("(\(flag.offers))")
    }
    #expect(names == true)
  }

  @Test(arguments: flags)
  func `fish completes the flag`(flag: Flag) throws {
    let lines = try lines(of: "completions/bgsh.fish")
    let offers = flag.offers.isEmpty ? "" : " -a '\(flag.offers)'"
    let value = flag.value.isEmpty ? "" : " -x\(offers)"
    let expected = "complete -c bgsh -n $first -l \(flag.spelling.dropFirst(2))\(value) -d '\(flag.capitalisedSummary)'"
    #expect(lines.contains { $0 == expected }, "no \(expected)")
    let skipped = try #require(lines.first { $0.contains("case --rcfile ") }).split(separator: " ").map(String.init)
    #expect(skipped.contains(flag.spelling) == !flag.value.isEmpty)
  }
}
