import TestSupport
import Testing

/// What children inherit, and what the shell says that it holds.
///
/// Names that begin with `BGSH_` or `__bgsh_` are bgsh's, by its documentation; nothing else may differ.
struct EnvironmentTests {
  @Test(arguments: descriptors + environments + listings)
  func `nothing is there but what bash has`(row: Row) throws { try compare(row) }

  /// Lists the descriptors of the program itself: where each leads, without numbers that a kernel counts up.
  private static let list = Setup(files: [
    "fds": """
    #!/usr/bin/python3
    import os, re, sys
    lines = []
    for number in sorted(map(int, os.listdir('/proc/self/fd'))):
        try: target = os.readlink('/proc/self/fd/%d' % number)
        except OSError: continue
        lines.append('%d %s' % (number, re.sub('[0-9]{3,}', 'N', target)))
    open(sys.argv[1], 'a').write('\\n'.join(lines) + '\\n')
    """
  ])

  static let descriptors = [
    Row("a program", "./fds seen", in: list),
    Row("in $( )", "x=$(./fds seen)", "x=`./fds seen`", in: list),
    Row("in a pipeline", "./fds seen-1 | ./fds seen-2 | ./fds seen-3", "{ ./fds seen-4; } | cat", in: list),
    Row("in the background", "{ ./fds seen & } 2>/dev/null; wait", in: list),
    Row("in a subshell and a function", "(./fds seen)", "f() { ./fds seen-f; }; f", in: list),
    Row("in <( ) and >( )", "cat <(./fds seen)", "echo > >(./fds seen-2); wait $!", in: list),
    Row(
      "with redirections", "./fds seen 3</dev/null 4>out 2>&1 <&-",
      "exec 5</dev/null; ./fds seen; exec 5<&-; ./fds seen", in: list),
    Row("with a here-document", "./fds seen <<E", "text", "E", "./fds seen <<<text", in: list),
    Row("in a coprocess", "{ coproc ./fds seen; } 2>/dev/null; wait", in: list),
    Row(
      "in PROMPT_COMMAND, PS0, PS1 and PS2", "PROMPT_COMMAND='./fds seen-command'",
      "PROMPT_COMMAND= PS1='$(./fds seen-ps1)% '", "PS1='% ' PS0='$(./fds seen-ps0)'",
      "PS0=; PS2='$(./fds seen-ps2)> '", "echo 'a", "b'", in: list),
    Row(
      "in a trap", "trap './fds seen' USR1", "kill -USR1 $$", "trap './fds seen-debug' DEBUG; true; trap - DEBUG",
      "trap './fds seen-exit' EXIT", in: list),
    Row(
      "in a completion and bind -x",
      "f() { ./fds seen; COMPREPLY=(x); }; complete -F f g; bind -x '\"\\C-xa\": ./fds seen-x'", .text("g "), .tab,
      .key(.control("x")), .text("a"), .interrupt, in: list),
    Row("after exec", "exec ./fds seen", .end, in: list),
    Row("of the startup file", "true", in: Setup(startupFile: "./fds seen", files: list.files)),
    Row(
      "the numbers that exec {v} gives", "exec {v}</dev/null; echo $v; exec {w}</dev/null; echo $w",
      "exec {v}<&- {w}<&-"),
    Row("the shell's own low ones", "for i in 0 1 2 3 4 5 6 7 8 9; do [[ -e /proc/$$/fd/$i ]] && echo $i; done"),
    Row(
      "limits, signals and masks", "grep -E '^(Sig(Blk|Ign|Cgt)|Umask|NoNewPrivs|Seccomp)' /proc/self/status",
      "sh -c 'grep -E ^Sig[BI] /proc/self/status'", "ulimit -a", "nice; cat /proc/self/oom_score_adj"),
    Row(
      "groups and sessions",
      "set -- $(ps -o pgid=,sid=,tpgid= -p $$); [[ $1 == $3 ]] && echo foreground",
      "sh -c 'set -- $(ps -o pid=,pgid=,tpgid= -p $$); [ $1 = $2 ] && echo leader'"),
  ]

  static let environments = [
    Row("env", "env | grep -v '^BGSH_' | sort >seen"),
    Row(
      "env in a pipeline, in $( ) and in the background",
      "env | grep -v '^BGSH_' | sort >seen-1; x=$(env); echo \"$x\" | grep -v '^BGSH_' | sort >seen-2; { env >e & } 2>/dev/null; wait; grep -v '^BGSH_' e | sort >seen-3"
    ),
    Row("export -p", "export -p | grep -v ' BGSH_'"),
    Row(
      "names that declare -p knows",
      "declare -p | sed -n 's/^declare [^ ]* \\([^=]*\\).*/\\1/p' | grep -vE '^(BGSH_|__bgsh_)' | sort >seen"),
    Row(
      "values that declare -p shows",
      "declare -p | grep -vE '^declare [^ ]* (BGSH_|__bgsh_|PPID|_=|BASHPID|RANDOM|SRANDOM|EPOCH|SECONDS)' >seen"),
    Row("compgen -v", "compgen -v | grep -vE '^(BGSH_|__bgsh_)' >seen"),
    Row("set", "set | grep -vE '^(BGSH_|__bgsh_|PPID=|_=)' >seen"),
    Row(
      "variables at the start",
      "echo \"$BASH|$BASH_VERSION|$HISTFILE|$HISTSIZE|$OSTYPE|$IFS|$OPTIND|$SHELL|$TERM|$PATH|$PWD|$OLDPWD|$UID|$HOSTNAME|$MAILCHECK|$COLUMNS|$LINES\""
    ),
    Row(
      "an environment that is handed on", "echo $PS1 $PROMPT_COMMAND $HISTFILE $X", "env | grep ^X=",
      in: Setup(environment: ["X": "a\nb", "PROMPT_COMMAND": "echo from outside", "HISTFILE": "/dev/null"])),
    Row(
      "exported functions", "f() { echo exported; }; export -f f", "bash -c f", "env | grep -c BASH_FUNC",
      in: Setup(environment: ["BASH_FUNC_g%%": "() { echo inherited; }"])),
    Row(
      "BASH_ENV and ENV are for others", "bash -c 'echo script'",
      in: Setup(files: ["env": "echo read by a script\n"], environment: ["BASH_ENV": "./env", "ENV": "./env"])),
  ]

  static let listings = [
    Row("declare -F", "declare -F | grep -v ' __bgsh_'"),
    Row("compgen -A function", "compgen -A function | grep -v ^__bgsh_"),
    Row("compgen -b, -k and -a", "compgen -k >seen-k; compgen -a"),
    Row("trap -p", "trap -p", "trap"),
    Row("alias", "alias", "alias x=y", "alias"),
    Row("shopt -p", "shopt -p >seen"),
    Row("set -o", "set -o >seen"),
    Row("type jobs wait kill fg bg", "type jobs wait kill fg bg exit cd history", "type -t jobs wait"),
    Row("enable of bash's own", "enable -s; enable -n"),
    Row("complete -p", "complete -p"),
    Row("bind -X", "bind -X; bind -s"),
    Row("dirs, hash, umask, ulimit", "dirs; hash; umask; ulimit -c"),
    Row("jobs", "jobs; jobs -l; jobs -p"),
    Row("history", "history"),
    Row("help", "help jobs | head -3; help fg | head -2"),
    Row("children of the shell", "ps --ppid $$ -o comm= | sort"),
  ]
}
