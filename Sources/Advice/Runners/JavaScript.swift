extension RunnerFamily {
  static let jest = RunnerFamily(
    commands: ["jest", "react-scripts"],
    failures: ["● … › …", "● …", "^FAIL …: …"],
    mentions: ["^FAIL …", "✕ …"],
    messages: ["Expected: …", "Received: …", "expect(…", "Cannot find module …", "SyntaxError: …", "> 9 | …"],
    places: ["at …:9:9)", "at …:9:9"],
    summaries: ["Test Suites: …", "Tests: …", "Snapshots: …", "Ran all test suites…", "Summary of all failing tests"],
    noise: ["^PASS …", "✓ …", "√ …", "● Console", "○ skipped …"])

  static let vitest = RunnerFamily(
    commands: ["vitest"],
    sections: ["⎯… Failed Tests …", "⎯… Failed Suites …"],
    failures: ["FAIL … > …"],
    mentions: ["× …", "❯ … (9 tests | 9 failed…", "FAIL …"],
    messages: ["AssertionError: …", "→ …"],
    places: ["❯ …:9:9"],
    summaries: ["Test Files …", "Tests 9 failed…", "Start at …", "⎯⎯…"],
    noise: ["- Expected…", "+ Received…"])

  static let mocha = RunnerFamily(
    commands: ["mocha", "cypress", "nyc"],
    sections: ["9 failing"],
    listed: [" 9) …", " 9)"],
    messages: ["AssertionError…", "Uncaught …"],
    summaries: ["9 passing…", "9 pending"],
    noise: ["+ expected - actual"])

  static let nodeTest = RunnerFamily(
    sections: ["✖ failing tests:"],
    failures: ["test at …:9:9"],
    listed: ["✖ …"],
    summaries: ["ℹ …"],
    noise: ["✔ …", "▶ …", "duration_ms: …", "failureType: …", "type: …"])

  /// Karma, Jasmine, Playwright, AVA, QUnit: what runs in browsers, or looks as if it did.
  static let browsers = RunnerFamily(
    commands: ["karma", "jasmine", "playwright", "ava"],
    sections: ["Failures:"],
    failures: ["9) […] › …", "… FAILED", "✖ …", "… (…) ERROR"],
    listed: ["9) …"],
    mentions: ["✘ …"],
    messages: ["Expected …", "Message:", "Disconnected…"],
    summaries: ["Executed 9 of 9…", "…: Executed 9 of 9…", "9 specs, …", "9 failed"],
    consequences: ["… ERROR […]: ✖ …", "'…' errored after …"],
    noise: ["✔ …", "…: Executed 9 of 9 SUCCESS…"])

  static let javaScriptTools = RunnerFamily(
    commands: ["tsc", "eslint", "webpack", "vite", "esbuild", "rollup", "standard", "xo"],
    failures: [
      "…(9,9): error TS9: …", "…:9:9 - error TS9: …", " 9:9 error …", "ERROR in …", "✘ [ERROR] …",
      "[!] …", "error TS9: …", " line 9, col 9, …", "…: line 9, col 9, Error - …",
      "ERROR: (…) …[9, 9]: …", "ERROR: …:9:9 - …", " 9:9 ✖ …", "Error -… …:9:9",
    ],
    summaries: [
      ">> 9 error in 9 file…", ">> 9 errors in 9 file…", "✖ 9 problem…", "Found 9 error…", "9 problem…",
      "webpack … compiled with …",
    ],
    noise: [" 9:9 warning …"])

  static let npm = RunnerFamily(
    consequences: [
      "npm ERR! code ELIFECYCLE", "npm ERR! errno 9", "npm ERR! …: `…`", "npm ERR! Exit status 9",
      "npm ERR! Failed at the …", "npm ERR! Test failed. …", "npm ERR! Lifecycle script …",
      "npm error Lifecycle script …",
      "npm error code 9", "npm error command …", "npm error path …", "npm error workspace …", "npm error location …",
      "npm ERR! path …", "npm ERR! command …", "npm ERR! … failed with …", "npm ERR! … …: `…`",
      "lerna ERR! …", "Warning: Task \"…\" failed.…", "Aborted due to warnings.",
      "error Command failed with exit code 9.", "ELIFECYCLE …", "error Command failed.", "ERROR: \"…\" exited with 9.",
    ],
    noise: [
      "npm ERR!", "npm error", "npm ERR! This is probably not a problem with npm. …",
      "npm ERR! A complete log of this run …",
      "npm error A complete log of this run …", "npm ERR! …-debug.log", "npm error …-debug-9.log", "npm notice…",
      "info Visit …", "npm WARN …", "npm warn …", "> …@… …", "$ …",
    ])
}
