import TestSupport
import Testing

/// What Tab does.
struct CompletionTests {
  @Test(arguments: names + programmable + functions + settings + packaged)
  func `Tab completes as in bash`(row: Row) throws { try compare(row) }

  private static let tree = Setup(files: [
    "alpha/inner/deep": "", "alpine": "", "beta file": "", "beta'quote": "", "gamma.txt": "", "delta/x": "",
    "$money": "", "ünï": "", ".hidden": "",
  ])

  static let names = [
    Row(
      "a slow completer is interrupted", "slow() { sleep 1000; }; complete -F slow cmd", .text("cmd "), .tab,
      .interrupt,
      "echo $?"),
    Row("a file", .text("ls gam"), .tab, .enter, in: tree),
    Row("a directory, and on", .text("ls alph"), .tab, .tab, .tab, .enter, in: tree),
    Row("what is common, then a list", .text("ls al"), .tab, .tab, .tab, .text("i"), .tab, .enter, in: tree),
    Row("a name with a blank", .text("ls beta\\ "), .tab, .enter, in: tree),
    Row("in quotes", .text("ls \"beta "), .tab, .enter, in: tree),
    Row("a name with a quote", .text("ls beta\\'"), .tab, .enter, in: tree),
    Row("a name with a dollar", .text("ls \\$m"), .tab, .enter, in: tree),
    Row("a name that is not ASCII", .text("ls ün"), .tab, .enter, in: tree),
    Row("all names", .text("ls "), .tab, .tab, .text("g"), .tab, .enter, in: tree),
    Row("nothing fits", .text("ls nope"), .tab, .tab, .interrupt, in: tree),
    Row("hidden names", .text("ls .h"), .tab, .enter, in: tree),
    Row("directories for cd", .text("cd "), .tab, .tab, .text("a"), .tab, .enter, "echo ${PWD##*/}", in: tree),
    Row("in the middle of a line", .text("ls gam | cat"), .key(.alt("b"), .left, .left, .left), .tab, .enter, in: tree),
    Row("behind a redirection", .text("cat <gam"), .tab, .enter, in: tree),
    Row("a pattern", .text("ls g*t"), .tab, .enter, in: tree),
    Row("in the home directory", .text("ls ~/.bash"), .tab, .tab, .enter, in: tree),
    Row("users", .text("echo ~roo"), .tab, .enter),
    Row("variables", .text("echo $HISTFIL"), .tab, .tab, .text("E"), .tab, .enter),
    Row("variables in braces", .text("echo ${BASH_VERSI"), .tab, .tab, .text("ON"), .tab, .enter),
    Row(
      "hosts", "HOSTFILE=$PWD/hosts", .text("echo me@alp"), .tab, .enter,
      in: Setup(files: ["hosts": "10.0.0.1 alphahost\n"])),
    Row("commands", .text("shop"), .tab, .text("-p cdspell"), .enter),
    Row("commands in a list", .text("comple"), .tab, .tab, .interrupt),
    Row(
      "a function and an alias", "myfunction() { echo run; }; alias myfunky=true", .text("myfun"), .tab, .tab,
      .text("ct"), .tab, .enter),
    Row("a command in $( )", .text("echo $(shop"), .tab, .text("-p cdspell)"), .enter),
    Row("a command after a pipe", .text("true | shop"), .tab, .interrupt),
    Row(
      "a program by its path", .text("./pro"), .tab, .enter,
      in: Setup(files: ["program": "#!/bin/sh\necho ran\n", "profile": ""])),
    Row("an empty line", .tab, .key(.control("g")), in: Setup(startupFile: "shopt -s no_empty_cmd_completion")),
    Row(
      "many names are asked about", .text("ls f"), .tab, .tab, .text("n"), .interrupt,
      in: Setup(preparation: "touch f{1..120}")),
    Row(
      "many names are paged", .text("ls f"), .tab, .tab, .text("y"), .text(" "), .text("q"), .interrupt,
      in: Setup(preparation: "touch file-with-a-long-name-{1..120}")),
    Row("Alt-? lists and Alt-* inserts", .text("ls al"), .key(.alt("?")), .key(.alt("*")), .enter, in: tree),
    Row(
      "Alt-/ and Alt-$ and Alt-!", .text("ls gam"), .key(.alt("/")), .text(" $HISTS"), .key(.alt("$")), .text(" shop"),
      .key(.alt("!")), .interrupt, in: tree),
    Row("Alt-{ braces", .text("echo al"), .key(.alt("{")), .enter, in: tree),
    Row("Ctrl-X / lists files", .text("ls al"), .key(.control("x")), .text("/"), .interrupt, in: tree),
  ]

