import TestSupport
import Testing

/// The files that a shell reads, the options that it is given, and the ways in which it ends.
struct StartAndEndTests {
  @Test(arguments: files + options + ends)
  func `starts and ends are bash's`(row: Row) throws { try compare(row) }

  private static let profiles = [
    "home/.bash_profile": "echo bash_profile; . ~/.bashrc\n", "home/.bash_login": "echo bash_login\n",
    "home/.profile": "echo profile\n",
    "home/.bash_logout": "echo logged out\n",
  ]
  private static func login(without names: String...) -> Setup {
    Setup(
      startupFile: "echo bashrc", files: profiles.filter { !names.contains($0.key) }, options: ["-l"],
      environment: ["PS1": "% "])
  }

  static let files = [
    Row(
      "an interactive shell", "echo $- $SHLVL", "shopt login_shell", "logout",
      in: Setup(startupFile: "echo bashrc", files: profiles)),
    Row("a login shell", "shopt login_shell", "echo $- $0", "exit 3", .end, in: login()),
    Row("a login shell and logout", "logout 4", .end, in: login()),
    Row("a login shell and Ctrl-D", .endOfFile, .end, in: login()),
    Row("a login shell with ~/.bash_login", "echo $0", in: login(without: "home/.bash_profile")),
    Row("a login shell with ~/.profile", "echo $0", in: login(without: "home/.bash_profile", "home/.bash_login")),
    Row(
      "~/.bash_logout that fails and exits", "exit 2", .end,
      in: Setup(
        files: ["home/.bash_profile": ". ~/.bashrc\n", "home/.bash_logout": "false; exit 7\n"], options: ["-l"])),
    Row("~/.bash_logout and a trap", "trap 'echo trapped' EXIT", "exit 2", .end, in: login()),
    Row("hang-up of a login shell", "echo one", .hangUp, in: login()),
    Row("exec -l", "exec -l bash", "shopt login_shell", "exit", .end, in: Setup(files: profiles)),
    Row(
      "an unreadable ~/.bashrc", "echo $?",
      in: Setup(preparation: "rm home/.bashrc; mkdir home/.bashrc", environment: ["PS1": "% "])),
    Row("no ~/.bashrc", "echo $?", in: Setup(preparation: "rm home/.bashrc", environment: ["PS1": "% "])),
  ]

  static let options = [
    Row(
      "--norc", "echo $-; alias", in: Setup(startupFile: "echo never", options: ["--norc"], environment: ["PS1": "% "])),
    Row(
      "--rcfile", "echo $v",
      in: Setup(startupFile: "echo never", files: ["rc": "v=mine; PS1='% '\n"], options: ["--rcfile", "rc"])),
    Row(
      "--rcfile that is not there", "echo $?", in: Setup(options: ["--rcfile", "nothing"], environment: ["PS1": "% "])),
    Row("-i", "echo $-", in: Setup(options: ["-i"])),
    Row(
      "-o vi", "set -o | grep '^vi'", .text("echo x"), .key(.escape), .text("xiy"), .enter,
      in: Setup(options: ["-o", "vi"])),
    Row(
      "-o posix", "echo $-; set -o | grep posix",
      in: Setup(options: ["-o", "posix"], environment: ["PS1": "% ", "ENV": ""])),
    Row("-O and +O", "shopt autocd expand_aliases", in: Setup(options: ["-O", "autocd", "+O", "expand_aliases"])),
    Row("-u and -x", "echo $-", "set +x", "echo $nothing", in: Setup(options: ["-u", "-x"])),
    Row("+m", "echo $-", "sleep 1000", .suspend, .interrupt, in: Setup(options: ["+m"])),
    Row("-e", "true", "false", .end, in: Setup(options: ["-e"])),
    Row(
      "-l with -o and --norc", "shopt login_shell",
      in: Setup(files: profiles, options: ["--norc", "-l", "-o", "pipefail"])),
    Row("-s with arguments", "echo $1 $#", in: Setup(options: ["-s", "a", "b c"])),
    Row("-v", "echo one", "set +v", in: Setup(options: ["--norc", "-v"])),
    Row("+H", "echo a!b", in: Setup(options: ["+H"])),
    Row("-t", "echo one", .end, in: Setup(options: ["-t"])),
    Row("--", "echo $#", in: Setup(options: ["--"])),
  ]

  private static let old = Setup(files: ["home/.bash_history": "echo old\n"])

  static let ends = [
    Row("exit", "(exit 3)", "exit", .end, in: old),
    Row("exit N", "exit 300", .end, in: old),
    Row("exit with a bad argument", "exit abc", .end),
    Row("exit with two arguments", "exit 1 2", "echo $?"),
    Row("logout of what is no login shell", "logout", "echo $?"),
    Row("exit in a subshell, a function and eval", "(exit 5); echo $?", "f() { exit 6; }; f", .end),
    Row("exit in PROMPT_COMMAND", "PROMPT_COMMAND='exit 8'", .end, in: old),
    Row("exit in a trap", "trap 'exit 9' USR1", "kill -USR1 $$", .end, in: old),
    Row("exit in a completion", "f() { exit 7; }; complete -F f g", .text("g "), .tab, .end),
    Row("exit in bind -x", "bind -x '\"\\C-xa\": exit 7'", .key(.control("x")), .text("a"), .end),
    Row("SIGHUP at the prompt", "echo one", .text("x"), .hangUp, in: old),
    Row("SIGTERM at the prompt is ignored", "echo one", "kill $$", "echo two", in: old),
    Row("kill -9 of itself", "echo one", "kill -9 $$", .end, in: old),
    Row("SIGSEGV and SIGABRT", "ulimit -c 0; kill -ABRT $$", .end, in: old),
    Row("hang-up with a stopped job", "sleep 1000", .suspend, .hangUp, in: old),
    Row("hang-up with a trap", "trap 'echo hup >seen' HUP EXIT", .hangUp, in: old),
    Row(
      "hang-up with huponexit", "shopt -s huponexit",
      "{ sh -c 'trap \"echo hup >seen; exit\" HUP; echo >ready; while :; do sleep 1000 & wait; done' & } 2>/dev/null",
      .file("ready"), .hangUp, .file("seen"), in: old),
    Row(
      "hang-up reaches jobs",
      "{ sh -c 'trap \"echo hup >seen; exit\" HUP; echo >ready; while :; do sleep 1000 & wait; done' & } 2>/dev/null",
      .file("ready"), .hangUp, .file("seen"), in: old),
    Row("disowned jobs are spared", "{ sleep 1000 & } 2>/dev/null; disown; echo $! >pid", .hangUp, in: old),
    Row("nohup", "{ nohup sleep 1000 >/dev/null 2>&1 & } 2>/dev/null", "exit", .end, in: old),
    Row("the terminal is left sane", "stty -echo", "exit", .end),
    Row("exec of a shell over this one", "exec bash --norc", "PS1='% '", "echo one", "exit 4", .end, in: old),
    Row("Ctrl-D twice in a nested shell", "bash --norc", "PS1='in % '", .endOfFile, .endOfFile, .end),
    Row("IGNOREEOF", "set -o ignoreeof", .endOfFile, "echo on", "set +o ignoreeof", .endOfFile, .end),
  ]
}
