import TestSupport
import Testing

/// Startup files that people have: as Debian and packages install them, or written after their documentation.
struct SetupTests {
  @Test(arguments: debian + prompts + git + tools + hooks + editing)
  func `a setup works as in bash`(row: Row) throws { try compare(row) }

  private static let skeleton =
    "cp /etc/skel/.bashrc /etc/skel/.profile /etc/skel/.bash_logout home; rm home/.bashrc; cp /etc/skel/.bashrc home\n"

  static let debian = [
    Row(
      "Debian's ~/.bashrc", "ll -d /", "true", "cd /usr/lib", "type ls | head -1", "alias", "shopt histappend",
      "echo $HISTCONTROL", in: Setup(preparation: skeleton, hasPlainPrompt: false)),
    Row(
      "Debian's ~/.bashrc with colours", "false", "ls -d home", .text("cd ho"), .tab, .enter,
      in: Setup(preparation: skeleton, environment: ["TERM": "xterm-256color"], hasPlainPrompt: false)),
    Row(
      "Debian's ~/.bashrc in a chroot", "echo $debian_chroot",
      in: Setup(preparation: skeleton, environment: ["debian_chroot": "jail"], hasPlainPrompt: false)),
    Row(
      "Debian's ~/.bashrc and a Tab", .text("git sta"), .tab, .tab, .interrupt, .text("make -"), .tab, .interrupt,
      in: Setup(
        preparation: "\(skeleton)echo '. /usr/share/bash-completion/bash_completion' >>home/.bashrc",
        hasPlainPrompt: false)),
    Row(
      "Debian's files in a login shell", "shopt login_shell", "echo $0", "logout", .end,
      in: Setup(preparation: skeleton, options: ["-l"], hasPlainPrompt: false)),
    Row(
      "a terminal that can do nothing", "echo one", .key(.up), .text("x"), .enter,
      in: Setup(preparation: skeleton, environment: ["TERM": "dumb"], hasPlainPrompt: false)),
  ]