  static let programmable = [
    Row(
      "complete -W", "complete -W 'apple apricot banana' f; f() { echo \"$@\"; }", .text("f ap"), .tab, .tab,
      .text("r"), .tab, .text("b"), .tab, .enter),
    Row("complete -A and -X", "complete -f -X '!*.txt' cat", .text("cat "), .tab, .enter, in: tree),
    Row(
      "complete -d", "complete -d show; show() { echo \"$@\"; }", .text("show "), .tab, .tab, .text("d"), .tab, .enter,
      in: tree),
    Row(
      "complete -P and -S", "complete -W 'one two' -P pre- -S =post f; f() { echo \"$@\"; }", .text("f pre-o"), .tab,
      .text("f t"), .tab, .enter),
    Row(
      "complete -C", "complete -C ./list f; f() { echo \"$@\"; }", .text("f x"), .tab, .enter,
      in: Setup(files: ["list": "#!/bin/sh\necho \"xx-$1-$2-$3-$COMP_POINT\"\n"])),
    Row(
      "complete -o nospace", "complete -W 'key=' -o nospace f; f() { echo \"$@\"; }", .text("f k"), .tab, .text("v"),
      .enter),
    Row(
      "complete -o filenames", "complete -W 'alpha/x beta\\ y' -o filenames f; f() { echo \"$@\"; }", .text("f "), .tab,
      .tab, .text("a"), .tab, .enter),
    Row("complete -o nosort", "complete -W 'zz aa mm' -o nosort f", .text("f "), .tab, .tab, .interrupt),
    Row(
      "complete -o default", "complete -W 'zz' -o default f; f() { echo \"$@\"; }", .text("f gam"), .tab, .enter,
      in: tree),
    Row(
      "complete -o bashdefault", "complete -W 'zz' -o bashdefault f; f() { echo \"$@\"; }", .text("f $HISTFILES"), .tab,
      .interrupt),
    Row(
      "complete -o dirnames and plusdirs", "complete -W 'dada' -o plusdirs f; f() { echo \"$@\"; }", .text("f d"), .tab,
      .tab, .text("e"), .tab, .enter, in: tree),
    Row("complete -E", "complete -E -W 'first second'", .tab, .tab, .text("f"), .tab, .interrupt),
    Row("complete -I", "complete -I -W 'greet grow'", .text("gr"), .tab, .tab, .interrupt),
    Row("complete -D", "complete -D -W 'dflt'", .text("unknown d"), .tab, .interrupt),
    Row("complete -p and -r", "complete -W 'a b' f", "complete -p f", "complete -r f", "complete -p f"),
    Row(
      "compgen", "compgen -W 'one two' t; compgen -A signal SIGHU; compgen -b comp; compgen -k wh; compgen -f gam",
      in: tree),
    Row(
      "a word list that is expanded", "words='x1 x2'; complete -W '$words $(echo x3)' f", .text("f x"), .tab, .tab,
      .interrupt),
  ]

  private static let teller = """
    tell() {
      declare -p COMP_LINE COMP_POINT COMP_CWORD COMP_WORDS COMP_TYPE COMP_KEY >>seen
      echo "$# $1 $2 $3" >>seen
      COMPREPLY=($(compgen -W 'green grey' -- "$2"))
    }
    complete -F tell f; f() { echo "$@"; }
    """

  static let functions = [
    Row(
      "what a function is told", .text("f a 'b c' gr"), .tab, .tab, .text("ey"), .tab, .enter,
      in: Setup(startupFile: teller)),
    Row(
      "in the middle, and with operators", .text("true && x=1 f a:b gr >out"), .key(.alt("b"), .left, .left), .tab,
      .interrupt, in: Setup(startupFile: teller)),
    Row(
      "a function that sets variables", "g() { count=$((count + 1)); COMPREPLY=(word$count); }; complete -F g f",
      .text("f "), .tab, .interrupt, "echo $count"),
    Row(
      "compopt", "g() { COMPREPLY=(key=); compopt -o nospace; }; complete -F g f; f() { echo \"$@\"; }", .text("f k"),
      .tab, .text("v"), .enter),
    Row(
      "a function that fails with 124 is asked again",
      "g() { complete -W 'late later' f; return 124; }; complete -F g f; f() { echo \"$@\"; }", .text("f lat"), .tab,
      .tab, .text("er"), .tab, .enter),
    Row(
      "a function that writes to the terminal", "g() { echo heard; COMPREPLY=(x1); }; complete -F g f", .text("f "),
      .tab, .interrupt),
    Row(
      "a function that fails", "g() { no-such-command; return 1; }; complete -F g f", .text("f x"), .tab, .interrupt,
      "echo $?"),
    Row(
      "$? and $_ outlive a function", "g() { false; COMPREPLY=(x); }; complete -F g echo", "(exit 7)",
      .text("echo $? "), .tab, .enter),
    Row(
      "a completion that Ctrl-C ends", "mkfifo g; g() { cat g; }; complete -F g f", .text("f x"), .tab, .interrupt,
      .interrupt, "echo alive"),
    Row(
      "names that a function spells with blanks",
      "g() { COMPREPLY=('one two' 'one three'); compopt -o filenames; }; complete -F g f; f() { echo \"$#\"; }",
      .text("f o"), .tab, .tab, .text("t\\ "), .interrupt),
  ]

