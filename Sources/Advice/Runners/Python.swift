extension RunnerFamily {
  static let pytest = RunnerFamily(
    commands: ["pytest", "py.test", "tox", "nox"],
    sections: ["===… FAILURES ===…", "===… ERRORS ===…"],
    failures: ["^___… …___", "^_ …_ _"],
    mentions: ["FAILED …::…", "ERROR …::…", "ERROR …", "…::… FAILED…", "…::… ERROR…"],
    messages: ["^E  …"],
    places: ["^…:9: …Error", "^…:9: …", "^…:9: …Exception"],
    summaries: ["===… short test summary…", "===… warnings summary…", "===… 9 failed…", "---… Captured …"],
    noise: ["… PASSED…", "… SKIPPED…", "… XFAIL…", "self = <…", "request = <…", "-- Docs: …"])

  static let unittest = RunnerFamily(
    commands: ["unittest", "nosetests", "manage.py"],
    failures: ["^FAIL: …", "^ERROR: … (…)", "Failed example:"],
    messages: ["Expected:", "Got:"],
    summaries: ["^Ran 9 test…", "FAILED (…)"],
    noise: ["… ... ok", "… ... skipped…"])

  static let pythonTools = RunnerFamily(
    commands: ["python", "python3", "pip", "pip3", "uv", "poetry", "mypy", "flake8", "ruff", "pylint", "black"],
    failures: [
      "…:9: error: …", "…:9:9: error: …", "ERROR: Could not find a version …", "ERROR: No matching distribution …",
    ],
    mentions: ["would reformat …", "ERROR: …"],
    places: ["File \"…\", line 9…"],
    summaries: ["Found 9 error…", "^___… summary ___…"],
    consequences: ["ERROR: InvocationError …", "ERROR: …: commands failed"],
    noise: ["Requirement already satisfied: …", "Collecting …", "Downloading …", "[notice] …"])
}
