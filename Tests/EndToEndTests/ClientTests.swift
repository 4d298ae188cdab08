import TestSupport
import Testing

/// `bgsh mcp` with the protocol's own client for Python, an old one and a new one: `make test` installs them.
struct ClientTests {
  private static let root = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")

  private func converse(_ client: String, _ mode: String) throws -> JSON {
    let scratch = try ScratchState()
    let python = "\(Self.root)/.build/clients/\(client)/bin/python"
    try #require(FileTree.exists(python), "make test installs it")
    let outcome = try Command(
      python, ["-B", "\(Self.root)/Tests/Clients/converse.py", BuiltProducts.bgsh, mode],
      environment: scratch.environment, directory: scratch.path
    ).run()
    try #require(outcome.status == .success, "\(outcome.standardError)")
    #expect(scratch.survivors.allSatisfy { !$0.commandLine.contains("bgsh-agents") })
    return try JSON(parsing: outcome.standardOutput)
  }

  @Test(arguments: [
    ("old", "handshake", "2025-11-25"), ("new", "handshake", "2025-11-25"), ("new", "auto", "2026-07-28"),
    ("new", "tasks", "2026-07-28"),
  ])
  func `a conversation`(client: String, mode: String, version: String) throws {
    let told = try converse(client, mode)
    #expect(told["version"] == .string(version))
    #expect(told["server"] == "bgsh")
    #expect(told["instructions"].text?.hasPrefix("Runs bash commands") == true)
    #expect(told["tools"].elements == ["Bash", "BashOutput", "KillShell", "Tasks", "Wait", "Notifications"])
    #expect(text(told["first"]).hasPrefix("hi\n[exit code 1, "))
    #expect(told["first"].elements[1] == .bool(true))
    if mode == "tasks" {
      // The client has waited for the task itself, and nothing tells of it once more.
      #expect(text(told["launched"]).contains("failed with exit code 3 after "))
      #expect(text(told["launched"]).hasSuffix("| FAIL: one"))
      #expect(text(told["waited"]) == "No tasks are running.")
    } else {
      #expect(text(told["launched"]).contains("Background task started. ID: 1. "))
      let blocks = ["launched", "waited"].flatMap { told[$0].elements.first?.elements ?? [] }
      #expect(blocks.contains { $0.text?.contains("FAIL: one") == true })
    }
    #expect(told["together"].elements.map(\.text) == (0..<10).map { "\($0) /usr" })
    #expect(text(told["wrong"]).contains("'command' is missing"))
    #expect(told["unknown"] == -32602)
  }

  private func text(_ result: JSON) -> String { result.elements.first?.elements.last?.text ?? "" }
}
