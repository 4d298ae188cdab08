import Glibc
import TestSupport
import Testing

/// bgsh by the name of bash, as an agent's own shell: that takes only a path that holds `bash`, and is called as Claude Code
/// calls it.
struct AgentShellTests {
  private let scratch: ScratchState
  private let shell: String

  init() throws {
    scratch = try ScratchState()
    shell = "\(scratch.path)/libexec/bgsh/bash"
    try FileTree.makeDirectories("\(scratch.path)/libexec/bgsh")
    try #require(symlink(BuiltProducts.bgsh, shell) == 0)
  }

  /// A command as it is wrapped: one single-quoted literal, in which a quote is `'"'"'` or `'\''`.
  private func wrapped(_ command: String, quote: String = #"'"'"'"#) -> String {
    "shopt -u extglob 2>/dev/null || true && eval '\(command.replacing("'", with: quote))' < /dev/null "
      + "&& pwd -P >| \(scratch.path)/cwd"
  }

  private func run(_ shell: String, _ text: String) throws -> Outcome {
    var command = scratch.command(shell, "-c", "-l", text)
    command.environment["CLAUDECODE"] = "1"
    return try command.run()
  }

  @Test(arguments: [#"'"'"'"#, #"'\''"#])
  func `a task is launched, and the rest goes on`(quote: String) throws {
    let command = "cd /usr; echo \"it's\" 'in quotes' &bg --name x --timeout 5m; cd /"
    let outcome = try run(shell, wrapped(command, quote: quote))
    #expect(outcome.status == .success)
    #expect(outcome.standardError.hasPrefix("[@1 x] started: echo \"it's\" 'in quotes'\n"))
    #expect(try FileTree.text("\(scratch.path)/cwd") == "/\n")
    #expect(try scratch.waitForEnd(of: 1)["cwd"] == "/usr")
    #expect(try scratch.output(of: 1) == "it's in quotes\n")
  }

  @Test func `a task is no child of the shell, and outlives it`() throws {
    let gate = try Gate(in: scratch)
    #expect(try run(shell, wrapped("{ read <gate; exit 7; } &bg")).status == .success)
    try gate.open()
    #expect(try scratch.waitForEnd(of: 1)["exit_code"] == 7)
  }

  /// What is no operator stays what it is in bash. Each of them goes through bgsh's hands.
  static let texts = [
    "echo '&bg'", #"echo "&bg 'x' $HOME" '$HOME'"#, "cat <<E\n&bg $((1+1))\nE", "cat <<'E'\n&bg $HOME\nE",
    "echo a # &bg",
    "[[ '&bg' == *bg ]] && echo yes", "echo $((5&3)) \\&bg", "case '&bg' in '&bg') echo case;; esac",
    "x='&bg'; echo \"$x\" ${x#&}", "false '&bg'", "exit 3 '&bg'", "echo '&bg' | cat; echo ${PIPESTATUS[@]}",
    "f() { echo \"$1\"; return 4; }; f '&bg'", "echo '&bg", "echo '&bg'; (", "echo '&bg'; nonesuch",
    "echo a; echo '&bg' >&2; set -e; false; echo no", "printf '%s\\n' 'it'\\''s &bg'", "cat; echo '&bg'",
    "cd /usr; echo '&bg'", "export A=1; echo '&bg' $A; unset A", "echo '&bg'; kill -TERM $$",
    "eval 'echo \"&bg\"'", "echo `echo '&bg'`", "shopt extglob; echo '&bg'", "echo $0 $# '&bg'",
    "echo $LINENO '&bg'\necho $LINENO",
  ]

  /// Each is called by a path of its own.
  private func withoutPaths(_ text: String) -> String { text.replacing(#/[\w\/.-]*\/bash\b/#, with: "bash") }

  @Test(arguments: texts, [#"'"'"'"#, #"'\''"#])
  func `everything else is bash's`(text: String, quote: String) throws {
    let wrapped = wrapped(text, quote: quote)
    func outcome(_ shell: String) throws -> (Outcome, directory: String?) {
      unlink("\(scratch.path)/cwd")
      let outcome = try run(shell, wrapped)
      return (outcome, try? FileTree.text("\(scratch.path)/cwd"))
    }
    let (bash, bgsh) = (try outcome("bash"), try outcome(shell))
    #expect(bgsh.0.status == bash.0.status)
    #expect(withoutPaths(bgsh.0.standardOutput) == withoutPaths(bash.0.standardOutput))
    #expect(withoutPaths(bgsh.0.standardError) == withoutPaths(bash.0.standardError))
    #expect(bgsh.directory == bash.directory)
  }

  @Test func `what is wrong with an operator is said, and nothing of the text runs`() throws {
    let outcome = try run(shell, wrapped("echo not run; true &bg --bogus"))
    #expect(outcome.status == .exited(2))
    #expect(outcome.standardOutput.isEmpty)
    #expect(outcome.standardError.contains("unknown flag '--bogus'"))
  }
}
