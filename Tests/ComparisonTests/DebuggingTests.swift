import TestSupport
import Testing

/// Traps, traces, and the variables that say where and how a line runs.
struct DebuggingTests {
  @Test(arguments: traps + traces + variables + options)
  func `it shows what bash shows`(row: Row) throws { try compare(row) }

  static let traps = [
    Row(
      "DEBUG", "trap 'echo \"debug: $BASH_COMMAND\"' DEBUG", "echo one", "", "true; false | cat", "f() { echo in f; }",
      "f", "x=1", "((1))", "[[ a ]]", "for i in 1; do :; done", "trap - DEBUG", "echo quiet"),
    Row(
      "DEBUG and LINENO", "trap 'echo \"$LINENO\"' DEBUG", "echo one", "echo two", "for i in 1", "do echo $i", "done"),
    Row(
      "DEBUG with functrace", "set -T; trap 'echo \"$BASH_COMMAND ${FUNCNAME[0]}\"' DEBUG", "f() { :; true; }", "f",
      "(true)", "echo $(true)"),
    Row(
      "DEBUG that returns 1 with extdebug", "shopt -s extdebug", "trap '[[ $BASH_COMMAND != rm* ]]' DEBUG", "echo one",
      "rm nothing", "echo two; rm x; echo three", "echo $?", "trap - DEBUG; rm nothing"),
    Row(
      "DEBUG that always returns 1", "shopt -s extdebug; trap false DEBUG", "echo one", "trap - DEBUG", "echo two",
      .endOfFile, .end),
    Row(
      "DEBUG and PROMPT_COMMAND", "PROMPT_COMMAND='true prompt'", "trap 'echo \"debug: $BASH_COMMAND\"' DEBUG",
      "echo one", ""),
    Row(
      "ERR", "trap 'echo \"err $? at $LINENO: $BASH_COMMAND\"' ERR", "false", "true", "(exit 3)", "false || true",
      "f() { false; }", "f", "set -E", "f", "! true", "if false; then :; fi"),
    Row(
      "RETURN", "trap 'echo return ${FUNCNAME[0]}' RETURN", "f() { return 3; }", "f", "set -T", "f", ". ./file",
      in: Setup(files: ["file": "true\n"])),
    Row("EXIT", "trap 'echo \"exit $? $BASH_COMMAND\"' EXIT", "(exit 3)", "exit", .end),
    Row("EXIT that exits", "trap 'echo bye; exit 9' EXIT", .endOfFile, .end),
    Row("EXIT after set -e", "trap 'echo \"bye $?\"' EXIT; set -e", "true", "false", .end),
    Row(
      "INT", "trap 'echo int $?' INT", .interrupt, "sleep 1000", .interrupt, "echo $?", "kill -INT $$", "trap - INT",
      .interrupt),
    Row("INT ignored", "trap '' INT", .text("echo a"), .interrupt, .enter, "trap - INT"),
    Row("TERM is ignored at the prompt", "kill -TERM $$", "echo alive", "kill -QUIT $$", "kill -TSTP $$", "echo alive"),
    Row("TERM trapped", "trap 'echo term' TERM", "kill $$", "echo next"),
    Row("USR1 trapped, from outside", "trap 'echo usr1' USR1", "sh -c 'kill -USR1 $PPID'", "echo next"),
    Row("USR1 ends", "kill -USR1 $$", .end),
    Row("HUP trapped", "trap 'echo hup >seen; exit 3' HUP", "kill -HUP $$", .end),
    Row("PIPE and ALRM", "trap 'echo alarm' ALRM", "kill -ALRM $$", "trap -p"),
    Row(
      "trap -p and -l", "trap 'echo x' USR1 EXIT", "trap -p", "trap", "trap -l | head -3", "(trap -p)", "trap - EXIT"),
    Row("a trap in a subshell", "trap 'echo mine' USR1", "(trap; kill -USR1 $BASHPID); echo $?", "echo $(trap)"),
  ]

