import TestSupport
import Testing

/// What the built programs are linked with. `make check` looks into the static release binaries.
struct BinaryTests {
  @Test(arguments: [("bgsh", []), ("bgsh-supervisor", []), ("bgctl", ["libFoundationEssentials.so"])])
  func `no more of Foundation is linked than allowed`(product: String, allowed: [String]) throws {
    let outcome = try Command("ldd", [BuiltProducts.path(of: product)]).run()
    let libraries = outcome.standardOutput.split(separator: "\n")
      .compactMap { $0.split(whereSeparator: { $0 == " " || $0 == "\t" }).first.map(String.init) }
    #expect(libraries.contains { $0.hasPrefix("libc.so") } || outcome.standardError.contains("not a dynamic"))
    #expect(libraries.filter { $0.contains("Foundation") } == allowed)
  }
}
