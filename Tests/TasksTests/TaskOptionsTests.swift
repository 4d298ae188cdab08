import CProtocol
import Tasks
import Testing

struct TaskOptionsTests {
  private static let flags = TaskFlag.all.map(\.spelling).joined(separator: ", ")

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
      "unknown flag '--tmeout'; the flags are \(flags)"
    ),
    (
      ["--bad\u{1b}[2J"],
      "unknown flag '--bad^[[2J'; the flags are \(flags)"
    ),
    (["-q"], "'-q' is no flag"),
    (["--"], "unknown flag '--'; the flags are \(flags)"),
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
    (["--desc", "a\nb"], "--desc: a description is one line without control characters: 'a^Jb'"),
    (["--name", "a\u{1b}[2J"], "--name: a name cannot contain control characters or what is not seen: 'a^[[2J'"),
    (["--name", "a\u{202e}b"], "--name: a name cannot contain control characters or what is not seen: 'a<U+202E>b'"),
    (["--name", "@\u{301}a"], "--name: a name cannot begin with '@': '@\u{301}a'"),
  ])
  func `a bad flag is named`(_ words: [String], _ message: String) {
    let error = #expect(throws: TaskOptionsError.self) { try TaskOptions(words: words) }
    #expect(error?.description == message)
  }

  @Test(arguments: [
    [], ["--timeout", "90000ms"], ["--kill-after", "0ms"], ["--name", "e2e", "--desc", "a = b", "--quiet"],
    ["--limit", "1024", "--split"],
  ])
  func `the words of options ask for the same`(_ words: [String]) throws {
    let options = try TaskOptions(words: words)
    #expect(try TaskOptions(words: options.words) == options)
    let given = words.filter { $0.hasPrefix("--") }
    #expect(given.allSatisfy(options.words.contains))
  }

  @Test(
    arguments: [
      (["--timeout", "14d", "--kill-after", "0", "--name", "a b", "--desc", "", "--limit", "1G"], nil),
      (["--timeout", "1209600000ms", "--directory", "\u{1b}"], nil),
      (["BGSH_OUTPUT_LIMIT", "64M", "BGSH_KEEP", "30d,2G"], nil), ([], nil), (["--timeout"], nil),
      (
        ["--name", "a", "--timeout", "soon"], "--timeout: 'soon' is no duration; write one like 90s, 5m, 1h30m or 250ms"
      ),
      (["--limit", "0"], "--limit: a task needs room for some output"),
      (
        ["BGSH_OUTPUT_LIMIT", "big"],
        "BGSH_OUTPUT_LIMIT: 'big' is no size; write one like 64M, 500K, 1G or a number of bytes"
      ),
      (["BGSH_OUTPUT_LIMIT", "0"], "BGSH_OUTPUT_LIMIT: a task needs room for some output"),
      (
        ["BGSH_KEEP", "30"],
        "BGSH_KEEP: '30' is neither an age nor a size nor both; write them with their units, as in 30d,2G"
      ),
    ] as [([String], String?)])
  func `what a shell is about to launch with is judged as any flags are`(_ words: [String], _ complaint: String?) {
    #expect(TaskOptions.complaint(about: words.map { Array($0.utf8) }) == complaint)
  }

  @Test func `what is no text is no value`() {
    let name: [UInt8] = [0x61, 0xff, 0x1b]
    #expect(TaskOptions.complaint(about: [Array("--name".utf8), name]) == "--name: 'a\\xff^[' is no text in UTF-8")
  }

  @Test(arguments: ["tests", "e2e", "7a", "a b", "ä", "a@b", "a-b", "a.b", "🚀", "１２", "👩\u{200d}🚀"])
  func `a name may be`(_ text: String) throws {
    #expect(try TaskName(text).text == text)
  }

  @Test(arguments: [
    "", "7", "007", "@a", "-a", "a,b", "a/b", "a\nb", "a\u{7f}", "a\u{9b}b", "a\tb", "a\u{202e}b", "a\u{200d}b",
    "a\u{ad}",
    "\u{34f}a", "a\u{2028}b", String(repeating: "a", count: 101),
  ])
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
