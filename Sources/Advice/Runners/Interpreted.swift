extension RunnerFamily {
  /// RSpec, Minitest, test-unit, Cucumber, RuboCop.
  static let ruby = RunnerFamily(
    commands: ["rspec", "rake", "ruby", "rails", "bundle", "rubocop", "cucumber", "minitest"],
    sections: ["^Failures:", "^Offenses:", "Failing Scenarios:"],
    failures: [
      "^Failure:", "^Error:", "9) Failure:", "9) Error:", "…:9:9: C: …", "…:9:9: W: …", "…:9:9: E: …", "…:9:9: F: …",
      "Failure: …(…)", "…:9:in …: … (…Error)",
    ],
    listed: [" 9) …"],
    messages: [
      "Failure/Error: …", "expected: …", "got: …", "expected …", "Minitest::Assertion: …", "Expected: …", "Actual: …",
    ],
    places: ["# …:9:in …", "# …:9", "…:9:in …", "from …:9:in …"],
    summaries: [
      "9 examples, …", "9 runs, …", "9 tests, …", "Finished in …", "Failed examples:", "9 files inspected, …",
      "9 scenarios (…",
    ],
    consequences: [
      "rspec …:9 # …", "rake aborted!", "Command failed with status (9)…", "Tasks: TOP => …",
      "(See full trace by running …", "bin/rails test …", "rails test …",
    ],
    noise: ["Using …", "Fetching …", "Installing …"])

  static let php = RunnerFamily(
    commands: ["php", "phpunit", "composer", "pest", "phpstan", "phpcs"],
    sections: ["There was 9 failure:", "There were 9 failures:", "There was 9 error:", "There were 9 errors:"],
    failures: [
      "PHP Fatal error: …", "PHP Parse error: …", "Fatal error: …", "Parse error: …", "Problem 9", "FAILED …::…",
      "FAIL …[…]",
    ],
    listed: ["^9) …"],
    mentions: [" 9 | ERROR | …", "FILE: …"],
    messages: ["Failed asserting that …", "Error: …", "--- Expected", "+++ Actual"],
    places: ["…/….php:9", "#9 …(9): …"],
    summaries: ["FAILURES!", "ERRORS!", "Tests: 9, …", "FOUND 9 ERROR…"],
    noise: ["… [9%]", "Installing …", "Downloading …"])

  static let elixir = RunnerFamily(
    commands: ["mix", "elixir", "iex"],
    failures: ["9) test …", "9) doctest …", "9) property …", "** (…) …", "== Compilation error in file … =="],
    messages: ["Assertion with …", "code: …", "left: …", "right: …", "Expected …", "** (…"],
    places: ["(…) …:9: …", "…:9: …/9", "…:9", "└─ …:9:…"],
    summaries: ["9 tests, 9 failure…", "9 doctest…, …", "Finished in …"],
    consequences: ["could not compile dependency …"],
    noise: ["Compiling 9 file…", "Generated …", "==> …"])

  /// Common Test, EUnit, rebar3, Dialyzer.
  static let erlang = RunnerFamily(
    commands: ["rebar3", "erlc", "rebar"],
    failures: ["… failed on line 9", "**error:…", "… *failed*", "%%% … ==> …: FAILED", "….erl:9: …", "….erl:9:9: …"],
    messages: ["Reason: …", "in function …", "Expected: …"],
    summaries: ["Testing …: TEST COMPLETE, …", "Failed: 9. …", "Failed 9 tests. …"],
    noise: ["….erl:9: Warning: …", "….erl:9:9: Warning: …"])

  /// GHC, Cabal, Stack, Hspec, tasty.
  static let haskell = RunnerFamily(
    commands: ["stack", "cabal", "ghc", "hlint"],
    sections: ["^Failures:"],
    failures: ["…:9:9: error:…", "…:9:9-9: error:…", "…: FAIL", "Tests failed: …"],
    listed: [" 9) …"],
    messages: ["• …", "Variable not in scope: …", "expected: …", "but got: …"],
    summaries: ["9 examples, …", "Randomized with seed …"],
    consequences: [
      "Process exited with code: ExitFailure 9…", "Test suite failure for package …", "…exited with: ExitFailure 9",
      "cabal: Failed to build …", "Error: cabal: Failed to build …",
    ],
    noise: ["…:9:9: warning:…", "[ 9 of 9] Compiling …", "[9 of 9] Compiling …", "…: OK", "…: OK (…)"])

  static let ocaml = RunnerFamily(
    commands: ["dune", "ocaml", "ocamlbuild", "opam"],
    failures: ["File \"…\", line 9, characters 9-9:"],
    messages: ["Error: …"],
    summaries: ["[ERROR] The compilation of … failed …"])

  /// Busted, and what tests editors and shells.
  static let scripts = RunnerFamily(
    commands: ["busted", "nvim", "vim", "pwsh"],
    failures: ["Failure → …", "Error → …", "(9/9) […] (X) …", "[-] …"],
    summaries: ["Tests completed in …"],
    noise: ["[+] …"])

  /// Clojure, Emacs Lisp.
  static let lisp = RunnerFamily(
    commands: ["lein", "clojure", "clj", "emacs"],
    failures: [
      "signal(…", "FAIL in (…", "ERROR in (…", "Test … condition:", "Debugger entered--Lisp error: …",
      "Symbol's value as variable is void: …", "Symbol’s value as variable is void: …",
    ],
    mentions: ["FAILED 9/9 …"],
    messages: ["expected: …", "actual: …"],
    summaries: ["Ran 9 tests …", "9 failures, 9 errors."],
    noise: ["passed 9/9 …"])

  static let r = RunnerFamily(
    commands: ["R", "Rscript"],
    failures: [
      "──… Failure…", "──… Error…", "── 9. …", "^Error in …", "^Error: …", "* checking … ERROR",
      "* checking … ... ERROR",
    ],
    messages: ["Backtrace:…", "ERROR: …"],
    summaries: ["[ FAIL 9 …", "══ …"],
    consequences: ["Execution halted", "Calls: …"],
    noise: ["* checking … OK"])

  static let dart = RunnerFamily(
    commands: ["dart", "flutter", "pub"],
    failures: ["9:9 +9 -9: … [E]", "9:9 +9 ~9 -9: … [E]", "error • …"],
    messages: ["Expected: …", "Actual: …", "Which: …"],
    summaries: ["9:9 +9 -9: Some tests failed."],
    noise: ["9:9 +9: …", "info • …"])

  static let julia = RunnerFamily(
    commands: ["julia"],
    failures: ["…: Test Failed at …", "…: Error During Test at …", "ERROR: LoadError: …"],
    messages: ["Expression: …", "Evaluated: …", "Got exception …"],
    summaries: ["Test Summary: …"],
    consequences: ["ERROR: Some tests did not pass: …", "ERROR: Package … errored during testing"])
}
