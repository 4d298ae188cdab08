import Advice
import Tasks
import Testing

/// What is chosen, whoever printed it.
struct DiagnosisTests {
  static func digest(_ output: String, command: String? = nil, _ ending: ProgramEnding = .failed) -> [String] {
    Digest(of: .whole(output), command: command, ending: ending).lines
  }

  private static let chatter = (1...40).map { "step \($0) of 40\n" }.joined()

  @Test(
    arguments: [
      "error: no such thing", "ERROR no such thing", "fatal: not a repository", "Segmentation fault (core dumped)",
      "./run: line 3: frobnicate: command not found", "main.c:3:4: error: expected ';'", "src/a.ts(3,4): error TS1: no",
      "TypeError: nothing is not a function", "java.lang.IllegalStateException: closed", "Could not connect",
      "cp: cannot stat 'x': No such file or directory", "curl: (6) Could not resolve host: nowhere",
      "Permission denied (publickey).", "panic: runtime error", "Killed: out of memory", "unable to lock the database",
      "./cart.go:4:19: undefined: total", "lib/cart.py:3:80: E501 line too long", "can't open file 'x'",
    ])
  func `a line that tells of a failure is found in the middle`(_ line: String) {
    #expect(Self.digest(Self.chatter + line + "\n\n" + Self.chatter) == [line])
  }

  @Test(
    arguments: [
      "0 failed", "12 passed, 0 failed", "0 errors, 0 warnings", "no errors found", "Failures: 0, Errors: 0",
      "errors=0",
      "compiling error.c", "test_error_handling ... ok", "copying on-error/", "warning: that is deprecated",
      "finished without error", "node_modules/error-stack-parser/index.js", "error() in the documentation",
    ])
  func `what only has the words is none`(_ line: String) {
    #expect(Self.digest(Self.chatter + line + "\n\n" + Self.chatter) == (36...40).map { "step \($0) of 40" })
  }

  @Test(
    arguments: [
      ("make: *** [Makefile:3: all] Error 2", "main.c:3:4: error: expected ';'"),
      ("npm ERR! code ELIFECYCLE", "Error: no such thing"), ("exit status 1", "--- FAIL: TestAdds (0.00s)"),
      ("error Command failed with exit code 1.", "3 tests failed"),
    ])
  func `what follows from a failure gives way to it`(_ consequence: String, _ failure: String) {
    #expect(Self.digest(Self.chatter + failure + "\n\n" + consequence + "\n") == [failure])
  }

  @Test func `a failure is told with its message`() {
    let output = Self.chatter + "error: cannot link\n  because: disk full\n\nsomething else\n" + Self.chatter
    #expect(Self.digest(output) == ["error: cannot link", "  because: disk full"])
  }

