import TestSupport
import Testing

/// What a user may do to a shell: nothing of it is bgsh's business.
struct AttackTests {
  @Test(arguments: descriptors + names + variables + options + input + surroundings)
  func `the shell goes on as bash does`(row: Row) throws { try compare(row) }

  static let descriptors = [
    Row("closing 3 to 9", "exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-", "echo alive", "true | (exit 3)", "echo $?"),
    Row(
      "closing 10 to 30", "for i in {10..30}; do eval \"exec $i>&-\"; done", "echo alive", "ls -d /", .text("echo li"),
      .tab, .enter),
    Row(
      "closing all above 2", "for f in /proc/$$/fd/*; do f=${f##*/}; ((f > 2)) && eval \"exec $f>&-\"; done",
      "echo alive", "ls -d /", "sleep 1000", .interrupt, "echo $?"),
    Row(
      "opening 3 to 9", "exec 3</dev/null 4</dev/null 5</dev/null 6</dev/null 7>/dev/null 8>/dev/null 9>/dev/null",
      "echo alive", "x=$(echo sub); echo $x"),
    Row(
      "opening many", "for i in {10..250}; do eval \"exec $i</dev/null\"; done", "echo alive", "ls -d /",
      "for i in {10..250}; do [[ /proc/$$/fd/$i -ef /dev/null ]] || echo lost $i; done",
      "x=$(echo /proc/$BASHPID/fd/2*)",
      "for f in /proc/$$/fd/*; do ((${f##*/} > 250)) && echo $f; done | grep -vc '/25[45]$'"),
    Row("few descriptors", "ulimit -n 12", "echo alive", "x=$(echo sub); echo $x", "cat <(echo one)"),
    Row("standard output is a file for a while", "exec 5>&1 >seen", "echo hidden", "exec >&5 5>&-", "echo shown"),
    Row("standard output is closed", "exec 5>&1; exec >&-", "echo hidden", "exec >&5", "echo shown"),
    Row("standard error is a file", "exec 5>&2 2>seen", "no-such-command", "exec 2>&5", "no-such-command"),
    Row("standard input is a file at the end", "exec </dev/null", .end),
    Row(
      "standard input is a script", "exec <script", .end, in: Setup(files: ["script": "echo from the script\nexit 4\n"])
    ),
    Row("standard input is closed for a command", "cat <&-", "read x <&-; echo $?"),
    Row("a descriptor to the terminal", "exec 9<>/dev/tty", "echo there >&9", "read x <&9; echo $x", "typed"),
    Row("BASH_XTRACEFD to a bad number", "BASH_XTRACEFD=77", "echo alive"),
  ]

  /// What the function does calls none of the names: one that calls itself keeps bash busy until its stack is full.
  private static func overridden(_ name: String) -> Row {
    Row(
      "a function named \(name)", .line("\(name)() { /bin/echo 'my \(name)' >>seen; }"), "true; :",
      "(command exit 3)", .line("declare -F \(name)"), .line("unset -f \(name)"), "command echo $?")
  }

  static let names =
    [
      "printf", "eval", "read", "builtin", "return", "set", "exec", "local", "trap", "command", "unset", "test",
      "history", "jobs", "fc", "declare", "source", "exit", "kill", "cd", "true", "stty", "cat", "shopt", "enable",
      "bind", "export",
    ]
    .map(overridden) + [
      Row(
        "functions of all these names at once",
        "for n in printf eval read builtin return exec local trap test jobs fc declare source kill shopt enable bind; do eval \"$n() { echo my $n; }\"; done",
        "echo alive", "eval x", .text("echo li"), .tab, .enter),
      Row(
        "aliases of all these names",
        "alias printf='echo no' eval='echo no' read='echo no' builtin='echo no' return='echo no' exec='echo no' local='echo no' trap='echo no' history='echo no'",
        "true", "eval x", "alias | wc -l", "unalias -a", "eval echo yes"),
      Row(
        "an alias for a keyword", "alias if='echo if' then='echo then' '{'='echo brace'", "if true", "echo $?",
        "unalias -a", "if true; then echo yes; fi"),
      Row("unset -f of all", "unset -f $(compgen -A function)", "echo alive", "false", "echo $?"),
      Row(
        "unalias -a, hash -r, complete -r", "unalias -a; hash -r; complete -r", "echo alive", .text("ls ho"), .tab,
        .enter),
      Row("readonly functions", "f() { :; }; readonly -f f", "f() { echo; }", "unset -f f", "echo $?"),
      Row(
        "enable -n of many", "enable -n printf read eval trap history jobs fc declare local return exec set unset test",
        "echo alive", "type -t printf read", "false", "echo $?", "enable printf", "printf 'x\\n'"),
      Row("enable -n of all", "enable -n $(compgen -b)", "echo $?", "/bin/echo alive", "[[ a ]] && /bin/echo yes"),
      Row("enable -f of nothing", "enable -f /no/such.so x", "enable -d x", "echo $?"),
      Row(
        "odd function names",
        "function a-b { echo dash; }; function x:y { echo colon; }; a-b; x:y; @() { echo at; }; @ x", "unset -f a-b"),
    ]

