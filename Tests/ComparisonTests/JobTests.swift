import TestSupport
import Testing

/// bash's own jobs, Ctrl-Z and what waits for them.
struct JobTests {
  @Test(arguments: stopped + background + pipelines + waiting + shells)
  func `jobs are bash's`(row: Row) throws { try compare(row) }

  static let stopped = [
    Row("Ctrl-Z, jobs, fg, Ctrl-C", "sleep 1000", .suspend, "jobs", "echo $?", "fg", .interrupt, "echo $?", "jobs"),
    Row("Ctrl-Z, bg, kill %", "sleep 1000", .suspend, "bg", "jobs", "p=$(jobs -p); disown -a; kill $p", "", "jobs"),
    Row("Ctrl-Z in a pipeline", "sleep 1000 | cat | cat", .suspend, "jobs", "fg", .interrupt, "echo ${PIPESTATUS[@]}"),
    Row(
      "Ctrl-Z in a list", "sleep 1000; echo next", .suspend, "jobs", "kill %1; while kill -0 %1; do :; done 2>/dev/null"
    ),
    Row("Ctrl-Z in a loop", "for i in 1 2; do sleep 1000; echo $i; done", .suspend, .interrupt, "jobs"),
    Row("Ctrl-Z in a function", "f() { sleep 1000; echo after $?; }; f", .suspend, "jobs", "fg", .interrupt),
    Row("Ctrl-Z in a subshell", "(sleep 1000; echo after)", .suspend, "jobs", "fg", .interrupt, "echo $?"),
    Row("Ctrl-Z in $( )", "echo $(sleep 1000)", .suspend, .interrupt, "echo $?", "jobs"),
    Row(
      "two stopped jobs", "sleep 1000", .suspend, "sleep 2000", .suspend, "jobs", "fg %1", .interrupt, "jobs", "%",
      .interrupt),
    Row(
      "job references", "sleep 1001", .suspend, "sleep 1002", .suspend, "jobs %?1001", "fg %?1001",
      .suspend, "fg %-", .interrupt, "jobs %+ %-"),
    Row(
      "the notice of a stopped job that is killed", "sleep 1000", .suspend,
      "kill -9 %1; while kill -0 %1; do :; done 2>/dev/null", "jobs"),
    Row("cat is stopped and goes on", "cat", "one", .suspend, "fg", "two", .endOfFile, "echo $?"),
    Row(
      "a job that stops to read", "{ cat & } 2>/dev/null; until [[ $(jobs -s) ]]; do :; done", "", "jobs", "fg",
      "typed", .endOfFile),
    Row("stty tostop", "stty tostop; { echo out & } 2>/dev/null; until [[ $(jobs -s) ]]; do :; done", "", "jobs", "fg"),
    Row("kill -STOP of one's own child", "sh -c 'kill -STOP $$; echo on'", "jobs", "fg"),
    Row("auto_resume", "auto_resume=exact", "sleep 1000", .suspend, "sleep 1000", .interrupt, "jobs"),
    Row("set +m", "set +m", "sleep 1000", .interrupt, "echo $?"),
  ]

  private static let two: Step = "{ sleep 1001 & sleep 1002 & } 2>/dev/null"

  /// Where bash's `jobs` sees the jobs of the shell, and where it does not.
  static let pipelines = [
    Row(
      "jobs in a pipeline", two, "jobs | wc -l", "jobs | cat", "echo | jobs", "echo | jobs %1", "command jobs | wc -l",
      "\\jobs -l | wc -l", "builtin jobs | wc -l", "eval jobs | wc -l", "x=jobs; $x | wc -l", "! jobs | wc -l",
      "jobs -x echo %1 | grep -c .", "jobs | jobs | wc -l", "jobs %7 | cat", "set -m; jobs | wc -l"),
    Row(
      "jobs in parentheses and groups", two, "(jobs) | cat", "(jobs)", "{ jobs; } | wc -l", "(jobs | wc -l)",
      "(jobs; jobs) | cat", "f() { jobs; }; f | wc -l; f", "while read; do jobs; break; done <<<x | wc -l",
      "jobs | (jobs; cat) | wc -l", "if jobs | grep -q 1002; then echo found; fi"),
    Row(
      "jobs in substitutions", two, "echo $(jobs | wc -l)", "echo $(jobs)", "n=$(jobs | wc -l); echo jobs $n",
      "echo `jobs | wc -l` jobs", "echo $(jobs; jobs | wc -l)", "cat <(jobs)", "jobs $(jobs | sed 's/.*/%1/;1q') | cat",
      "echo $(eval jobs) $(builtin jobs)", "jobs", "echo $(jobs) jobs"),
    Row("jobs in PS1", two, "PS1='$(jobs | wc -l) % '", "jobs", "(exit 3)"),
    Row("jobs in PROMPT_COMMAND", two, "PROMPT_COMMAND='n=$(jobs | wc -l); PS1=\"$n % \"'", "jobs", "true"),
    Row(
      "kill and wait in a pipeline", two, "echo jobs | kill -0 %1", "jobs -p | { read; kill -0 %2; }",
      "echo jobs | wait %1",
      "(kill -0 %1)", "echo $(kill -0 %1 && echo jobs)", "echo | { jobs; kill -0 %1; }"),
  ]

  private static let quiet: Step = "mkfifo g; { cat g >/dev/null & } 2>/dev/null"