  static let prompts = [
    Row(
      "two lines and colours", "echo one", .text("echo \(String(repeating: "word ", count: 30))"),
      .key(.control("a"), .alt("f")), .text(" X"), .key(.control("k")), .enter, "false",
      in: Setup(
        startupFile: #"PS1='\[\e[1;32m\]\u\[\e[0m\] in \[\e[34m\]\W\[\e[0m\]\n\[\e[31m\]$?\[\e[0m\] \$ '; cd /usr/lib"#,
        hasPlainPrompt: false)),
    Row(
      "a prompt as wide as the screen", .text("echo abc"), .key(.control("a")), .text("X"),
      .key(.control("e"), .backspace), .enter,
      in: Setup(startupFile: "PS1='123456789012345678> '", columns: 20, hasPlainPrompt: false)),
    Row(
      "a prompt wider than the screen", .text("echo abc def"), .key(.control("a")), .text("X"), .interrupt, "true",
      in: Setup(startupFile: "PS1='1234567890123456789012345678> '", columns: 20, hasPlainPrompt: false)),
    Row(
      "a title", "cd /usr/lib", "echo one", in: Setup(startupFile: #"PS1='\[\e]0;at \w\a\]\$ '"#, hasPlainPrompt: false)
    ),
    Row(
      "a title from PROMPT_COMMAND", "cd /usr/lib", "false",
      in: Setup(startupFile: ##"PROMPT_COMMAND='printf "\e]0;%s\a" "${PWD##*/} $?"'"##)),
    Row(
      "PROMPT_DIRTRIM", "cd /usr/share/doc/bash", "cd ~", "PROMPT_DIRTRIM=1", "cd /usr/share/doc",
      in: Setup(startupFile: #"PS1='\w \$ ' PROMPT_DIRTRIM=2"#, hasPlainPrompt: false)),
    Row(
      "PS0", "echo one", "", "false; true", "for i in 1", "do :", "done",
      in: Setup(startupFile: #"PS0='[\! \j $((count += 1))]\n'"#)),
    Row("PS0 with a command", "echo one", "echo two", in: Setup(startupFile: "PS0='$(echo before \\#)\\n'")),
    Row(
      "PS2, PS3 and PS4", "echo 'a", "b'", "set -x; f() { :; }; f; set +x",
      in: Setup(startupFile: "PS2='.. ' PS4='+$LINENO '")),
    Row("a prompt that fails", "true", "echo $?", in: Setup(startupFile: "PS1='$(false)$? % '", hasPlainPrompt: false)),
    Row(
      "a prompt from a function that knows the status", "false", "true | (exit 3)", "sleep 1000", .interrupt,
      in: Setup(
        startupFile: "f() { local s=$? p=\"${PIPESTATUS[*]}\"; PS1=\"$s [$p] % \"; }; PROMPT_COMMAND=f",
        hasPlainPrompt: false)),
    Row(
      "a prompt with jobs and numbers", "{ sleep 1000 & } 2>/dev/null", "sleep 1000", .suspend, "fg", .interrupt,
      "kill %1; while kill -0 %1; do :; done 2>/dev/null", "",
      in: Setup(startupFile: ##"PS1='\j \! \# % '"##, hasPlainPrompt: false)),
    Row(
      "a wide prompt", .text("echo 日本"), .key(.control("a")), .text("X"), .key(.control("e")),
      .text(String(repeating: "x", count: 30)), .key(.control("a"), .control("d")), .enter,
      in: Setup(startupFile: "PS1='日本→ '", columns: 30, hasPlainPrompt: false)),
    Row(
      "PROMPT_COMMAND as a list", "true", "PROMPT_COMMAND+=('echo third')", "unset 'PROMPT_COMMAND[0]'",
      "unset PROMPT_COMMAND", "true", in: Setup(startupFile: "PROMPT_COMMAND=('echo first $?' 'echo second $?')")),
    Row(
      "PROMPT_COMMAND that fails", "true", "echo $?", in: Setup(startupFile: "PROMPT_COMMAND='no-such-command; echo )'")
    ),
    Row(
      "PROMPT_COMMAND with a syntax error", "true", "PROMPT_COMMAND=", "true",
      in: Setup(startupFile: "PROMPT_COMMAND='if'")),
    Row(
      "PROMPT_COMMAND that reads the history", "echo one", "echo two",
      in: Setup(startupFile: "PROMPT_COMMAND='history 1; fc -ln -1'")),
    Row(
      "right-hand prompts", .text("echo abc"), .key(.control("a")), .enter,
      in: Setup(startupFile: #"PS1='\[\e7\e[60Gright\e8\]% '"#, hasPlainPrompt: false)),
  ]

  private static let repository = Setup(
    startupFile:
      ". /usr/lib/git-core/git-sh-prompt; GIT_PS1_SHOWDIRTYSTATE=1 GIT_PS1_SHOWUNTRACKEDFILES=1; PS1='\\W$(__git_ps1 \" (%s)\") % '; cd repo",
    preparation:
      "mkdir repo; cd repo; git init -q -b main; touch file; git add file; git -c user.name=u -c user.email=e commit -q -m x",
    hasPlainPrompt: false)

  static let git = [
    Row(
      "a git prompt", "echo x >>file", "git add file", "touch other", "git checkout -q -b topic", "cd ..",
      in: repository),
    Row(
      "a git prompt in PROMPT_COMMAND", "false", "echo x >>file", "git add file",
      in: {
        var setup = repository
        setup.startupFile += "\nGIT_PS1_SHOWCOLORHINTS=1; PROMPT_COMMAND='__git_ps1 \"\\W\" \" $? % \"'"
        return setup
      }()),
    Row("git add -p", "echo x >>file", "git add -p", "y", "git status --short", in: repository),
    Row(
      "git commit with an editor", "git -c user.name=u -c user.email=e commit -q --allow-empty",
      "git log --format=%s | cat",
      in: {
        var setup = repository
        setup.files = ["ed": "#!/bin/sh\necho message >\"$1\"\n"]
        setup.environment = ["GIT_EDITOR": "../ed"]
        return setup
      }()),
  ]

  static let tools = [
    Row(
      "fzf's Ctrl-R", "echo one", "echo two", .key(.control("r")), .see("2/2"), .text("one"), .see("1/2"), .enter,
      .see("% echo one"), .enter, in: fzf),
    Row(
      "fzf's Ctrl-R, left with Escape", "echo one", .text("keep"), .key(.control("r")), .see("0/"), .key(.control("c")),
      .see("% keep"), .enter, in: fzf),
    Row(
      "fzf's Ctrl-T", .text("echo a "), .key(.control("t")), .see("3/3"), .text("tw"), .see("1/3"), .enter,
      .see("a two"), .text("b"), .enter, in: fzf),
    Row(
      "direnv", "cd project", .see("export"), "echo $IN_PROJECT", "cd ..", .see("unloading"),
      "echo ${IN_PROJECT-unset}", in: direnv),
    Row(
      "a virtual environment", ". venv/bin/activate", "echo ${VIRTUAL_ENV##*/}; type -p python", "deactivate",
      "echo ${VIRTUAL_ENV-unset}", "type -t deactivate",
      in: Setup(preparation: "/usr/bin/python3 -m venv --without-pip venv")),
    Row(
      "lazy functions, as nvm's", "nvm use 3", "nvm use 4", "type -t node", "node",
      in: Setup(
        startupFile: "nvm() { unset -f nvm node; . ./nvm.sh; nvm \"$@\"; }; node() { nvm >/dev/null; node \"$@\"; }",
        files: ["nvm.sh": "nvm() { echo nvm $1 $2; node() { echo node $1; }; }\n"])),
    Row(
      "GPG_TTY, MAILCHECK and umask", "echo $GPG_TTY $MAILCHECK", "umask",
      in: Setup(startupFile: "export GPG_TTY=$(tty); MAILCHECK=0; umask 077")),
    // That there is new mail bash says at the first or at the second prompt, by the second in which it has looked before:
    // no row can ask for it.
    Row(
      "MAILCHECK", "echo $MAILCHECK", "unset MAILCHECK MAIL MAILPATH; echo one", in: Setup(startupFile: "MAILCHECK=30")),
    Row(
      "a command-not-found handler", "nothing here", "echo $?", "x=$(nothing)",
      in: Setup(startupFile: "command_not_found_handle() { echo \"no $1, sorry\"; return 44; }")),
    Row(
      "ssh-agent and its like", "echo ${AGENT:+set}", "kill $AGENT",
      in: Setup(
        startupFile:
          "eval \"$(echo 'AGENT=1; export AGENT;'; :)\"; unset AGENT; { sleep 1000 & } 2>/dev/null; AGENT=$!; disown")),
    Row(
      "a startup file that talks and reads", "typed", "echo $answer",
      in: Setup(
        startupFile:
          "echo welcome; bind 'set bell-style none'; PROMPT_COMMAND='read -p \"who? \" answer; unset PROMPT_COMMAND'",
        firstSight: "who?")),
    Row(
      "a startup file with an error", "echo $?",
      in: Setup(startupFile: "no-such-command; cd /nowhere; echo $((1/0)); alias x='echo ok'")),
    Row("a startup file with a syntax error", "echo $?", "x", in: Setup(startupFile: "alias x='echo ok'\nif )\n")),
    Row("a startup file that returns", "echo $v", in: Setup(startupFile: "v=1; return; v=2")),
    Row("a startup file that exits", .end, in: Setup(startupFile: "echo bye; exit 5")),
    Row("a startup file that execs", .end, in: Setup(startupFile: "exec sh -c 'echo other; exit 6'")),
  ]

  private static let fzf = Setup(
    startupFile: ". /usr/share/doc/fzf/examples/key-bindings.bash",
    environment: ["FZF_DEFAULT_OPTS": "--no-color --no-mouse", "FZF_CTRL_T_COMMAND": "printf '%s\\n' one two three"])

  private static let direnv = Setup(
    startupFile: "eval \"$(direnv hook bash)\"",
    files: ["project/.envrc": "export IN_PROJECT=yes\n"], preparation: "cd project; direnv allow .")

  private static let preexec = """
    __inside=
    __before() { [[ -n $COMP_LINE || -n $__inside || $BASH_COMMAND == "$PROMPT_COMMAND" ]] && return; [[ -z $__ready ]] && return; __ready=; local __inside=1; preexec "$(HISTTIMEFORMAT= history 1 | sed '1 s/^ *[0-9]*[* ] //')"; }
    __after() { local s=$?; local __inside=1; precmd $s; __ready=1; return $s; }
    preexec() { echo "before: $1"; }
    precmd() { echo "after: $1"; }
    trap '__before "$_"' DEBUG
    PROMPT_COMMAND=__after
    """

  static let hooks = [
    Row(
      "preexec and precmd", "echo one", "false", "", "echo a; echo b | cat", "for i in 1 2", "do :", "done", "(exit 3)",
      in: Setup(startupFile: preexec)),
    Row(
      "preexec and a program that is interrupted", "sleep 1000", .interrupt, "sleep 1000", .suspend, "fg", .interrupt,
      in: Setup(startupFile: preexec)),
    Row("preexec and $_", "echo one two", "echo $_", in: Setup(startupFile: preexec)),
    Row(
      "a timer of commands", "true", "echo one",
      in: Setup(
        startupFile:
          "trap 'T=${T:-$SECONDS}' DEBUG; PROMPT_COMMAND='((SECONDS - T < 100)) && P=quick; unset T'; PS1='$P % '",
        hasPlainPrompt: false)),
    Row(
      "a title of the command, by a DEBUG trap", "echo one", "true; false",
      in: Setup(startupFile: "trap 'printf \"\\e]0;%s\\a\" \"$BASH_COMMAND\"' DEBUG")),
    Row(
      "OSC 133 marks", "echo one", "false",
      in: Setup(
        startupFile:
          #"PS1='\[\e]133;A\a\]% \[\e]133;B\a\]' PS0='\e]133;C\a' PROMPT_COMMAND='printf "\e]133;D;%s\a" $?'"#,
        hasPlainPrompt: false)),
    Row(
      "bind -x", .text("echo one"), .key(.control("x")), .text("a"), .text(" end"), .enter,
      in: Setup(startupFile: "f() { READLINE_LINE=\": $READLINE_LINE\"; READLINE_POINT=1; }; bind -x '\"\\C-xa\": f'; ")
    ),
    Row(
      "bind -x that prints", .text("echo one"), .key(.control("x")), .text("a"), .enter,
      in: Setup(startupFile: "bind -x '\"\\C-xa\": echo printed at $READLINE_POINT ${READLINE_MARK-}'")),
    Row(
      "bind -x with a program on the screen", .text("echo one"), .key(.control("x")), .text("a"), .text("q"), .enter,
      in: Setup(startupFile: "bind -x '\"\\C-xa\": less /etc/hostname'", environment: ["LESS": "-+F"])),
    Row(
      "bind -x and $?, PIPESTATUS and jobs", "false | (exit 3)", .key(.control("x")), .text("a"),
      "echo $? ${PIPESTATUS[@]}", in: Setup(startupFile: "bind -x '\"\\C-xa\": echo $? ${PIPESTATUS[@]}'")),
    Row(
      "bind -X and -S and -P", "bind -X", "bind -S", "bind -q yank",
      in: Setup(startupFile: "bind -x '\"\\C-xa\": true'; bind '\"\\C-xb\": \"text\"'")),
  ]

  static let editing = [
    Row(
      "set -o vi", "set -o vi", .text("echo one two"), .key(.escape), .text("0wcwX"), .key(.escape), .text("A end"),
      .enter, .key(.escape), .text("k"), .text("dd"), .text("iecho again"), .enter),
    Row(
      "vi with a mode in the prompt", .text("echo one"), .key(.escape), .see("cmd"), .text("i"), .see("ins"),
      .text("X"), .enter,
      in: Setup(
        startupFile:
          "set -o vi; bind 'set show-mode-in-prompt on'; bind 'set vi-ins-mode-string ins '; bind 'set vi-cmd-mode-string cmd '"
      )),
    Row(
      "vi: v edits in an editor", "set -o vi", .text("echo one"), .key(.escape), .text("v"), .see("edited"),
      "echo after", in: Setup(files: ["ed": "#!/bin/sh\necho 'echo edited' >\"$1\"\n"], environment: ["EDITOR": "./ed"])
    ),
    Row("vi: search", "set -o vi", "echo one", "echo two", .key(.escape), .text("/one"), .enter, .enter),
    Row(
      "~/.inputrc", .text("ls alp"), .tab, .key(.control("x")), .text("h"), .enter,
      in: Setup(files: [
        "home/.inputrc":
          "set completion-ignore-case on\nset show-all-if-ambiguous on\n\"\\C-xh\": \"; echo macro\"\n$if Bash\n\"\\C-xi\": \"bash\"\n$endif\n",
        "ALPHA": "", "alpine": "",
      ])),
    Row(
      "~/.inputrc with conditions", .key(.control("x")), .text("i"), .key(.control("x")), .text("j"), .enter,
      in: Setup(files: [
        "home/.inputrc":
          "$if Bash\n\"\\C-xi\": \"echo bash\"\n$else\n\"\\C-xi\": \"echo other\"\n$endif\n$if term=xterm\n\"\\C-xj\": \" xterm\"\n$endif\n"
      ])),
    Row(
      "INPUTRC", .key(.control("x")), .text("i"), .enter,
      in: Setup(files: ["rc": "\"\\C-xi\": \"echo mine\"\n"], environment: ["INPUTRC": "./rc"])),
    Row(
      "arrows that search", "echo one", "ls -d /", .text("ec"), .key(.up), .enter,
      in: Setup(files: ["home/.inputrc": "\"\\e[A\": history-search-backward\n\"\\e[B\": history-search-forward\n"])),
    Row("bind -p and -v are bash's", "bind -p >seen-p; bind -v >seen-v; bind -s >seen-s; bind -l >seen-l"),
    Row(
      "bind -f, -u and -r", "bind -f rc", .key(.control("x")), .text("i"), .enter, "bind -r '\\C-xi'",
      .key(.control("x")), .text("i"), .enter, in: Setup(files: ["rc": "\"\\C-xi\": \"echo mine\"\n"])),
    Row(
      "echo-control-characters off", "bind 'set echo-control-characters off'", .text("echo a"), .interrupt,
      "sleep 1000", .interrupt),
    Row(
      "horizontal-scroll-mode", "bind 'set horizontal-scroll-mode on'",
      .text("echo \(String(repeating: "word ", count: 20))"), .key(.control("a")), .key(.control("e")), .enter,
      in: Setup(columns: 40)),
    Row("blink-matching-paren", "bind 'set blink-matching-paren on'", .text("echo $((1+1))"), .enter),
    Row(
      "enable-active-region", .paste("echo one"), .text(" x"), .enter,
      in: Setup(startupFile: "bind 'set enable-active-region on'")),
  ]
}
