extension RunnerFamily {
  /// The Test Anything Protocol: prove, tape, bats, node-tap.
  static let tap = RunnerFamily(
    commands: ["prove", "tape", "bats", "tap"],
    failures: ["not ok …", "# Failed test …", "✗ …"],

    messages: [
      "# got: …", "# expected: …", "operator: …", "expected: …", "actual: …", "error: …", "# Looks like …", "wanted: …",
      "found: …",
    ],
    places: ["# at … line 9.", "at: …", "# (in test file …"],
    summaries: [
      "1..9", "# tests 9", "# pass 9", "# fail 9", "Test Summary Report", "Files=9, Tests=9, …", "Result: FAIL",
      "Failed 9/9 test programs. …", "Failed 9/9 subtests", "Dubious, test returned …",
    ],
    consequences: ["Failed test: 9", "Failed tests: 9…"],
    noise: ["… (Wstat: …", "Non-zero exit status: 9", "ok 9…", "not ok … # TODO…", "… .. ok", "…... ok"])

  static let tex = RunnerFamily(
    commands: ["latex", "pdflatex", "xelatex", "lualatex", "latexmk", "tex"],
    failures: ["^! …", "….tex:9: …", "LaTeX Error: …"],
    mentions: ["Overfull …", "Underfull …", "LaTeX Warning: …"],
    messages: ["l.9 …"],
    consequences: ["Latexmk: Errors, …", "! Emergency stop.", "…==> Fatal error occurred, …"],
    noise: ["Transcript written on …", "Output written on …"])

  static let shell = RunnerFamily(
    commands: ["shellcheck"],
    failures: [
      "…: line 9: …: command not found", "…: line 9: …: …", "In … line 9:", "…: command not found",
      "Segmentation fault…",
    ],
    messages: ["^-- SC9: …", "^-- SC9 (…): …"],
    noise: ["^++ …"])

  /// What fetches and installs: apt, curl.
  static let system = RunnerFamily(
    commands: ["apt", "apt-get", "dpkg", "curl", "wget", "rsync"],
    failures: ["^E: …", "^curl: (9) …", "^wget: …", "dpkg: error …", "^rsync: …"],
    consequences: ["^rsync error: …"],
    noise: ["^W: …", "Get:9 …", "Hit:9 …", "Selecting previously unselected …", "Unpacking …", "Setting up …"])

  /// Docker, Compose, Terraform, Ansible, Kubernetes.
  static let containers = RunnerFamily(
    commands: ["terraform", "tofu", "ansible-playbook", "kubectl", "helm"],
    failures: [
      "ERROR: failed to solve: …", "> [… 9/9] …:", "Error response from daemon: …",
      "docker: Error response from daemon: …", "^Error: …", "fatal: […]: FAILED! …", "failed: […] …",
    ],
    messages: [" on … line 9, in …:", "with …,", "ERROR: process …"],
    consequences: [
      "The command '…' returned a non-zero code: 9", "ERROR: Service '…' failed to build…", "Dockerfile:9",
    ],
    noise: [
      "Unable to find image '…' locally", "…: Pulling from …", "…: Pulling fs layer", "…: Waiting",
      "…: Verifying Checksum",
      "…: Download complete", "…: Pull complete", "…: Already exists", "---> …", "Removing intermediate container …",
      "DONE …", "CACHED", "Step 9/9 : …",
    ])

  static let git = RunnerFamily(
    commands: ["git"],
    failures: ["^fatal: …", "CONFLICT (…): …", "! [rejected] …", "! [remote rejected] …", "error: pathspec …"],
    mentions: ["error: …", "diff …", "Files … and … differ", "Binary files … differ"],
    noise: [
      "hint: …", "remote: Counting objects…", "remote: Compressing objects…", "Receiving objects: …",
      "Resolving deltas: …",
    ])

  /// What looks whether the links of a text lead anywhere.
  static let links = RunnerFamily(
    commands: ["awesome_bot", "markdown-link-check", "lychee", "htmlproofer"],
    sections: ["Issues :-(", "> Links"],
    failures: ["[✖] …", "9. [L9] …", "….md: 9: MD9 …"],
    listed: ["9. …"],
    noise: ["Wrote …", "None ✓"])

  static let common = RunnerFamily(
    sections: ["Failures:", "FAILURES:", "Failed tests:", "Errors:", "… failures:"],
    listed: ["9) …"],
    messages: [
      "Expected: …", "Actual: …", "Expected …", "expected …", "Reason: …", "Caused by: …", "AssertionError…", "got …",
      "want …",
    ],
    consequences: [
      "exit status 9", "…Process exited with code: 9", "Exited with code 9", "Process exited with …",
      "Command exited with …", "… exited with 9",
      "… exited with code 9", "The command \"…\" exited with 9.", "Error: Process completed with exit code 9.",
      "… Command failed with exit code 9…", "Exit code: 9", "ERROR: Job failed…", "Aborting.", "Build failed…",
    ],
    noise: ["real 9m9.9s", "user 9m9.9s", "sys 9m9.9s", "real\t…", "user\t…", "sys\t…"])
}
