import Glibc
import TestSupport
import Testing

/// Shells of several PID namespaces, as containers have them, on one state directory.
@Suite(.enabled(if: Machine.canMakeNamespaces))
struct NamespaceTests {
  private static let unshare = "unshare -Urpf --mount-proc"

  @Test func `each reads its own tasks, though their process IDs are the same`() throws {
    let scratch = try ScratchState()
    let session = "echo $0 &bg\nwait @@; output @@"
    let script = """
      for n in {1..8}; do \(Self.unshare) '\(BuiltProducts.bgsh)' --notify off -c '\(session)' $n >out-$n 2>&1 & done
      wait; cat out-*
      """
    let outcome = try scratch.command("bash", "-c", script).run(within: .seconds(180))
    #expect(outcome.standardOutput == (1...8).map { "\($0)\n" }.joined())
    let records = try scratch.records()
    #expect(records.count == 8)
    #expect(records.allSatisfy { $0["state"] == "exited" })
    #expect(Set(records.compactMap { $0["session"].text }).count == 8)
  }

  @Test func `nobody judges what runs in another one`() throws {
    let scratch = try ScratchState()
    let gate = try Gate(in: scratch)
    let session = "sleep 1234 &bg\nread <gate; kill @1; wait @1; echo $? >status; read <gate"
    let inner = scratch.command("bash", "-c", "\(Self.unshare) '\(BuiltProducts.bgsh)' --notify off -c '\(session)' &")
    _ = try inner.run()
    try scratch.waitForState("running")
    #expect(try scratch.bgsh("wait", "--timeout", "100ms", "@1").status == .exited(142))
    #expect(try scratch.record(1)["state"] == "running")
    #expect(FileTree.names(in: "\(scratch.stateDirectory)/run").count == 1)
    try gate.open()
    try waitUntil("it was ended from within") { FileTree.exists("\(scratch.path)/status") }
    #expect(try scratch.waitForEnd()["ended_by"] == "kill")
    #expect(try FileTree.text("\(scratch.path)/status") == "143\n")
    try gate.open()
  }

  @Test func `what is left of one whose shell and supervisor were killed runs on, until nobody writes any more`() throws
  {
    let scratch = try ScratchState()
    let gate = try Gate(in: scratch)
    // The first process of a namespace takes all others with it.
    let session = "read <gate &bg\nsleep 1234"
    let inner = "\"$0\" --notify off -c \"$1\"; sleep 1234"
    var command = scratch.command("setsid", "-f", "unshare", "-Urpf", "--mount-proc", "sh", "-c", inner)
    command.arguments += [BuiltProducts.bgsh, session]
    _ = try command.run()
    try scratch.waitForState("running")
    let sessions = scratch.survivors.filter {
      $0.commandLine.hasPrefix("bgsh-supervisor") || $0.commandLine.hasPrefix(BuiltProducts.bgsh)
    }
    #expect(sessions.count >= 2)
    for session in sessions { kill(session.processID, SIGKILL) }
    try waitUntil("they have gone") {
      !scratch.survivors.contains { survivor in sessions.contains { $0.processID == survivor.processID } }
    }
    #expect(try scratch.record(1)["state"] == "running")
    try gate.open()
    try scratch.waitForState("lost")
    #expect(FileTree.names(in: "\(scratch.stateDirectory)/run").isEmpty)
  }

  @Test func `no session is taken for one that is left over while it begins`() throws {
    let scratch = try ScratchState()
    let session = "true &bg\nwait @@; echo $?"
    let script = """
      (while [[ ! -e over ]]; do '\(BuiltProducts.bgsh)' jobs -a >/dev/null; done) &
      for n in {1..20}; do \(Self.unshare) '\(BuiltProducts.bgsh)' --notify off -c '\(session)' 2>&1; done
      touch over; wait
      """
    let outcome = try scratch.command("bash", "-c", script).run(within: .seconds(180))
    #expect(outcome.standardOutput == String(repeating: "0\n", count: 20))
  }
}
