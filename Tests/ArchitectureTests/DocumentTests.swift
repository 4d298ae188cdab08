import TestSupport
import Testing

/// What every document promises: links lead somewhere, examples look alike, and none tells of the machine it was made on.
struct DocumentTests {
  /// Markdown files and manual pages, by their paths in the checkout.
  static let documents: [String] = {
    let places = [
      "", "Benchmarks/", "Conformance/", "Fuzz/", "Loadable/", "Sanitize/", "Soak/", "docs/", "docs/design/",
    ]
    let pages = FileTree.names(in: "\(Checkout.root)/man").filter { $0.hasSuffix(".1") }.map { "man/\($0)" }
    return pages
      + places.flatMap { place in
        FileTree.names(in: "\(Checkout.root)/\(place)").filter { $0.hasSuffix(".md") }.map { "\(place)\($0)" }
      }
  }()

  @Test func `there are documents`() {
    #expect(DocumentTests.documents.count > 15)
    #expect(DocumentTests.documents.contains("docs/design/overview.md"))
  }

  @Test(arguments: documents)
  func `links lead to files that exist`(document: String) throws {
    let directory = document.split(separator: "/").dropLast().joined(separator: "/")
    for match in try text(of: document).matches(of: #/\]\(([^)#\s]+)[^)]*\)/#) where !match.1.contains("://") {
      #expect(FileTree.exists("\(Checkout.root)/\(directory)/\(match.1)"), "\(document): \(match.1)")
    }
  }

  @Test(arguments: documents)
  func `the prompt of an example is a dollar`(document: String) throws {
    let wrong = try examples(in: document).filter { line in
      // Another prompt: '% ', '> ', 'bash-5.2$ ', 'ready> ', 'name@host:~$ '.
      line.firstMatch(of: #/^(%|[a-z]*>|[a-z]+-[0-9.]+[$#]|[\w-]+@[\w-]+:\S*[$#]|\$\$) /#) != nil
    }
    #expect(wrong.isEmpty, "\(document)")
  }

  /// `/home/u` is nobody's.
  @Test(arguments: documents)
  func `no path of the machine that it was made on is in it`(document: String) throws {
    let found = try text(of: document).matches(of: #/(?:/root|/home/(?!u/)\w+|/tmp/wt|/work)\b/#).map { String($0.0) }
    #expect(found == [], "\(document)")
  }

  @Test func `the overview of the design names every target`() throws {
    let overview = try text(of: "docs/design/overview.md")
    let rows = overview.split(separator: "\n").filter { $0.hasPrefix("| `") }.compactMap {
      $0.split(separator: "|").first
    }
    let named = Set(rows.flatMap { $0.matches(of: #/`([\w-]+)`/#).map { String($0.1) } })
    for target in Checkout.targets { #expect(named.contains(target), "\(target)") }
  }

  private func text(of document: String) throws -> String { try FileTree.text("\(Checkout.root)/\(document)") }

  /// The lines of fenced blocks, and of literal ones in manual pages.
  private func examples(in document: String) throws -> [Substring] {
    var isExample = false
    return try text(of: document).split(separator: "\n").filter { line in
      if line.hasPrefix("```") { isExample.toggle() }
      if line.hasPrefix(".Bd -literal") { isExample = true }
      if line.hasPrefix(".Ed") { isExample = false }
      return isExample
    }
  }
}
