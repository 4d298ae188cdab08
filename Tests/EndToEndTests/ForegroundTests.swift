import TestSupport
import Testing

/// Lines without `&bg`: what bash does with them is what bgsh does with them.
struct ForegroundTests {
  struct Lines: Sendable, CustomTestStringConvertible {
    let lines: [String]

    init(_ lines: String...) { self.lines = lines }

    var testDescription: String { lines.first ?? "" }
  }

  @Test(arguments: state + syntax + redirections + errors + options)
  func `lines do what they do in bash`(conversation: Lines) throws {
    let files = ["three": "1\n2\n3\n", "sourced": "echo sourced; v=1; return 4\n"]
    let (bgsh, bash) = try transcripts(files: files) { shell, transcript in
      for line in conversation.lines { transcript.append("\(line) => \(try shell.turn(line))") }
    }
    #expect(bgsh == bash)
  }

  static let state: [Lines] = [
    .init("cd /tmp; x=5; f() { echo f $x $1; }", "f hello; false", "echo $? $PWD"),
    .init("false", "", "echo $?", "(exit 3)", "# nothing", "echo $?"),
    .init("echo a b c", "echo $_", "true $_ x", "echo $_"),
    .init("alias hi='echo hello'", "hi there", "type hi", "unalias hi", "hi"),
    .init("a=(1 2 3); declare -A m=([k]=v)", "echo ${a[@]} ${m[k]}", "declare -p a m"),
    .init("export X=1; readonly Y=2", "env | grep ^X=", "Y=3", "echo $? $Y"),
    .init("f() {\n  local v=$1\n  echo \"<$v>\"\n}", "f 'a  b'", "declare -f f"),
    .init("set -- a 'b c'", "echo $# \"$2\"", "shift", "echo $1"),
    .init("umask 027", "umask", "ulimit -c 0", "ulimit -c"),
    .init("pushd /tmp", "dirs", "popd", "cd -"),
    .init("trap 'echo got usr1' USR1", "kill -USR1 $$", "trap", "trap - USR1", "trap"),
    .init("source ./sourced", "echo $? $v"),
    .init("echo $0 $SHLVL $BASH_SUBSHELL", "echo ${FUNCNAME[0]-none} ${BASH_SOURCE[0]-none}"),
    .init("[[ -t 0 && -t 1 && -t 2 ]] && echo terminals", "tty | sed 's/[0-9]*$//'", "stty -a"),
    .init("shopt -p"),
    .init(
      "type -t echo ls if nothing",
      "enable | grep -vE ' (__bgsh_.*|output|digest|notifications|why|rerun|prune|doctor)$'"),
    .init("TIMEFORMAT=timed", "time true", "time for i in 1; do :; done"),
    .init("echo $-"),
    .init("echo $((RANDOM < 40000)) $((SECONDS < 100))", "REPLY=x; echo $REPLY"),
    .init("printf '%s\\n' \"${BASH_VERSINFO[0]}\" \"$MACHTYPE\"", "echo ~ ~root"),
    .init("ls /proc/self/fd"),
    .init(
      "bash -c 'ls -l /proc/self/fd' | wc -l", "exec 7</dev/null", "ls /proc/self/fd", "exec 7<&-", "ls /proc/self/fd"),
  ]

  static let syntax: [Lines] = [
    .init("cat <<E\none $HOME\nE", "echo after"),
    .init("cat <<'A' - <<B\na $x\nA\nb\nB"),
    .init("echo 'a\nb' \"c\nd\""),
    .init("echo one \\\ntwo"),
    .init("for i in 1 2\ndo\necho $i\ndone"),
    .init("if true; then\necho yes\nfi"),
    .init("case x in\nx) echo matched;;\nesac"),
    .init("echo a; echo b >&2; { echo c; }; ( echo d )"),
    .init("! false", "echo $?", "! true", "echo $?"),
    .init("true && echo and || echo or", "false || echo or"),
    .init("echo $(echo sub) `echo old` <(:) | sed 's/[0-9]\\+//'"),
    .init("x=$(\necho inner\n)", "echo $x"),
    .init("echo {a,b}{1..3}", "echo $'t\\tab'", "echo \"${x:-default}\""),
    .init("while read -r l; do echo \"<$l>\"; done <three", "select x in a; do break; done <three"),
    .init("((x = 3 * 4)); echo $x", "[[ abc =~ b(.) ]]; echo ${BASH_REMATCH[1]}"),
    .init("coproc cat", "echo hi >&${COPROC[1]}; read -r l <&${COPROC[0]}; echo $l"),
    .init("echo grüße 日本", "echo -e 'a\\tb'", "   echo indented"),
  ]