  static let traces = [
    Row(
      "set -x", "set -x", "echo one", "x=$(echo sub)", "for i in 1 2; do :; done", "f() { echo $1; }; f a", "cat <<<x",
      "true && false || :", "", "set +x", "echo quiet"),
    Row("set -x and PROMPT_COMMAND", "PROMPT_COMMAND='true from prompt'", "set -x", "echo one", "", "set +x"),
    Row("set -x and PS1", "PS1='$(echo p) % '", "set -x", "true", "set +x"),
    Row("set -x and PS4", "PS4='+ ${FUNCNAME[0]-main}:$LINENO: '", "set -x", "f() { true; }", "f", "set +x"),
    Row("set -x with BASH_XTRACEFD", "exec 7>seen; BASH_XTRACEFD=7", "set -x", "echo one", "set +x"),
    Row(
      "set -x and a completion", "f() { COMPREPLY=(x); }; complete -F f g", "set -x", .text("g "), .tab, .interrupt,
      "set +x"),
    Row("set -x and a trap", "trap ': trapped' INT; set -x", .interrupt, "set +x"),
    Row("set -v", "set -v", "echo one", "for i in 1", "do :", "done", "echo 'a", "b'", "set +v", "echo quiet"),
    Row("set -vx", "set -vx", "echo $(echo $((1+1)))", "set +vx"),
    Row("set -n is ignored", "set -n", "echo one"),
  ]

  static let variables = [
    Row(
      "LINENO", "echo $LINENO", "echo $LINENO", "", "echo \\", "$LINENO", "f() {", "echo $LINENO", "}", "f", "echo 'a",
      "b' $LINENO", "LINENO=100", "echo $LINENO"),
    Row(
      "line numbers in messages", "no-such-command", "f() {", "  no-such-command", "}", "f", "eval 'no-such'",
      "bash -c 'no-such'", "cd /nowhere"),
    Row(
      "PIPESTATUS", "true | false | (exit 3)", "echo ${PIPESTATUS[@]}", "echo ${PIPESTATUS[@]}", "false", "",
      "echo ${PIPESTATUS[@]}", "x=1", "echo ${PIPESTATUS[@]}", "! true | false", "echo $? ${PIPESTATUS[@]}"),
    Row("PIPESTATUS and PROMPT_COMMAND", "PROMPT_COMMAND='true | true'", "false | (exit 4)", "echo ${PIPESTATUS[@]}"),
    Row(
      "$_", "echo a b", "echo $_", "true", "echo $_", "", "x=1", "echo $_", "cd /tmp", "echo $_",
      "echo \"$(echo sub)\" $_", "/bin/true x", "env | grep ^_="),
    Row(
      "$?", "(exit 7)", "echo $?", "", "(exit 7)", "", "echo $?", "# comment", "(exit 8)", "# comment", "echo $?",
      "(exit 9)", .interrupt, "echo $?"),
    Row("$! and $-", "echo [$!] $-", "{ sleep 0 & } 2>/dev/null; wait; [[ $! ]] && echo set", "set -u; echo $-"),
    Row("$0, $#, $@", "echo $0 $# $@", "set -- a b", "echo $# $@ $1", "shift; echo $*", "echo $BASH_ARGV0"),
    Row(
      "SHLVL and BASH_SUBSHELL", "echo $SHLVL $BASH_SUBSHELL", "(echo $SHLVL $BASH_SUBSHELL)", "bash -c 'echo $SHLVL'",
      "sh -c 'echo $SHLVL'", in: Setup(environment: ["SHLVL": "4"])),
    Row(
      "FUNCNAME, BASH_SOURCE, caller", "echo ${FUNCNAME[0]-none} ${BASH_SOURCE[0]-none} ${#BASH_SOURCE[@]}",
      "f() { echo ${FUNCNAME[@]}; echo ${BASH_SOURCE[@]}; echo ${BASH_LINENO[@]}; caller; caller 0; }", "f",
      "caller; echo $?", ". ./file",
      in: Setup(files: ["file": "echo ${BASH_SOURCE[@]} ${BASH_LINENO[@]} $LINENO; caller; f\n"])),
    Row(
      "BASH_ARGV with extdebug", "shopt -s extdebug", "f() { echo ${BASH_ARGV[@]} ${BASH_ARGC[@]}; }", "f a b",
      "declare -F f"),
    Row("BASH_COMMAND", "echo $BASH_COMMAND", "true; echo $BASH_COMMAND", "f() { echo $BASH_COMMAND; }; f x"),
    Row(
      "BASH_EXECUTION_STRING and BASH_REMATCH", "echo ${BASH_EXECUTION_STRING-unset}", "[[ abc =~ b(.) ]]",
      "echo ${BASH_REMATCH[@]}"),
    Row(
      "$$, PPID and BASHPID",
      "[[ $$ == $BASHPID ]] && echo same; (([[ $$ != $BASHPID ]])) 2>/dev/null; (( PPID > 1 )) && echo parent",
      "sh -c '[ $PPID = '$$' ] && echo child'"),
    Row(
      "SECONDS and RANDOM", "SECONDS=1000; ((SECONDS < 1100)) && echo ok", "RANDOM=42; echo $RANDOM", "echo $RANDOM",
      "echo $((RANDOM < 32768))"),
    Row(
      "REPLY and others are free",
      "echo ${REPLY-unset} ${OPTARG-unset} ${status-unset} ${line-unset} ${i-unset} ${MAPFILE-unset}"),
    Row(
      "OPTIND and getopts", "set -- -a x -b; getopts a:b o; echo $o $OPTARG $OPTIND", "getopts a:b o; echo $o $OPTIND"),
    Row(
      "return, break and local outside", "return", "break", "continue", "local x", "echo $?", "return 3; echo after",
      "echo $?"),
  ]

