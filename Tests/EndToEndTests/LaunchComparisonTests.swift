import TestSupport
import Testing

/// `LIST &bg` compared with `LIST &` in bash: what the list writes, how it ends, and what the shell finds afterwards.
struct LaunchComparisonTests {
  /// A script whose lists are launched as tasks; `&bg` stands for the operator in both shells.
  struct Script: Sendable, CustomTestStringConvertible {
    let before: String
    /// Its own output goes to descriptor 8, so that only the lists write to the output compared.
    let launch: String
    /// What stands for it in bash.
    private let model: String
    let after: String

    init(_ launch: String, before: String = "", after: String = "", model: String? = nil) {
      self.before = before
      self.launch = launch
      self.model = model ?? launch
      self.after = after
    }

    var testDescription: String { before.isEmpty ? launch : "\(before); \(launch)" }

    /// The script for bash, which keeps the process IDs.
    fileprivate func textForBash(isSplit: Bool) -> String {
      let ampersand = "& pids+=($!)"
      let launch = (model + "\n").replacing("&bg ;;", with: "\(ampersand) ;;")
        .replacing("&bg\n", with: "\(ampersand)\n").replacing("&bg ", with: "\(ampersand); ")
      return text(
        launch: launch,
        report:
          #"for pid in "${pids[@]}"; do st=0; wait "$pid" || st=$?; echo $st >>"$HOME/statuses"; done 2>/dev/null"#,
        errors: isSplit ? "2>>\"$HOME/task.err\"" : "2>&1")
    }

    /// The script for bgsh, which keeps records.
    fileprivate func textForBgsh(isSplit: Bool) -> String {
      text(
        launch: (isSplit ? launch.replacing("&bg", with: "&bg --split") : launch) + "\n", report: ":", errors: "2>&1")
    }

    private func text(launch: String, report: String, errors: String) -> String {
      """
      pids=()
      \(before)
      exec 8>&1 9>&2 >>"$HOME/task.out" \(errors)
      \(launch)
      exec >&8 2>&9 8>&- 9>&-
      \(report)
      \(after)
      """
    }
  }

  /// What a script left.
  struct Result: Hashable {
    /// Line by line; of several tasks in no order.
    var output: [Substring]
    /// What went to standard error where that is kept apart.
    var errors: [Substring]
    var statuses: [Ending]
    var shellOutput: String
    var shellErrors: String
    var shellStatus: Ending

    init(output: String, errors: String, statuses: [Ending], shell: Outcome, in scratch: ScratchState) {
      func lines(_ text: String) -> [Substring] {
        let lines = text.replacing(scratch.path, with: "/scratch").split(
          separator: "\n", omittingEmptySubsequences: false)
        return statuses.count > 1 ? lines.sorted() : lines
      }
      self.output = lines(output)
      self.errors = lines(errors)
      self.statuses = statuses
      shellOutput = shell.standardOutput
      shellErrors = shell.standardError
      shellStatus = shell.status
    }
  }

  private static func resultOfBash(_ script: Script, isSplit: Bool) throws -> Result {
    let scratch = try ScratchState()
    // By env: then it is called `bash`, and says so in its messages.
    let shell = try scratch.command("env", "bash", "-c", script.textForBash(isSplit: isSplit)).run()
    let statuses = ((try? FileTree.text("\(scratch.home)/statuses")) ?? "").split(separator: "\n")
    return Result(
      output: try FileTree.text("\(scratch.home)/task.out"),
      errors: isSplit ? try FileTree.text("\(scratch.home)/task.err") : "",
      statuses: statuses.compactMap { Int32($0) }.map(Ending.exited), shell: shell, in: scratch)
  }

  private static func resultOfBgsh(_ script: Script, isSplit: Bool, taskCount: Int) throws -> Result {
    let scratch = try ScratchState()
    let shell = try scratch.bgsh("--notify", "off", "-c", script.textForBgsh(isSplit: isSplit))
    var statuses: [Ending] = []
    var (output, errors) = ("", "")
    for id in (1...taskCount).map(Int64.init) {
      statuses.append(try scratch.waitStatus(of: id))
      output += try scratch.bgsh("output", "--stdout", "@\(id)").standardOutput
      if isSplit { errors += try scratch.bgsh("output", "--stderr", "@\(id)").standardOutput }
    }
    return Result(output: output, errors: errors, statuses: statuses, shell: shell, in: scratch)
  }

