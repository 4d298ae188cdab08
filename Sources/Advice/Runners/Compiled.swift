extension RunnerFamily {
  static let go = RunnerFamily(
    commands: ["go", "gotestsum", "golangci-lint", "ginkgo"],
    sections: ["Summarizing 9 Failure…"],
    failures: ["--- FAIL: …", "=== FAIL: …", "panic: …", "…: panic: …", "• Failure …"],
    listed: ["[Fail] …", "[FAIL] …"],
    mentions: ["^FAIL\t…", "^FAIL … [build failed]", "^FAIL … [setup failed]"],
    messages: [" …_test.go:9: …", "Error: …", "expected: …", "actual : …", "Error Trace: …"],
    places: [" …/….go:9 +0x…", "….go:9 +0x…"],
    summaries: ["^FAIL", "^ok …", "=== Failed"],
    consequences: ["exit status 9", "….go:9: exit status 9"],
    noise: [
      "^=== RUN …", "--- PASS: …", "^ok …", "^? …[no test files]", "^=== PAUSE …", "^=== CONT …", "^PASS",
      "^coverage: …", "go: downloading …",
    ])

  static let rust = RunnerFamily(
    commands: ["cargo", "rustc", "clippy"],
    sections: ["^failures:"],
    failures: ["---- … stdout ----", "---- … ----", "error[E9]: …"],
    mentions: ["error: …", "Diff in … at line 9:", "Diff in …:9:"],
    messages: ["thread '…' panicked at '…", "assertion …", "left: …", "right: …"],
    places: [
      "--> …:9:9", "9: …", "at …/library/…:9:9", "thread '…' panicked at …:9:9:", "thread '…' (9) panicked at …:9:9:",
    ],
    summaries: ["test result: …", "error: aborting due to …"],
    consequences: [
      "test … ... FAILED", "error: test failed, to rerun pass …", "error: could not compile …",
      "error: Could not compile …", "error: 9 target failed:", "Caused by:",
      "process didn't exit successfully: …", "stack backtrace:",
    ],
    noise: [
      "test … ... ok", "Compiling …", "Downloaded …", "Downloading …", "Finished …", "Running …", "warning: …",
      "note: run with `RUST_BACKTRACE=1` …", "note: Run with `RUST_BACKTRACE=1` …", "For more information about …",
      "To learn more, run …", "Some errors have detailed explanations: …", "test … ... ignored",
    ])

  static let swift = RunnerFamily(
    commands: ["swift", "swiftc"],
    failures: ["…:9: error: …", "✘ Test … recorded an issue …", "Fatal error: …", "…: Fatal error: …"],
    mentions: ["✘ …", "✘ Test … failed after …", "Test Case '…' failed …", "error: …"],
    messages: ["↳ …"],
    summaries: ["Executed 9 test…", "Test Suite '…' failed…", "✘ Test run with …"],
    consequences: [
      "error: fatalError", "error: emit-module command failed…", "error: Exited with …", "✘ Suite … failed …",
    ],
    noise: [
      "Test Case '…' passed…", "Test Case '…' started…", "Test Suite '…' started…", "Test Suite '…' passed…", "◇ …",
      "✔ …",
    ])

  static let xcode = RunnerFamily(
    commands: ["xcodebuild", "xctool", "fastlane"],
    failures: ["❌ …", "✗ …", "xcodebuild: error: …", "- ERROR | …", "…:9:9: error: …"],
    summaries: ["Failing tests:", "** BUILD FAILED **", "** TEST FAILED **", "The following build commands failed:"],
    consequences: ["The command \"…\" failed…"],
    noise: ["▸ …", "⚠️ …", "warning: …"])

  static let cFamily = RunnerFamily(
    commands: ["gcc", "g++", "cc", "clang", "clang++", "ld"],
    failures: [
      "…:9:9: error: …", "…:9:9: fatal error: …", "…:9: error: …", "…:9: fatal error: …", "…: undefined reference to …",
      "…: multiple definition of …", "…ld: cannot find …", "…ld: …undefined …", "Undefined symbols for architecture …",
      "…: undefined symbol: …", "…: fatal error: …", "…==ERROR: …Sanitizer: …", "…: runtime error: …",
      "==9== Invalid …", "==9== … definitely lost …", "==9== Conditional jump …", "…(9): error …: …",
      "…(9,9): error …: …",
      "…(9) : error …: …", "….sh: line 9: …",
    ],
    places: [" #9 0x… in …"],
    summaries: [
      "…: note: …", "9 error generated.", "9 errors generated.", "9 warnings and 9 error…", "9 warning generated.",
      "9 warnings generated.",
    ],
    consequences: [
      "collect2: error: ld returned 9 exit status", "collect2…: ld returned 9 exit status",
      "cc1: all warnings being treated as errors",
      "…: error: linker command failed …", "compilation terminated.",
    ],
    noise: ["In file included from …", "from …:9:…", "from …:9,", "…:9:9: warning: …"])

  /// Google Test, Catch2, doctest, Boost.Test, Check, and the test drivers of Automake and of Tcl programs.
  static let cTests = RunnerFamily(
    failures: [
      "…:9: Failure", "…(9): error: …", "…:9: FAILED:", "…(9): FAILED:", "…(9): ERROR: …", "…:9:F:…", "…:9:E:…",
      "[err]: …", "Assertion failed: …", "…: Assertion `…' failed.", "…: Assertion `…` failed.",
    ],
    mentions: ["[ FAILED ] …"],
    messages: ["Expected…: …", "Actual: …", "Which is: …", "with expansion:", "Value of: …", "values: …"],
    summaries: [
      "test cases: …", "assertions: …", "9 FAILED TEST…", "[ FAILED ] 9 test…", "# FAIL: 9", "# TOTAL: 9", "# PASS: 9",
      "Testsuite summary …",
    ],
    noise: ["[ OK ] …", "[ RUN ] …", "[---…", "[ PASSED ] …", "^PASS: …", "^SKIP: …", "^XFAIL: …", "[ok]: …"])
}