  static let options = [
    Row("set -e ends the shell", "set -e", "if false; then :; fi", "false || true", "(exit 7)", .end),
    Row("set -e and an unknown command", "set -e", "no-such-command", .end),
    Row("set -e and Ctrl-C", "set -e", .interrupt, "echo alive", "sleep 1000", .interrupt, .end),
    Row(
      "set -e and a Tab", "set -e; f() { false; COMPREPLY=(x); }; complete -F f g", .text("g "), .tab, .interrupt,
      "echo alive"),
    Row("set -u", "set -u", "echo $nothing", "echo $?", "echo ${nothing-default}", "f() { echo $1; }; f"),
    Row("set -t", "set -t", "echo one", .end),
    Row(
      "set -f, -k, -B, -C, -P", "set -f; echo *; set +f", "set -k; env x=1 true y=2; set +k",
      "set +B; echo {a,b}; set -B", "set -C; echo a >f; echo b >f; set +C",
      "mkdir d; ln -s d l; set -P; cd l; echo ${PWD##*/}"),
    Row("set -o posix", "set -o posix", "echo one", "export A=1 B", "alias", "set +o posix", "echo two"),
    Row(
      "set -o, shopt, $- and their values",
      "set -o >seen-o; shopt >seen-shopt; shopt -p >seen-p; set +o >seen-plus; echo $- $SHELLOPTS $BASHOPTS >seen-v",
      "shopt -p"),
    Row("set -a and -h", "set -a; V=1; env | grep ^V=; set +a", "set +h; hash; ls -d /; hash"),
    Row(
      "shopt autocd and cdspell", "shopt -s autocd cdspell", "alpha", "cd ..", "cd alhpa", "..", "alpha/",
      "echo ${PWD##*/}", in: Setup(preparation: "mkdir alpha")),
    Row(
      "shopt globstar, dotglob, nullglob, failglob", "shopt -s globstar; echo d/**; shopt -s dotglob; echo d/*",
      "shopt -s nullglob; echo n*; shopt -u nullglob", "shopt -s failglob; echo n*; echo no", "echo $?",
      in: Setup(preparation: "mkdir -p d/e; touch d/e/f d/.h")),
    Row("shopt lastpipe", "shopt -s lastpipe; echo x | read y; echo [$y]", "set +m; echo x | read y; echo [$y]"),
    Row(
      "shopt extglob", "shopt -u extglob", "echo @(a|b)", "shopt -s extglob", "case ab in @(a|b)*) echo yes;; esac",
      "echo !(home|state)"),
    Row(
      "shopt expand_aliases and sourcepath", "alias hi='echo hello '; alias there='world'", "hi there",
      "shopt -u expand_aliases", "hi", "shopt -s expand_aliases", "hi"),
    Row(
      "shopt xpg_echo, interactive_comments", "shopt -s xpg_echo; echo 'a\\tb'", "shopt -u interactive_comments",
      "echo a # b", "shopt -s interactive_comments"),
    Row(
      "shopt compat and varredir_close", "shopt -s compat44; BASH_COMPAT=4.2; echo $BASH_COMPAT",
      "shopt -s huponexit mailwarn; shopt huponexit mailwarn"),
    Row(
      "TIMEFORMAT and times", "TIMEFORMAT=timed; time true", "time { true | true; }", "TIMEFORMAT=; time true",
      "TIMEFORMAT=t; ! time false; echo $?"),
    Row(
      "hash, command, builtin, type", "hash -r; ls -d /; hash -t ls", "command -v ls cd if", "type -a echo",
      "builtin cd /; pwd", "command echo x", "builtin no"),
    Row("help and ulimit and umask", "help true", "umask -S", "ulimit -n 200; ulimit -n"),
  ]
}