  static let background = [
    Row("a job that ends", quiet, "jobs", .open("g"), "", "jobs"),
    Row("a job that fails", "mkfifo g; { (cat g; exit 3) & } 2>/dev/null", .open("g"), "", "jobs"),
    Row("a job that a signal ends", "{ sleep 1000 & } 2>/dev/null", "kill -SEGV %1; wait %1", "echo $?"),
    Row("set -b", "set -b", quiet, .text("echo ed"), .open("g"), .text("it"), .enter),
    Row("a notice during a line", quiet, .text("echo ed"), .open("g"), .text("it"), .enter),
    Row("jobs -l and -p", quiet, "jobs -l | sed 's/[0-9][0-9][0-9]*/PID/'", "[[ $(jobs -p) == $! ]] && echo same"),
    Row(
      "jobs -r and -s and -n", quiet, "sleep 1000", .suspend, "jobs -r", "jobs -s", "jobs -n",
      "jobs -x echo %1 | sed 's/[0-9]*//g'"),
    Row("disown", quiet, "disown", "jobs", .open("g"), ""),
    Row("disown -h and -a", quiet, "disown -h %1; jobs; disown -a; jobs", .open("g")),
    Row("disown of a stopped job", "sleep 1000", .suspend, "disown 2>/dev/null", "jobs"),
    Row("$! and its status", "{ (exit 7) & } 2>/dev/null; wait $!; echo $?", "echo ${!:+set}"),
    Row(
      "%string and %?string that are ambiguous", "{ sleep 1001 & sleep 1002 & } 2>/dev/null", "kill %sleep",
      "kill %?1001 %?1002; wait 2>/dev/null", ""),
    Row("no such job", "fg", "bg", "fg %7", "kill %7", "wait %7; echo $?", "disown %7", "jobs %7"),
    Row("a background list", "mkfifo g; { { cat g; echo in list; } & } 2>/dev/null", .open("g"), .see("in list"), ""),
    Row("stdin of a job without job control", "set +m; { cat & } 2>/dev/null; wait; echo $?"),
  ]

  // Whether bash tells of a job that was killed just before `wait` depends on which of the two it sees first: what is to
  // go at the end is disowned.

  static let waiting = [
    Row(
      "wait -n", "mkfifo g; { (cat g; exit 3) & sleep 1000 & } 2>/dev/null", "wait -n; echo $?", .open("g"), .see("3"),
      "p=$(jobs -p); disown -a; kill $p", ""),
    Row(
      "wait -n -p", "mkfifo g; { (cat g; exit 3) & } 2>/dev/null; p=$!",
      "wait -n -p who; echo $?; [[ $who == $p ]] && echo same", .open("g"), .see("same")),
    Row("wait -f", "{ sleep 0 & } 2>/dev/null; wait -f %1; echo $?"),
    Row("Ctrl-C ends wait", "{ sleep 1000 & } 2>/dev/null", "wait", .interrupt, "echo $?", "jobs"),
    Row("Ctrl-Z does not end wait", "{ sleep 1000 & } 2>/dev/null", "wait", .suspend, .interrupt, "jobs"),
    Row(
      "a trap interrupts wait", "trap 'echo usr1' USR1",
      "mkfifo g; { (cat g; kill -USR1 $$; sleep 1000) & } 2>/dev/null; wait; echo $?", .open("g"), .see("138"),
      "p=$(jobs -p); disown -a; kill $p"),
    Row("trap CHLD", "trap 'echo child' CHLD", "true", "/bin/true", "(exit 3)", "trap - CHLD"),
    Row(
      "coproc", "{ coproc C { cat; }; } 2>/dev/null", "echo hi >&${C[1]}; read -r l <&${C[0]}; echo $l",
      "exec {C[1]}>&-; wait $C_PID; echo $?"),
    Row("a process substitution", "cat <(echo one) <(echo two)", "echo x > >(cat); wait $!; echo $?"),
  ]

  static let shells = [
    Row(
      "suspend of a nested shell", "PS1='nested % ' bash --norc", "echo $SHLVL", "suspend", "jobs", "fg", "echo back",
      "exit 3", "echo $?"),
    Row(
      "suspend of a login shell", "suspend", "echo $?",
      in: Setup(files: ["home/.bash_profile": ". ~/.bashrc"], options: ["-l"])),
    Row("kill -STOP of the shell itself", "kill -STOP $$; echo back", .signal(18), .see("back"), "echo on"),
    Row("exit with a stopped job", "sleep 1000", .suspend, "exit", "echo still", "exit", "exit", .end),
    Row("Ctrl-D with a stopped job", "sleep 1000", .suspend, .endOfFile, .endOfFile, .end),
    Row("checkjobs", "shopt -s checkjobs", "{ sleep 1000 & } 2>/dev/null", "exit", "exit", .end),
    Row(
      "trap EXIT kills the jobs", "trap 'kill $(jobs -p); echo bye' EXIT", "{ sleep 1000 & } 2>/dev/null", "exit 4",
      .end),
    Row(
      "a shell in a shell", "bash --norc -i", "PS1='in % '", "sleep 1000", .suspend, "fg", .interrupt, "exit", "echo $?"
    ),
    Row("exec of a program", "exec sh -c 'echo ran; exit 5'", .end),
    Row("exec that fails", "exec no-such-program", "echo $?", "exec /etc/passwd", "echo $?"),
    Row("exec of a program with a stopped job", "sleep 1000", .suspend, "exec sh -c 'echo ran'", .end),
    Row("exec of the shell with a new environment", "exec env X=1 bash --norc", "PS1='% '", "echo $X", "exit 6", .end),
  ]
}