  static let variables =
    [
      "PS1", "IFS", "PROMPT_COMMAND", "status", "REPLY", "line", "HISTCMD", "PIPESTATUS", "_", "COLUMNS",
      "BASH_COMMAND", "LINENO", "PWD",
    ].map {
      Row("readonly \($0)", .line("readonly \($0)"), "false", "echo $?", "true | (exit 4)", "cd /", "echo on")
    } + [
      Row(
        "IFS of digits", "IFS=0123456789", "echo $? alive", "x=102; echo $x", "false", "echo $?", "sleep 1000",
        .suspend, "jobs"),
      Row(
        "IFS of letters", "IFS=abcdefghijklmnopqrstuvwxyz", "echo alive", "x=abc; echo $x", .text("ls ho"), .tab,
        .enter, "false", "echo $?"),
      Row("IFS is empty or unset", "IFS=", "x='a b'; printf '<%s>' $x; echo", "unset IFS", "printf '<%s>' $x; echo"),
      Row("unset PATH", "unset PATH", "ls", "echo $?", "/bin/ls -d /", .text("ec"), .tab, .interrupt, "exit 3", .end),
      Row("PATH to nowhere", "PATH=/nowhere", "ls", "true", .text("l"), .tab, .tab, .interrupt),
      Row("unset HOME", "unset HOME", "cd; echo $?", "echo ~", .text("ls ~/"), .tab, .interrupt, "history"),
      Row(
        "unset of everything", "for v in $(compgen -v); do unset $v 2>/dev/null; done", "echo alive", "PS1='% '",
        "echo $?", "false", "echo $?"),
      Row("unset PS1 and PS2", "unset PS1 PS2", "echo 'one", "two'", "PS1='% '"),
      Row(
        "declare -i, -u, -n and -a", "declare -i PS1; declare -u PROMPT_COMMAND='echo x'; declare -n ref=PS1",
        "declare +i PS1; PS1='% '", "unset PROMPT_COMMAND", "ref='$ '", "declare -a PS2=(a b)", "echo 'x", "y'"),
      Row(
        "POSIXLY_CORRECT", "POSIXLY_CORRECT=1", "echo $-", "set -o | grep posix", "unset POSIXLY_CORRECT",
        "set -o | grep posix"),
      Row(
        "LC_ALL changes", "LC_ALL=C", .text("echo ü"), .enter, "LC_ALL=C.UTF-8", .text("echo ü"), .key(.backspace),
        .enter),
      Row(
        "TERM changes", "TERM=dumb", .text("echo abc"), .key(.control("a")), .text("X"), .interrupt, "TERM=xterm",
        "echo back"),
      Row("SHELLOPTS and BASHOPTS are readonly", "SHELLOPTS=x", "BASHOPTS=x", "echo $?"),
      Row("TMOUT", "TMOUT=1", .see("timed out"), .end),
      Row("TMOUT for read", "TMOUT=1; read x; echo $?", .see("142"), "TMOUT="),
      Row("HISTFILE in a directory that is not", "HISTFILE=/no/such/file", "echo one"),
      Row("FUNCNEST and recursion", "FUNCNEST=5; f() { f; }", "f", "echo $?"),
      Row("BASH_ARGV0 and $0", "BASH_ARGV0=other", "echo $0", "no-such-command"),
    ]

