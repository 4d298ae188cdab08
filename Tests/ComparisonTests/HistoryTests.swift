import TestSupport
import Testing

/// The history: the list, its expansion, its keys and its file.
struct HistoryTests {
  @Test(arguments: keys + expansions + settings + files)
  func `the history is bash's`(row: Row) throws { try compare(row) }

  private static let old = ["home/.bash_history": "echo old one\necho old two\nls -d /\n"]

  static let keys = [
    Row("Up and Down", "echo one", "echo two", .key(.up), .key(.up), .key(.down), .enter, "history"),
    Row(
      "a changed entry is restored", "echo one", .key(.up), .text(" changed"), .key(.up), .key(.down), .interrupt,
      .key(.up), "", "history"),
    Row("the line begun comes back", "echo one", .text("echo beg"), .key(.up), .key(.down), .text("un"), .enter),
    Row(
      "first and last with Alt-< and Alt->", .text("ec"), .key(.alt("<")), .key(.alt(">")), .text("ho x"), .enter,
      in: Setup(files: old)),
    Row("Ctrl-R", "echo one", "echo two", "echo three", .key(.control("r")), .text("o"), .text("n"), .enter),
    Row("Ctrl-R twice", "echo one", "echo two", .key(.control("r")), .text("echo"), .key(.control("r")), .enter),
    Row(
      "Ctrl-R, edited", "echo one", "echo two", .key(.control("r")), .text("one"), .key(.control("e")), .text(" more"),
      .enter),
    Row("Ctrl-R that fails", "echo one", .key(.control("r")), .text("xyz"), .key(.control("g")), "echo two"),
    Row(
      "Ctrl-R, Backspace and Escape", "echo one", "echo two", .key(.control("r")), .text("onx"), .key(.backspace),
      .key(.bytes([0x1B])), .see("% echo one"), .enter),
    Row(
      "Ctrl-S forwards", "stty -ixon", "echo one", "echo two", .key(.control("r")), .text("echo"), .key(.control("r")),
      .key(.control("s")), .enter),
    Row("Alt-P searches what is typed", "echo one", "ls -d /", .key(.alt("p")), .text("one"), .enter, .enter),
    Row(
      "history-search-backward", "bind '\"\\e[A\": history-search-backward'", "echo one", "true", "echo two",
      .text("ec"), .key(.up), .key(.up), .enter),
    Row(
      "Ctrl-O runs and brings the next", "echo one", "echo two", "echo three", .key(.up, .up, .up), .key(.control("o")),
      .key(.control("o")), .enter, "history"),
    Row(
      "Ctrl-R finds what is in the file", .key(.control("r")), .text("old"), .key(.control("r")), .enter,
      in: Setup(files: old)),
    Row(
      "Ctrl-X Ctrl-E edits and runs", .text("echo one"), .key(.control("x"), .control("e")), .see("edited"), "history",
      in: Setup(files: ["ed": "#!/bin/sh\necho 'echo edited' >>\"$1\"\n"], environment: ["EDITOR": "./ed"])),
    Row(
      "Ctrl-X Ctrl-E with an editor that fails", .text("echo one"), .key(.control("x"), .control("e")), "echo $?",
      in: Setup(environment: ["EDITOR": "false"])),
    Row(
      "revert-all-at-newline", "bind 'set revert-all-at-newline on'", "echo one", "echo two", .key(.up, .up),
      .text(" x"), .key(.down), .enter, "history"),
  ]

  static let expansions = [
    Row("!!, !$, !^, !*", "echo a b c", "!!", "echo !$", "echo a b c", "echo !^ !*", "history"),
    Row("^a^b", "echo abc", "^b^X^", "^nothing^x", "echo $?"),
    Row("!string and !?string", "echo one", "printf 'two\\n'", "!ec", "!?two?", "history"),
    Row("modifiers", "echo /usr/lib/x.tar.gz", "echo !$:h !$:t", "!-2:s/lib/share/", "!-1:gs/a/A/:p", "history"),
    Row("an event that is not", "!nothing", "echo $?", "!99", "history"),
    Row("histverify", "shopt -s histverify", "echo one", "!!", .enter, "history"),
    Row("histreedit", "shopt -s histreedit", "!nothing", .key(.control("u")), "echo x"),
    Row("quotes and histchars", "echo '!!' \\! \"a!\"", "histchars=@^#", "echo one", "@@", "history"),
    Row("in an unfinished command", "echo one", "echo 'x", "!!'", "for i in 1; do", "echo !!", "done"),
    Row("set +H", "set +H", "echo a!b !!"),
    Row("magic-space", "bind 'Space: magic-space'", "echo one", .text("echo !$ two"), .enter),
  ]

