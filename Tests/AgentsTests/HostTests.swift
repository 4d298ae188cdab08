import Agents
import Testing

/// What hosts are to be told of the server.
struct HostTests {
  @Test(arguments: Host.allCases)
  func `the program and what it is called with are in quotes`(host: Host) {
    let settings = host.settings(program: "/opt/a \"b\"/bgsh", options: ["--keep"])
    #expect(settings.hasPrefix("In "))
    #expect(settings.contains(#""/opt/a \"b\"/bgsh""#))
    #expect(settings.contains(host == .codex ? #"["mcp", "--keep", "--login"]"# : #"["mcp", "--keep"]"#))
  }

  @Test func `an option is said once`() {
    #expect(Host.codex.settings(program: "b", options: ["--login"]).contains(#"["mcp", "--login"]"#))
  }
}
