/// What a kind of program prints when it fails: compilers, test runners, tools.
///
/// A family is a table of shapes (see `LineShape`) and nothing else. To teach the digest a new one, write such a table
/// in `Runners/` and name it in `RunnerFamily.all`.
struct RunnerFamily {
  /// The words in a command that mean this family: its failures then go before those of others.
  var commands: [String] = []
  /// What stands above the list of all failures, behind everything else that was printed.
  var sections: [LineShape] = []
  /// The first line of a failure.
  var failures: [LineShape] = []
  /// The first line of a failure where it stands below one of `sections`; anywhere else it is no more than a mention.
  var listed: [LineShape] = []
  /// A failure that is told while it happens, and again below one of `sections`.
  var mentions: [LineShape] = []
  /// What says most about a failure: the assertion, the exception, what was expected.
  var messages: [LineShape] = []
  /// Where in the program it happened: frames of a stack.
  var places: [LineShape] = []
  /// What ends the description of a failure, and says how much has failed.
  var summaries: [LineShape] = []
  /// What says only that something else has failed: shown if there is nothing better.
  var consequences: [LineShape] = []
  /// What never matters: what went well, hints, progress.
  var noise: [LineShape] = []

  static let all: [RunnerFamily] = [
    jest, vitest, mocha, nodeTest, browsers, javaScriptTools, npm, pytest, unittest, pythonTools, go, rust, swift,
    xcode,
    java, gradle, scala, dotNet, cFamily, cTests, make, cmake, ruby, php, elixir, erlang, haskell, ocaml, lisp, r, dart,
    julia,
    scripts, tap, tex, shell, system, containers, git, links, common,
  ]
}

/// What a line is for whoever looks for the reason of a failure.
enum LineRole {
  case section, failure, listed, mention, message, place, summary, consequence, noise
}