  static let options = [
    "-u", "-f", "-k", "-T", "-E", "-h", "-B", "-p", "-C", "-P", "-a", "-b", "-m", "-o nolog", "-o posix", "-o emacs",
    "-o ignoreeof", "-o interactive-comments", "-o pipefail", "-o physical", "-o onecmd",
  ].map {
    Row(
      "set \($0)", .line("set \($0)"), "false", "echo $? $-", "true | false; echo ${PIPESTATUS[@]}",
      "x=$(echo sub); echo $x", .text("ls ho"), .tab, .enter)
  }

  static let input = [
    Row(
      "a sourced line of a megabyte", ". ./big", "echo ${#x}",
      in: Setup(preparation: "{ printf 'x='; head -c 1000000 /dev/zero | tr '\\0' a; echo; } >big")),
    Row("a variable of a megabyte", "printf -v x '%01000000d' 7", "echo ${#x}", "true $x; echo $?"),
    Row("an argument list that is too long", "printf -v x '%0200000d' 7", "/bin/true $x", "echo $?"),
    Row("many lines of output", "seq 20000 | tail -n 30000 | sed -n '$p'; seq 3000 | cat"),
    Row("binary output", "printf '\\001\\002\\377\\n'", "head -c 300 /dev/zero; echo"),
    Row("control keys", .text("echo a"), .key(.bytes([0, 0x1C, 0x1D, 0x1E])), .text("b"), .enter),
    Row(
      "an escape sequence that nobody knows", .text("echo a"), .key(.bytes([0x1B, 0x5B, 0x39, 0x39, 0x7E])), .text("b"),
      .enter),
    Row(
      "focus, mouse and cursor reports", .key(.bytes([0x1B, 0x5B, 0x49])), .text("echo a"),
      .key(.bytes([0x1B, 0x5B, 0x4F])), .enter),
    Row(
      "carriage returns and line feeds", .key(.bytes([0x0A])), .text("echo a"), .key(.bytes([0x0A])), .text("echo b"),
      .key(.bytes([0x0D])), "history"),
    Row(
      "invalid UTF-8 in a line and the history", .key(.bytes(Array("echo ".utf8) + [0xC3, 0xFF, 0x80])), .enter,
      "history | cat -v"),
    Row(
      "syntax errors", "echo )", "echo $?", "if; then", "for", "(", ")", "}", "echo $?", "case x in", "esac)",
      "echo ${", "}", "history"),
    Row(
      "eval and source of errors", "eval 'if'", "echo $?", "eval ')'", ". ./bad", "echo $?",
      in: Setup(files: ["bad": "echo first\nif )\necho never\n"])),
    Row("nested quotes and substitutions", "echo \"$(echo \"$(echo 'a b' \"c\")\" `echo d`)\" ${x:-\"y z\"} $'q\\'s'"),
    Row(
      "words with &bg that are text", "echo '&bg' \"&bg\" \\&bg a\\&bg # &bg", "cat <<E", "&bg", "E",
      "[[ x == '&bg' ]]; echo $((3&2))"),
  ]

  static let surroundings = [
    Row(
      "a directory that is removed", "mkdir d; cd d; rmdir ../d", "pwd", "echo alive", "cd .", "echo $?", "/bin/pwd",
      "cd ..", "echo ${PWD##*/}"),
    Row("a directory that cannot be read", "mkdir d; chmod 0 d; cd d; echo $?", "chmod 700 ."),
    Row("a home that is removed", "rm -r ~", "cd; echo $?", "echo alive", "history"),
    Row("a history file that is a directory", "rm -f ~/.bash_history; mkdir ~/.bash_history", "echo one"),
    Row("umask 777", "umask 777", "echo one", "x=$(cat <<<y); echo $x", "umask 22"),
    Row("limits of processes and memory", "ulimit -v 4000000 -s 1024", "echo alive", "x=$(ls -d /); echo $x"),
    Row("a limit of file size", "ulimit -f 1", "head -c 5000 /dev/zero >big; echo $?", "echo alive"),
    Row("signals to the whole group", "sh -c 'kill -INT 0'", "echo $?", "trap '' TERM; kill 0; echo survived"),
    Row(
      "cd -, pushd and long names", "d=$(printf 'd%.0s' {1..200}); mkdir $d; cd $d",
      "cd - >/dev/null; pushd $d >/dev/null; dirs | wc -l", "popd >/dev/null"),
    Row(
      "chroot-like: no /tmp in TMPDIR", "TMPDIR=/no/such", "cat <<E", "body", "E",
      "cat <<<x; echo <(true) | sed s/[0-9]*$//"),
  ]
}