  static let settings = [
    Row("HISTCONTROL=ignoreboth", "HISTCONTROL=ignoreboth", " echo hidden", "echo a", "echo a", "history"),
    Row("HISTCONTROL=erasedups", "HISTCONTROL=erasedups", "echo a", "echo b", "echo a", "history"),
    Row("HISTIGNORE", "HISTIGNORE='ls*:&:history'", "ls -d /", "echo a", "echo a", "history", "echo x"),
    Row("HISTTIMEFORMAT", "HISTTIMEFORMAT='[when] '", "echo a", "history", "unset HISTTIMEFORMAT", "history"),
    Row("HISTSIZE and HISTFILESIZE", "HISTSIZE=3 HISTFILESIZE=2", "echo a", "echo b", "echo c", "history"),
    Row("HISTSIZE=0", "HISTSIZE=0", "echo a", .key(.up), .enter, "history"),
    Row("fc -l and -s", "echo one", "echo two", "fc -l", "fc -ln -2", "fc -s one=1 echo", "fc -s", "history"),
    Row(
      "fc with an editor", "echo one", "fc -e ./ed -1", "history",
      in: Setup(files: ["ed": "#!/bin/sh\nsed -i s/one/two/ \"$1\"\n"])),
    Row("history -s, -d, -p", "history -s 'echo stored'", "history -d 1", "history -p '!!'", .key(.up), "", "history"),
    Row("history -c", "echo one", "history -c", "echo two", .key(.up), "", "history"),
    Row("set +o history", "set +o history", "echo unseen", "set -o history", "echo seen", "history"),
    Row("HISTCMD and \\!", "PS1='\\! \\# % '", "echo $HISTCMD", "", "echo $HISTCMD"),
  ]

  static let files = [
    Row("old entries and new", "echo new", "history", in: Setup(files: old)),
    Row("histappend", "echo new", in: Setup(startupFile: "shopt -s histappend", files: old)),
    Row(
      "history -a after every command", "echo one", "cat ~/.bash_history",
      in: Setup(startupFile: "PROMPT_COMMAND='history -a'", files: old)),
    Row(
      "shared with history -a, -c, -r", "echo one", "echo echo other >>~/.bash_history", "true", "history",
      in: Setup(startupFile: "PROMPT_COMMAND='history -a; history -c; history -r'", files: old)),
    Row("history -n", "echo echo other >>~/.bash_history", "history -n", "history", in: Setup(files: old)),
    Row("history -w and -r", "echo one", "history -w seen", "history -r seen", "history", in: Setup(files: old)),
    Row("another HISTFILE", "HISTFILE=$PWD/seen", "echo one"),
    Row("no HISTFILE", "unset HISTFILE", "echo one", in: Setup(files: old)),
    Row("HISTFILESIZE cuts the file", "HISTFILESIZE=2", "echo one", in: Setup(files: old)),
    Row(
      "times in the file", "HISTTIMEFORMAT=x", "echo one", "history -w seen; sed -i 's/^#[0-9]*$/#TIME/' seen",
      "unset HISTTIMEFORMAT HISTFILE", in: Setup(files: old)),
    Row(
      "an entry of several lines", "echo 'a", "b'", "for i in 1", "do :", "done",
      in: Setup(startupFile: "shopt -s lithist")),
    Row("Ctrl-D writes it", "echo one", .endOfFile, .end, in: Setup(files: old)),
    Row("exec writes none", "echo one", "exec true", .end, in: Setup(files: old)),
    Row("kill -9 writes none", "echo one", "kill -9 $$", .end, in: Setup(files: old)),
    Row("SIGHUP from a line writes it", "echo one", "kill -HUP $$", .end, in: Setup(files: old)),
    Row("hang-up writes it", "echo one", .hangUp, in: Setup(files: old)),
    Row("hang-up with a line begun", "echo one", .text("echo beg"), .hangUp, in: Setup(files: old)),
    Row("hang-up while a program runs", "echo one", "cat", .hangUp, in: Setup(files: old)),
    Row(
      "a logout from a login shell writes it", "echo one", "logout", .end,
      in: Setup(files: ["home/.bash_profile": ". ~/.bashrc"], options: ["-l"])),
  ]
}
