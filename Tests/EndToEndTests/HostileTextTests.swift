import TestSupport
import Testing

/// Text that others have chosen, in what bgsh says: none of it reaches the terminal as it is.
struct HostileTextTests {
  static let hostile = "x\u{1b}]0;owned\u{7}\u{1b}[2J\u{9b}31m\u{202e}\u{200d}\u{ad}\u{34f}\r\n"

  private func isHarmless(_ text: String) -> Bool {
    text.unicodeScalars.allSatisfy { scalar in
      scalar == "\n" || scalar.properties.generalCategory != .control && !scalar.properties.isDefaultIgnorableCodePoint
    }
  }

  @Test(
    arguments: ["jobs", "fg", "wait", "kill", "output", "digest", "notifications", "why", "rerun", "prune", "doctor"]
      .flatMap {
        [
          [$0, "--\(hostile)"], [$0, "-\(hostile)"], [$0, "@\(hostile)"], [$0, hostile], [$0, "--state", hostile],
          [$0, "--since", hostile], [$0, "--timeout", hostile], [$0, "-s", hostile], [$0, "-n", hostile],
          [$0, "--grep", "(\(hostile)"], [$0, "--older-than=\(hostile)"], [$0, "--json=\(hostile)"],
        ]
      } + [
        ["--\(hostile)"], ["--name", hostile, "--timeout", "5m", "-c", "true"],
        ["--timeout", hostile, "-c", "true"], ["--desc", hostile, "--timeout", "5m", "-c", "true"],
        ["--notify", hostile], ["-c", "true &bg --\(hostile.dropLast(2))"], ["-c", "true &bg --name '\(hostile)'"],
        ["-c", "true &bg --timeout '\(hostile)'"],
      ]
  )
  func `a bad word is shown, and drives no terminal`(words: [String]) throws {
    let scratch = try ScratchState()
    let outcome = try Command(
      BuiltProducts.bgsh, words, environment: scratch.environment, directory: scratch.path
    ).run()
    #expect(isHarmless(outcome.standardOutput + outcome.standardError), "\(outcome.standardError.debugDescription)")
    #expect(outcome.standardError.contains("bgsh: ") || outcome.status == .success)
  }

  @Test(arguments: [["-c", "true &bg"], ["-c", "true"], ["doctor"], ["-i", "-c", "true &bg"]])
  func `so is the path of a shell that there is not`(words: [String]) throws {
    let scratch = try ScratchState()
    var environment = scratch.environment
    environment["BGSH_SHELL"] = "/nowhere/\(Self.hostile)"
    let outcome = try Command(BuiltProducts.bgsh, words, environment: environment, directory: scratch.path).run()
    #expect(outcome.status != .success)
    #expect(isHarmless(outcome.standardOutput + outcome.standardError), "\(outcome.standardError.debugDescription)")
  }

  @Test func `so is the path of the state directory`() throws {
    let scratch = try ScratchState()
    var environment = scratch.environment
    environment["BGSH_STATE_DIR"] = try "\(scratch.write("", to: "file"))/\(Self.hostile)"
    for words in [["jobs"], ["doctor"], ["-c", "true &bg"]] {
      let outcome = try Command(BuiltProducts.bgsh, words, environment: environment, directory: scratch.path).run()
      #expect(outcome.status != .success)
      #expect(isHarmless(outcome.standardOutput + outcome.standardError), "\(outcome.standardError.debugDescription)")
    }
  }

  @Test func `what the library says in the shell is harmless too`() throws {
    let scratch = try ScratchState()
    var environment = scratch.environment
    environment["BGSH_STATE_DIR"] = "\(scratch.path)/ä\(Self.hostile.dropLast(2))"
    // The file of the next task is there when its number is.
    let script = """
      true &bg wait
      until [[ -e $BGSH_STATE_DIR/output/2 ]]; do :; done
      rm -r "$BGSH_STATE_DIR"/output; true &bg
      echo $?
      """
    let outcome = try Command(
      BuiltProducts.bgsh, ["--notify", "off", "-c", script], environment: environment, directory: scratch.path
    )
    .run()
    #expect(outcome.standardOutput == "1\n")
    #expect(
      outcome.standardError.hasPrefix("bgsh: no task can be started: cannot open '\(scratch.path)/äx^[]0;owned^G"))
    #expect(outcome.standardError.unicodeScalars.allSatisfy { $0 == "\n" || $0.properties.generalCategory != .control })
  }

  @Test func `JSON holds every character, and shows none that is not seen`() throws {
    let scratch = try ScratchState()
    let command = ": 'a\u{1b}\u{9b}\u{202e}\u{200d}\u{ad}\u{e0041}b'"
    _ = try scratch.bgsh("--notify", "off", "-c", "\(command) &bg\nwait")
    let text = try scratch.bgsh("why", "--json", "@1").standardOutput
    #expect(text.contains(#"a\u001b\u009b\u202e\u200d\u00ad\udb40\udc41b"#))
    #expect(try JSON(parsing: text)["command"] == .string(command))
    let shown = try scratch.bgsh("why", "@1").standardOutput
    #expect(shown.contains(#"a^[\x9b<U+202E><U+200D><U+00AD><U+E0041>b"#))
  }

  @Test(arguments: ["name", "timeout", "kill-after", "limit"])
  func `a value that has become empty is an error, and not none at all`(flag: String) throws {
    let scratch = try ScratchState()
    let outcome = try scratch.bgsh("-c", "unset x; touch ran &bg --\(flag) \"$x\"\necho $?")
    #expect(outcome.standardOutput == "2\n")
    #expect(outcome.standardError.hasPrefix("bgsh: --\(flag): "))
    #expect(!FileTree.exists("\(scratch.path)/ran"))
  }

  @Test func `a very long word makes no very long message`() throws {
    let scratch = try ScratchState()
    for words in [
      ["jobs", "--\(String(repeating: "x", count: 100_000))"], ["kill", "@\(String(repeating: "x", count: 100_000))"],
    ] {
      let outcome = try Command(
        BuiltProducts.bgsh, words, environment: scratch.environment, directory: scratch.path
      ).run()
      #expect(outcome.status != .success)
      #expect(outcome.standardError.utf8.count < 3_000)
    }
  }
}
