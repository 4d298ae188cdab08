import TestSupport
import Testing

/// Programs that have the terminal, what they leave, and the size of the window.
struct ProgramTests {
  @Test(arguments: programs + modes + sizes)
  func `programs meet the same terminal`(row: Row) throws { try compare(row) }

  private static let text = Setup(files: ["text": (1...60).map { "line \($0)\n" }.joined()])

  static let programs = [
    Row("less", "less text", .text("G"), .text("?line 3\r"), .text("q"), "echo after", in: text),
    Row("less, stopped", "less text", .suspend, "jobs", "fg", .text("G"), .text("q"), "jobs", in: text),
    Row("less in a pipeline", "cat text | less", .text(" "), .text("q"), "echo ${PIPESTATUS[@]}", in: text),
    Row("man's way: more", "head -40 text | more", .text(" "), "echo after", in: text),
    Row(
      "vim", "vim -u NONE -N -n text", .text("ihello \u{1B}"), .see("hello line"), .text(":wq\r"), "head -1 text",
      in: text),
    Row(
      "vim, stopped", "vim -u NONE -N -n text", .suspend, "echo between", "fg", .text(":q\r"), "echo after", in: text),
    Row(
      "vim with a shell command", "vim -u NONE -N -n text", .text(":!echo from vim\r"), .enter, .text(":q\r"),
      "echo after", in: text),
    Row("top", "top -b -n 1 | head -c 3 | tr a-z A-Z; echo", .see("TOP")),
    Row("top on the screen", "top -d 100 >/dev/null", .text("q"), "echo $?"),
    Row("read", "read -p 'name? ' n; echo \"got $n\"", "some one", "read -r a b c; echo $c", "1 2 3 4"),
    Row("read -s", "read -s -p 'secret? ' s; echo; echo $s", "hidden"),
    Row("read -n and -d", "read -n 3 x; echo \" $x\"", .text("abc"), "read -d . y; echo \" $y\"", .text("ab\rc.")),
    Row("read -e", "read -e -p 'edit> ' x; echo $x", .text("abc"), .key(.control("a")), .text("X"), .enter),
    Row("read -e -i", "read -e -i 'initial text' -p 'edit> ' x; echo $x", .key(.control("w")), .text("words"), .enter),
    Row("read that Ctrl-C ends", "read x; echo no", .text("abc"), .interrupt, "echo $?"),
    Row("read that Ctrl-D ends", "read x; echo $?", .text("abc"), .endOfFile, .endOfFile),
    Row("read -t", "read -t 0.05 x; echo $?", .see("142")),
    Row("mapfile", "mapfile -t a; echo ${#a[@]}", "one", "two", .endOfFile),
    Row("select", "select x in one two; do echo \"$REPLY $x\"; break; done", "", "7"),
    Row("cat", "cat", "one", .text("two"), .endOfFile, .endOfFile, .endOfFile, "echo $?"),
    Row("Ctrl-C in a program", "sleep 1000", .interrupt, "echo $?", "history"),
    Row("Ctrl-\\ in a program", "ulimit -c 0; sleep 1000", .key(.control("\\")), "echo $?"),
    Row("Ctrl-C in a list ends the list", "sleep 1000; echo no", .interrupt, "echo $?"),
    Row("Ctrl-C in a loop ends the loop", "for i in 1 2 3; do sleep 1000; done; echo no", .interrupt, "echo $?"),
    Row("Ctrl-C in a loop of builtins", .busy("echo go; while :; do :; done", shows: "go"), .interrupt, "echo $?"),
    Row(
      "Ctrl-C that a program catches", "bash -c 'trap \"echo caught; exit 3\" INT; while :; do sleep 1000; done'",
      .interrupt, .see("caught"), "echo $?"),
    Row(
      "Ctrl-C that a program ignores", "mkfifo g; bash -c 'trap \"\" INT; read <g; echo survived'; echo $?", .interrupt,
      .open("g"), .see("survived")),
    Row("Ctrl-C with a trap in the shell", "trap 'echo trapped' INT", "sleep 1000; echo next", .interrupt, "echo $?"),
    Row("Ctrl-C in $( )", "x=$(sleep 1000); echo no", .interrupt, "echo $?"),
    Row("Ctrl-C in a subshell", "(sleep 1000; echo no); echo after", .interrupt, "echo $?"),
    Row("Ctrl-C in a pipeline", "sleep 1000 | cat; echo after", .interrupt, "echo ${PIPESTATUS[@]}"),
    Row(
      "a program that dies of a signal", "ulimit -c 0; sh -c 'kill -SEGV $$'", "echo $?", "sh -c 'kill -TERM $$'",
      "echo $?", "sh -c 'kill -PIPE $$'; echo $?"),
    Row("output without a newline", "printf 'no newline'", "echo $?", "printf '\\033[31mred\\033[m'"),
    Row("clear and reset", "echo one", "clear", "echo two", "tput cup 10 10; echo there"),
    Row(
      "git with its pager", "git log", .text("q"), "echo after",
      in: Setup(
        preparation:
          "git init -q -b main; for i in {1..30}; do GIT_AUTHOR_DATE='2020-01-01T00:00:00Z' GIT_COMMITTER_DATE='2020-01-01T00:00:00Z' git -c user.name=u -c user.email=e commit -q --allow-empty -m \"commit $i\"; done",
        environment: ["LESS": "FRX"])),
  ]