  @Test func `of several failures each has its share`() {
    let failures = (1...4).map { "--- FAIL: Test\($0) (0.00s)\n    a_test.go:\($0): wrong\n    a_test.go:9: worse\n" }
    #expect(
      Self.digest(failures.joined()) == [
        "--- FAIL: Test1 (0.00s)", "    a_test.go:1: wrong", "--- FAIL: Test2 (0.00s)", "    a_test.go:2: wrong",
        "--- FAIL: Test3 (0.00s)",
      ])
  }

  @Test func `what is said twice is shown once`() {
    let error = "main.c:3:4: error: expected ';'\n"
    #expect(Self.digest(error + "\ngcc -c other.c\n\n" + error) == ["main.c:3:4: error: expected ';'"])
  }

  @Test func `the list behind everything goes before what was told in passing`() {
    let output = """
      FAILED tests/test_a.py::test_one
      ================ FAILURES ================
      _______________ test_one ________________

          def test_one():
      >       assert 1 == 2
      E       assert 1 == 2

      tests/test_a.py:4: AssertionError
      ======= 1 failed in 0.1s =======

      """
    #expect(
      Self.digest(output) == [
        "_______________ test_one ________________", "    def test_one():", ">       assert 1 == 2",
        "E       assert 1 == 2", "tests/test_a.py:4: AssertionError",
      ])
  }

  @Test func `the command decides where two tell of failures`() {
    let output = "CMake Error at a.cmake:1 (b):\n\n--- FAIL: TestAdds (0.00s)\n"
    #expect(Self.digest(output, command: "cd x && go test ./...") == ["--- FAIL: TestAdds (0.00s)"])
    #expect(Self.digest(output, command: "cmake ..") == ["CMake Error at a.cmake:1 (b):"])
    #expect(Self.digest(output).count == 2)
  }

  @Test func `of success the end is shown`() {
    #expect(Self.digest("error: no\na\nb\nc\nd\ne\nf\n", .succeeded) == ["b", "c", "d", "e", "f"])
  }

  @Test func `of what was ended from outside the end is shown, unless it had told of a failure`() {
    let output = "error: cannot connect, trying again\n\n" + Self.chatter
    #expect(Self.digest(output, .interrupted) == (36...40).map { "step \($0) of 40" })
    let failure = "--- FAIL: TestAdds (0.00s)"
    #expect(Self.digest(failure + "\n\n\n\n" + output, .interrupted) == [failure])
  }

  @Test(
    arguments: [(0, .succeeded), (1, .failed), (139, .failed), (124, .interrupted), (137, .interrupted)]
      as [(Int32, ProgramEnding)])
  func `the status tells how it ended`(_ status: Int32, _ ending: ProgramEnding) {
    #expect(ProgramEnding(status: status) == ending)
  }

  @Test func `what is new since the last good run goes before everything else`() {
    let good = "error: ignored as ever\nstep 1 took 12 ms\nall is well\n"
    let bad = "error: ignored as ever\nstep 1 took 340 ms\nhm, that looks odd\n"
    #expect(
      Digest(of: .whole(bad), lastGood: .whole(good)).lines == ["hm, that looks odd"])
  }

  @Test func `a run that says nothing new is read as if nothing were known`() {
    let output = "error: cannot connect\nstep 1\n"
    #expect(Digest(of: .whole(output), lastGood: .whole(output)).lines == Self.digest(output))
  }

  @Test func `what is new is read as any output is`() {
    let good = Self.chatter + "error: ignored as ever\n"
    let bad = Self.chatter + "error: ignored as ever\nnew line\n\nFAIL: test_one (m.T)\nAssertionError: 1 != 2\n"
    #expect(
      Digest(of: .whole(bad), lastGood: .whole(good)).lines == ["FAIL: test_one (m.T)", "AssertionError: 1 != 2"])
  }

  /// No clock is looked at: what is not linear does not end in the lifetime of a test run.
  @Test(
    arguments: [
      String(repeating: "x", count: 1 << 17), String(repeating: "[", count: 1 << 17),
      String(repeating: "\u{1b}]", count: 1 << 16), String(repeating: "\u{1b}[", count: 1 << 16),
      String(repeating: "\r", count: 1 << 17), String(repeating: "a\r", count: 1 << 16),
      String(repeating: "a\u{8}", count: 1 << 16), String(repeating: "\n", count: 1 << 17),
      String(repeating: "x\n", count: 1 << 16), String(repeating: "error: no\n", count: 12_000),
      String(repeating: "--- FAIL: a\n b\n", count: 8_000), String(repeating: ":1:", count: 40_000),
      String(repeating: "\0", count: 1 << 17), String(repeating: "…", count: 40_000),
      String(repeating: "error:1: ", count: 12_000) + "\n",
    ])
  func `hostile output is read in time`(_ output: String) {
    #expect(Digest(of: .whole(output), lastGood: .whole(output)).lines.count <= 5)
  }

  @Test func `any bytes are read`() {
    var state: UInt32 = 1
    let bytes = (0..<50_000).map { _ -> UInt8 in
      state = state &* 1_664_525 &+ 1_013_904_223
      return UInt8(truncatingIfNeeded: state >> 24)
    }
    let lines = Digest(of: .whole(bytes)).lines
    #expect(lines.count <= 5)
    #expect(lines.allSatisfy { $0.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7f } })
  }
}