  static let redirections: [Lines] = [
    .init("echo out >file; cat file", "echo more >>file; wc -l <file", "ls nope 2>errors; cat errors"),
    .init("exec 3>file", "echo three >&3", "exec 3>&-", "cat file", "echo no >&3"),
    .init("exec >file", "echo hidden", "exec >/dev/tty", "cat file"),
    .init("exec 5<three", "read -r l <&5; echo $l", "read -r l <&5; echo $l", "exec 5<&-"),
    .init("echo hi | cat | tr a-z A-Z", "seq 3 | while read -r n; do echo n=$n; done"),
    .init("set -o noclobber; echo a >file", "echo b >file", "echo c >|file; cat file"),
  ]

  static let errors: [Lines] = [
    .init("no-such-command-here", "echo $?", "/etc/passwd", "echo $?", "./nope", "echo $?"),
    .init("echo )", "echo $?"),
    .init("if; then", "echo $?"),
    .init("echo 'a\nb' )", "echo $?"),
    .init("cd /no/such/dir", "echo $?"),
    .init("echo ${x:?is not set}", "echo $?"),
    .init("set -u", "echo $nothing", "echo $?", "set +u", "echo $nothing"),
    .init("echo $((1/0))", "echo $?"),
    .init("return", "break", "continue", "shift 5; echo $?"),
    .init("trap 'echo failed' ERR", "false", "true", "(exit 2)", "trap - ERR", "false"),
    .init("unset -f nothing", "readonly r=1", "unset r", "kill -NOPE $$", "wait 1; echo $?"),
  ]

  static let options: [Lines] = [
    .init("shopt -s nullglob", "echo /nope*", "shopt -u nullglob", "echo /nope*"),
    .init("set -o pipefail", "false | true", "echo $?"),
    .init("set -f", "echo *", "set +f"),
    .init("set -n", "echo not suppressed"),
    .init("shopt -s autocd", "/tmp", "pwd"),
    .init("shopt -s extglob", "case ab in @(a|b)*) echo yes;; esac"),
    .init("set -o posix", "echo posix", "set +o posix", "echo bash"),
    .init("enable -n echo", "type echo", "enable echo", "type echo"),
  ]

  /// What the line form does not hide yet; the next issue's.
  static let machinery: [Lines] = [
    .init("set -x", "echo traced", "x=$(echo sub)", "set +x"),
    .init("set -v", "echo verbose", "set +v"),
    .init("trap 'echo debug: $BASH_COMMAND' DEBUG", "echo hi", "trap - DEBUG", "echo quiet"),
    .init("false | true | (exit 3)", "echo ${PIPESTATUS[@]}"),
    .init("declare -F"),
    .init("set -o"),
    .init("echo $LINENO", "echo $LINENO"),
    .init("compgen -v | grep -i bgsh | grep -v ^BGSH_"),
  ]

  @Test(arguments: machinery)
  func `nothing shows of how a line is run`(conversation: Lines) throws {
    let (bgsh, bash) = try transcripts { shell, transcript in
      for line in conversation.lines { transcript.append("\(line) => \(try shell.turn(line))") }
    }
    #expect(bgsh == bash)
  }

  @Test func `set -e ends the shell at the first failure`() throws {
    for kind in ShellKind.allCases {
      let scratch = try ScratchState()
      let shell = try kind.start(in: scratch)
      #expect(try shell.turn("set -e") == "")
      #expect(try shell.turn("true; if false; then :; fi; echo alive") == "alive\n")
      try shell.terminal.sendLine("(exit 7)")
      #expect(try shell.terminal.waitForExit() == .exited(7), "\(kind)")
    }
  }
}
