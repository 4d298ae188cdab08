import Glibc
import TestSupport
import Testing

struct ScratchStateTests {
  @Test func `the directories are private, and gone afterwards`() throws {
    var path = ""
    do {
      let scratch = try ScratchState()
      path = scratch.path
      #expect(try scratch.command("stat", "-c", "%a", "state").run().standardOutput == "700\n")
      try scratch.write("x", to: "home/file", mode: 0o400)
    }
    #expect(!FileTree.exists(path))
  }

  @Test func `what escaped into a session of its own is found and killed`() throws {
    var escaped: Int32 = 0
    do {
      let scratch = try ScratchState()
      let script = "exec </dev/null >/dev/null 2>&1; setsid sleep 1000 & env -i setsid sleep 1001 &"
      #expect(try scratch.command("bash", "-c", script).run().status == .success)
      try waitUntil("both are there") { scratch.survivors.filter { $0.commandLine.contains("sleep 100") }.count >= 2 }
      escaped = scratch.survivors.first?.processID ?? 0
    }
    #expect(escaped > 0)
    try waitUntil("the process is gone") { kill(escaped, 0) != 0 || isZombie(escaped) }
  }

  private func isZombie(_ processID: Int32) -> Bool {
    (try? FileTree.text("/proc/\(processID)/stat"))?.contains(") Z ") ?? true
  }
}