  @Test(arguments: statuses + texts + grammar + state + errors + subshells, [false, true])
  func `a task does what the list does after a plain ampersand`(script: Script, isSplit: Bool) throws {
    let expected = try Self.resultOfBash(script, isSplit: isSplit)
    let taskCount = expected.statuses.count
    try #require(taskCount > 0)
    let result = try Self.resultOfBgsh(script, isSplit: isSplit, taskCount: taskCount)
    #expect(result == expected)
  }

  static let statuses: [Script] = [
    .init("true &bg", after: "echo $?"),
    .init("false &bg", after: "echo $?"),
    .init("exit 7 &bg"),
    .init("f &bg", before: "f() { exit 5; }"),
    .init("f &bg", before: "f() { return 6; }"),
    .init("{ exit 256; } &bg"),
    // What a signal ends bash tells of, at whatever moment it learns of it: MonitoringTests has those.
    .init("{ sh -c 'kill -TERM $$'; exit $?; } 2>/dev/null &bg"),
    .init("{ sh -c 'kill -SEGV $$'; exit $?; } 2>/dev/null &bg"),
    .init("no-such-command-here &bg"),
    .init("/etc/passwd &bg"),
    .init("[[ a == b ]] &bg"),
    .init("((0)) &bg"),
    .init("false && echo no || echo yes &bg"),
    .init("true && false &bg"),
    .init("false | true &bg"),
    .init("true | false &bg"),
    .init("( exit 3 ) &bg"),
    .init("x=$(exit 9) &bg"),
    .init("echo \"$(echo sub; exit 4)\" &bg"),
    .init("exec sh -c 'exit 8' &bg"),
    .init("exec no-such-command-here &bg"),
    .init("{ sleep 0 & wait; exit 3; } &bg"),
    .init("{ trap 'echo trapped; exit 4' TERM; kill $BASHPID; exit 5; } &bg"),
    .init("{ trap 'echo at exit' EXIT; exit 6; } &bg"),
    .init("echo in the task &bg", before: "trap 'echo bye' EXIT"),
    .init("time true &bg", before: "TIMEFORMAT=timed"),
    .init("true &bg false &bg exit 3 &bg"),
  ]

  static let texts: [Script] = [
    .init("cat <<E &bg\nhello $x\nE", before: "x=there"),
    .init("cat <<'E' &bg\nhello $x `y`\nE"),
    .init("cat <<-E &bg\n\tone\n\t\ttwo\n\tE"),
    .init("{ cat <<E\nin\nE\necho after; } &bg"),
    .init("for i in 1 2; do cat <<E; done &bg\nround $i\nE"),
    .init("cat <<A - <<B &bg\na\nA\nb\nB"),
    .init("cat <<E | tr a-z A-Z &bg\nshout\nE"),
    .init("while read -r l; do echo \"<$l>\"; done <<E &bg\none\ntwo\nE"),
    .init("cat <<<\"$x\" &bg", before: "x='a  b'"),
    .init("echo a &bg # a comment"),
    .init("{ echo a # a comment\n} &bg"),
    .init("{ echo a # '\n} &bg # ' \""),
    .init("echo 'it'\\''s' \"q\" $'t\\tab' &bg"),
    .init("echo \\\n continued &bg"),
    .init("echo $'\\001\\377' | od -c &bg"),
    .init("echo grüße 日本 &bg"),
    .init("printf '%s\\n' \"a\nb\" &bg"),
    .init("echo $LINENO &bg\necho $LINENO >&8"),
    .init("{ echo $LINENO\necho $LINENO\n} &bg\necho $LINENO >&8"),
    .init("cat <<E &bg\n$LINENO\nE\necho $LINENO >&8"),
    .init("f() {\necho $LINENO &bg\n}\nf\necho $LINENO >&8"),
  ]