  static let settings = [
    Row("menu-complete", "bind 'TAB: menu-complete'", .text("ls al"), .tab, .tab, .tab, .enter, in: tree),
    Row("show-all-if-ambiguous", "bind 'set show-all-if-ambiguous on'", .text("ls al"), .tab, .interrupt, in: tree),
    Row("completion-ignore-case", "bind 'set completion-ignore-case on'", .text("ls GAM"), .tab, .enter, in: tree),
    Row("mark-directories off", "bind 'set mark-directories off'", .text("ls alph"), .tab, .enter, in: tree),
    Row(
      "colored-stats and visible-stats", "bind 'set visible-stats on'", .text("ls "), .tab, .tab, .interrupt, in: tree),
    Row("disable-completion", "bind 'set disable-completion on'", .text("echo a"), .tab, .text("b"), .enter, in: tree),
    Row(
      "FIGNORE", "FIGNORE=.txt", .text("ls gam"), .tab, .interrupt, in: Setup(files: ["gamma.txt": "", "gamma.c": ""])),
    Row("dirspell", "shopt -s dirspell direxpand", .text("ls alhpa/in"), .tab, .enter, in: tree),
    Row("cdable_vars and CDPATH", "CDPATH=$PWD/alpha", .text("cd inn"), .tab, .enter, in: tree),
    Row(
      "a list that is wider than the screen", .text("ls a-"), .tab, .tab, .text("1"), .tab, .enter,
      in: Setup(preparation: "touch a-{1..9}-long-long-name", columns: 40)),
  ]

  private static let packages = Setup(
    startupFile: ". /usr/share/bash-completion/bash_completion",
    files: [
      "Makefile": "all: one two\none:\n\techo one\ntwo:\n\techo two\n",
      "home/.ssh/config": "Host alphahost\nHost alpinehost\nHost beta\n",
      "archive.tar": "", "archive.txt": "", "dir/x": "",
    ])

  static let packaged = [
    Row("git che", .text("git che"), .tab, .tab, .text("ckou"), .tab, .interrupt, in: packages),
    Row(
      "git options and branches", .text("git checkout to"), .tab, .text("--qu"), .tab, .enter,
      in: {
        var setup = packages
        setup.preparation =
          "git init -q -b main; git -c user.name=u -c user.email=e commit -q --allow-empty -m x; git branch topic"
        return setup
      }()),
    Row("make targets", .text("make "), .tab, .tab, .text("o"), .tab, .enter, in: packages),
    Row("ssh hosts", .text("ssh alp"), .tab, .tab, .text("h"), .tab, .interrupt, in: packages),
    Row("cd", .text("cd "), .tab, .enter, "echo ${PWD##*/}", in: packages),
    Row("tar", .text("tar xf arch"), .tab, .tab, .interrupt, in: packages),
    Row("kill signals", .text("kill -HU"), .tab, .interrupt, in: packages),
    Row("long options", .text("ls --group"), .tab, .interrupt, in: packages),
    Row("sudo-like commands", .text("env shop"), .tab, .tab, .text("exec hash ls --group"), .interrupt, in: packages),
    Row("set and shopt", .text("shopt -s cds"), .tab, .enter, "shopt cdspell", in: packages),
    Row("what is loaded on demand is there", .text("make "), .tab, .interrupt, "complete -p make", in: packages),
    Row(
      "variables with bash-completion", .text("export HISTFIL"), .tab, .tab, .interrupt, .text("echo $HISTFILES"), .tab,
      .interrupt, in: packages),
  ]
}