  static let modes = [
    Row("stty -ixon lasts", "stty -ixon; stty -a | tail -n 3", "true", "stty -a | tail -n 3"),
    Row(
      "stty erase and intr", "stty erase '^H' intr '^X'", "stty -a | grep intr", .text("echo ab"), .key(.control("h")),
      .enter, "sleep 1000", .key(.control("x")), "echo $?"),
    Row("stty -echo is bash's to keep", "stty -echo", "echo unseen", "stty echo", "echo seen"),
    Row("a program that leaves the terminal raw", "stty raw", "echo one", "stty sane", "echo two"),
    Row(
      "a program that fails and leaves it raw", "sh -c 'stty raw -echo; exit 1'", "echo one",
      "stty -a | grep -c -- -icanon"),
    Row(
      "a program that a signal ends leaves it raw", "sh -c 'stty raw -echo; kill -9 $$'", "echo one",
      "stty -a | grep -o -- '.icanon'"),
    Row(
      "a stopped program leaves it raw", "sh -c 'stty raw -echo; kill -STOP $$; stty sane'", "echo one",
      "stty -a | grep -o -- '.icanon'", "fg", "stty -a | grep -o -- '.icanon'"),
    Row(
      "a program that leaves the alternate screen on", "printf '\\033[?1049h'", "echo there", "printf '\\033[?1049l'"),
    Row(
      "nonblocking standard input", "python3 -c 'import os; os.set_blocking(0, False)'", "echo alive",
      "cat </dev/null; echo $?"),
    Row("stty -icanon", "stty -icanon; stty -a | grep -o -- '.icanon'", "stty -a | grep -o -- '.icanon'"),
    Row("the terminal has a name", "tty", "[[ -t 0 && -t 1 && -t 2 ]] && echo yes", "GPG_TTY=$(tty); echo $GPG_TTY"),
    Row("/dev/tty", "echo there >/dev/tty", "read x </dev/tty; echo $x", "typed"),
  ]

  static let sizes = [
    Row("the size at the start", "echo $LINES $COLUMNS; stty size"),
    Row("a resize between lines", "true", .resize(rows: 30, columns: 60), "echo $LINES $COLUMNS; stty size"),
    Row(
      "a resize while editing", .text("echo \(String(repeating: "word ", count: 20))"), .resize(rows: 24, columns: 120),
      .key(.control("a")), .text("X"), .enter, "echo $COLUMNS"),
    Row(
      "a resize while a program runs", "mkfifo g; cat g", .resize(rows: 20, columns: 50), .open("g"),
      "echo $LINES $COLUMNS", .text("echo \(String(repeating: "word ", count: 20))"), .key(.control("a")), .enter),
    Row(
      "shopt -u checkwinsize", "shopt -u checkwinsize", "mkfifo g; cat g", .resize(rows: 20, columns: 50), .open("g"),
      "echo $LINES $COLUMNS"),
    Row(
      "trap WINCH", "trap 'echo resized' WINCH", "mkfifo g; cat g", .resize(rows: 20, columns: 50), .open("g"),
      "echo on"),
    Row(
      "trap WINCH while editing", "trap 'echo resized' WINCH", .text("echo a"), .resize(rows: 20, columns: 50),
      .text("b"), .enter),
    Row(
      "a resize in vim", "vim -u NONE -N -n text", .resize(rows: 12, columns: 50), .text("G"), .text(":q\r"),
      "echo $LINES", in: text),
    Row("LINES and COLUMNS set by hand", "COLUMNS=40", "echo $COLUMNS", "/bin/true", "echo $COLUMNS"),
    Row("PS3, TMOUT and select", "PS3='which? '", "select x in $(seq 20); do break; done", "3", "echo $x"),
  ]
}
