import TestSupport
import Testing

/// The numbers of tasks.
struct NumberTests {
  @Test func `they may have more than eight digits`() throws {
    let scratch = try ScratchState()
    _ = try scratch.bgsh("prune")
    let update = "UPDATE sequence SET value = 99999997 WHERE name = 'task'"
    let python = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute(sys.argv[2]); c.commit()"
    _ = try scratch.command("python3", "-c", python, "\(scratch.stateDirectory)/tasks.db", update).run()
    let script =
      "for i in {1..40}; do echo $i &bg\ndone; wait; output @99999998 @100000001; (exit 7) &bg\nwait @@; echo $?"
    let outcome = try scratch.bgsh("--notify", "off", "-c", script)
    #expect(outcome.standardOutput == "==> @99999998 <==\n1\n\n==> @100000001 <==\n4\n7\n")
    #expect(outcome.standardError == "")
    let records = try scratch.records()
    let numbers = records.prefix(40).compactMap { $0["id"].number }
    #expect(numbers == Array(99_999_998...100_000_037))
    for (index, number) in numbers.enumerated() {
      #expect(try FileTree.text("\(scratch.stateDirectory)/output/\(number)") == "\(index + 1)\n")
    }
  }
}