  static let grammar: [Script] = [
    .init("if true; then echo a &bg fi"),
    .init("if false; then :; else echo b &bg fi"),
    .init("if false &bg then echo yes >&8; fi"),
    .init("while ((i++ < 3)); do echo $i &bg done", before: "i=0"),
    .init("until ((++i > 2)); do echo $i &bg done", before: "i=0"),
    .init("for i in a b c; do echo $i &bg done; echo end >&8"),
    .init("for ((i = 0; i < 3; i++)); do echo $i &bg done"),
    .init("case x in x) echo a &bg ;; esac"),
    .init("case x in x) echo a &bg\n;; esac"),
    .init("for i in 1 2 3; do { break; echo no; } &bg done"),
    .init("for i in 1 2 3; do { continue; echo no; } &bg done"),
    .init("{ for i in 1 2 3; do [[ $i == 2 ]] && break; echo $i; done; } &bg"),
    .init("f() { { echo x; return 3; echo no; } &bg }; f"),
    .init("f() { local v=inner; echo $v ${FUNCNAME[0]} $1 &bg }; f arg"),
    .init("f() { echo \"$@\"; }; f 'a b' c &bg"),
    .init("{ echo one; echo two; } | sort -r &bg"),
    .init("{ echo out; echo err >&2; } |& sort &bg"),
    .init("( cd /; pwd ) &bg pwd >/dev/null"),
    .init("select x in a; do echo; done </dev/null &bg"),
    .init("cat <(echo sub) &bg"),
    .init("{ coproc cat; echo hi >&${COPROC[1]}; read -r l <&${COPROC[0]}; echo \"$l\"; } &bg"),
    .init("eval 'echo evaluated; (exit 4)' &bg"),
    .init("source ./file &bg", before: "echo 'echo sourced; return 5' >file"),
    .init("hi world &bg", before: "shopt -s expand_aliases\nalias hi='echo hello'"),
    .init("[[ ab =~ a(.) ]] && echo ${BASH_REMATCH[1]} &bg"),
    .init("x=1 env | grep ^x= &bg"),
    .init("echo >file written &bg", after: "for i in {1..500}; do [[ -s file ]] && break; sleep .01; done; cat file"),
  ]

  static let state: [Script] = [
    .init("echo $x \"${a[@]}\" ${m[k]} &bg", before: "x=5 a=(1 '2 3'); declare -A m=([k]=v)"),
    .init("{ x=6; echo $x; } &bg", before: "x=5", after: "echo $x"),
    .init("echo \"$1\" $# \"$@\" &bg", before: "set -- 'a b' c"),
    .init("(exit 3); echo $? &bg", after: "echo $?"),
    .init("{ (exit 3); }; { echo $?; } &bg"),
    .init("true; [[ $! == $old ]] && echo same &bg", before: "sleep 0 & old=$!"),
    .init("pwd &bg", before: "mkdir sub; cd sub"),
    .init("echo $- &bg"),
    .init("umask &bg", before: "umask 027"),
    .init("ulimit -n &bg", before: "ulimit -S -n 300"),
    .init("shopt -p nullglob extglob &bg", before: "shopt -s nullglob extglob"),
    .init("echo $SHLVL $BASH_ARGV0 $0 &bg"),
    .init("env | grep -v ^BGSH_ | sort &bg", before: "export seen=yes; hidden=no"),
    .init("ls /proc/self/fd | wc -l &bg"),
    .init("tty &bg"),
    .init("{ read -r line; echo $?; } &bg"),
  ]

  static let errors: [Script] = [
    .init("{ false; echo no; } &bg", before: "set -e"),
    .init("{ echo yes; false; } &bg", before: "set -e", after: "echo alive"),
    .init("f &bg", before: "set -e; f() { false; echo no; }"),
    .init("false || echo saved &bg", before: "set -e"),
    .init("{ echo \"$nothing\"; echo no; } &bg", before: "set -u", after: "echo alive"),
    .init("{ r=2; echo no; } &bg", before: "readonly r=1", after: "echo alive"),
    .init("r=2 &bg", before: "readonly r=1", after: "echo $r"),
    .init("{ echo ${x:?unset}; echo no; } &bg"),
    .init("cat /no/such/file &bg"),
    .init("echo hi >/no/such/file &bg"),
    .init("eval 'if' &bg"),
    .init("{ eval ')'; echo $?; } &bg"),
    .init("{ false; true; } &bg", before: "trap 'echo err' ERR"),
    .init("{ set -x; echo traced; } &bg"),
    .init("echo $((1/0)) &bg"),
    .init("shopt -s failglob; echo /no/such/*glob &bg"),
    .init("let 'x = ' &bg"),
  ]

  /// A task is `( LIST ) &`: bash treats a simple command alone before `&` in ways of its own.
  static let subshells: [Script] = [
    .init("false | true &bg", before: "set -o pipefail", model: "( false | true ) &bg"),
    .init("! true &bg", model: "( ! true ) &bg"),
    .init("! false &bg", model: "( ! false ) &bg"),
    .init("echo \"$nothing\" &bg", before: "set -u", model: "( echo \"$nothing\" ) &bg"),
    .init("echo ${x?unset} &bg", after: "echo alive", model: "( echo ${x?unset} ) &bg"),
    .init("false &bg", before: "set -E; trap 'echo err' ERR", model: "( false ) &bg"),
  ]
}
