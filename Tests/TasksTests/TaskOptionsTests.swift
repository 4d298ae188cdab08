import Tasks
import Testing

struct TaskOptionsTests {
  @Test func `no flags ask for nothing`() throws {
    let options = try TaskOptions(words: [])
    #expect(options == TaskOptions())
    #expect(options.killAfterMilliseconds == 5_000)
    #expect(options.timeoutMilliseconds == nil)
  }

  @Test func `a value stands in its own word or after an equals sign`() throws {
    let options = try TaskOptions(
      words: [
        "--timeout", "5m", "--kill-after=0", "--name=e2e", "--desc", "a = b", "--quiet", "--split", "--timeout=1s",
      ])
    #expect(options.timeoutMilliseconds == 1_000)
    #expect(options.killAfterMilliseconds == 0)
    #expect(options.name == (try TaskName("e2e")))
    #expect(options.description == "a = b")
    #expect(options.isQuiet && options.isSplit)
  }

  @Test(arguments: [
    (
      ["--tmeout", "5m"],
      "unknown flag '--tmeout'; the flags are --timeout, --kill-after, --name, --desc, --quiet, --limit, --split"
    ),
    (
      ["--bad\u{1b}[2J"],
      "unknown flag '--bad^[[2J'; the flags are --timeout, --kill-after, --name, --desc, --quiet, --limit, --split"
    ),
    (["-q"], "'-q' is no flag"),
    (["--"], "unknown flag '--'; the flags are --timeout, --kill-after, --name, --desc, --quiet, --limit, --split"),
    (["--timeout"], "--timeout needs a value"),
    (["--quiet=1"], "--quiet takes no value"),
    (["--split=yes"], "--split takes no value"),
    (["--timeout", "soon"], "--timeout: 'soon' is no duration; write one like 90s, 5m, 1h30m or 250ms"),
    (["--timeout="], "--timeout: a duration is missing; write one like 90s, 5m, 1h30m or 250ms"),
    (["--timeout", "0"], "--timeout: a task needs more than no time"),
    (["--limit", "big"], "--limit: 'big' is no size; write one like 64M, 500K, 1G or a number of bytes"),
    (["--limit", "0"], "--limit: a task needs room for some output"),
    (["--kill-after", "x"], "--kill-after: 'x' is no duration; write one like 90s, 5m, 1h30m or 250ms"),
    (["--name", "a,b"], "--name: a name cannot contain a comma: 'a,b'"),
    (["--name", "7"], "--name: a name cannot be a number, '@7' is a task's id: '7'"),
    (["--name", ""], "--name: a name needs at least one character"),
    (["--desc", "a\nb"], "--desc: a description is one line without control characters"),
  ])
  func `a bad flag is named`(_ words: [String], _ message: String) {
    let error = #expect(throws: TaskOptionsError.self) { try TaskOptions(words: words) }
    #expect(error?.description == message)
  }

  @Test(arguments: ["tests", "e2e", "7a", "a b", "ä", "a@b", "a-b", "a.b", "🚀", "１２"])
  func `a name may be`(_ text: String) throws {
    #expect(try TaskName(text).text == text)
  }

  @Test(arguments: ["", "7", "007", "@a", "-a", "a,b", "a/b", "a\nb", "a\u{7f}", "a\u{9b}b"])
  func `a name may not be`(_ text: String) {
    #expect(throws: TaskNameError.self) { try TaskName(text) }
  }

  @Test func `a reference is read`() throws {
    #expect(try TaskReference("@7") == .id(TaskID(rawValue: 7)))
    #expect(try TaskReference("@tests") == .name(try TaskName("tests")))
    #expect(try TaskReference("@@") == .newest)
    #expect(try TaskReference("@7").description == "@7")
    #expect(try TaskReference("@tests").description == "@tests")
    #expect(TaskReference.isMeant(by: "@"))
    #expect(!TaskReference.isMeant(by: "%1"))
  }

  @Test(arguments: [
    ("7", "'7' is no task; write @7, @name or @@"),
    ("", "'' is no task; write @7, @name or @@"),
    ("@", "'@' is no task; write @7, @name or @@"),
    ("@@@", "'@@@' is no task; write @7, @name or @@"),
    ("@a/b", "'@a/b' is no task; write @7, @name or @@"),
    ("@99999999999999999999", "no task @99999999999999999999; 'jobs -a' shows the tasks there are"),
  ])
  func `what is no reference says what is`(_ word: String, _ message: String) {
    let error = #expect(throws: TaskReferenceError.self) { try TaskReference(word) }
    #expect(error?.description == message)
  }

  @Test func `a task that there is not is named`() throws {
    let missing = TaskReferenceError(missing: try TaskReference("@42"))
    #expect(missing.description == "no task @42; 'jobs -a' shows the tasks there are")
  }
}
