# bash completion for bgsh                                  -*- shell-script -*-
# SPDX-License-Identifier: GPL-3.0-or-later

# Prints the task references there are, one a line: @7, and @tests if it has a name.
_bgsh_references() {
  local program=$1 line rest
  shift
  while IFS= read -r line; do
    printf '%s\n' "${line%%$'\t'*}"
    rest=${line#*$'\t'}
    rest=${rest%%$'\t'*}
    if [[ $rest ]]; then printf '@%s\n' "$rest"; fi
  done < <("${program/#\~/$HOME}" complete-references "$@" 2>/dev/null)
}

# Prints what may stand as the value of an option, given the subcommand (or nothing) and the option.
# Status 1: the option takes no value. Status 2: a file.
_bgsh_values() {
  case $1:$2 in
    jobs:--state)
      printf '%s\n' queued running paused waiting-for-input exited killed timed-out skipped lost ;;
    kill:-s) compgen -A signal | sed -n 's/^SIG//p' ;;
    kill:-n) printf '%s\n' 1 2 3 9 15 18 19 ;;
    jobs:--since) printf '%s\n' 1h 1d 7d ;;
    mcp:--print-config) printf '%s\n' claude codex gemini vscode generic ;;
    prune:--older-than) printf '%s\n' 1d 7d 30d ;;
    wait:--timeout | hook:--timeout | :--timeout) printf '%s\n' 30s 5m 30m 1h ;;
    :--kill-after) printf '%s\n' 5s 30s ;;
    :--limit) printf '%s\n' 16M 64M 256M 1G ;;
    output:-n | output:--lines) printf '%s\n' 10 20 100 ;;
    :--notify) printf '%s\n' prompt now off ;;
    :-o | :+o) compgen -A setopt ;;
    :-O | :+O) compgen -A shopt ;;
    :--rcfile | :--init-file | digest:--last-good) return 2 ;;
    digest:--status) printf '%s\n' 0 1 ;;
    :-c | digest:--command | :--name | :--desc | :--notify-on | output:--grep) ;;
    *) return 1 ;;
  esac
}

# Sets the variable `word` to what means that word behind an open quote, or where there is none.
_bgsh_quote() {
  case $2 in
    \') word=${1//\'/\'\\\'\'} ;;
    \")
      word=${1//\\/\\\\}
      word=${word//\$/\\\$}
      word=${word//\`/\\\`}
      word=${word//\"/\\\"}
      word=${word//\!/\"\\\!\"}
      ;;
    *) printf -v word %q "$1" ;;
  esac
}

_bgsh() {
  # Whole words up to the cursor: bash itself would split them at '@' and '='.
  local line=${COMP_LINE:0:COMP_POINT}
  local current=${line##*[[:space:]]}
  local -a words
  read -ra words <<<"${line%"$current"}"
  local program=$1 quote='' subcommand='' option='' value='' has_command='' index word
  local subcommands='jobs wait kill output digest notifications why rerun prune doctor help fg tool mcp hook'
  COMPREPLY=()

  for ((index = 1; index < ${#words[@]}; index++)); do
    word=${words[index]}
    option=
    if [[ $word == -- && ! $subcommand ]]; then
      has_command=1
      break
    elif [[ $word == [-+]* && $word != *=* ]]; then
      if _bgsh_values "$subcommand" "$word" >/dev/null || (($? == 2)); then
        option=$word
        [[ $word == -c && ! $subcommand ]] && has_command=1
        ((index++)) # its value, which is what is completed if it is not there yet
        ((index < ${#words[@]})) && option=
      fi
    elif [[ ! $subcommand && ! $has_command ]]; then
      if [[ " $subcommands " == *" $word "* ]]; then subcommand=$word; else has_command=1; fi
      [[ $subcommand ]] || break
    fi
  done

  local status
  local -a candidates=()
  if [[ $current == [\'\"]* ]]; then
    quote=${current:0:1}
    current=${current:1}
  fi
  value=$current
  if [[ ! $option && $current == --*=* ]]; then
    option=${current%%=*}
    value=${current#*=}
  fi
  if [[ $option ]]; then
    _bgsh_values "$subcommand" "$option" >/dev/null
    status=$?
    if ((status == 2)); then compopt -o default 2>/dev/null; fi
    if ((status)); then return; fi
    mapfile -t candidates < <(_bgsh_values "$subcommand" "$option")
  elif [[ $subcommand ]]; then
    case $subcommand:$current in
      jobs:-*) candidates=(-a --all -l --long --failed --state --since --json -h --help) ;;
      wait:-*) candidates=(-n --any --timeout --json -h --help) ;;
      kill:-[A-Z]*) mapfile -t candidates < <(compgen -A signal | sed -n 's/^SIG/-/p') ;;
      kill:-*) candidates=(-s -n --all --dry-run --json -h --help) ;;
      output:-*) candidates=(-f --follow -n --lines --new --grep --digest --path --stdout --stderr -h --help) ;;
      digest:-*) candidates=(--command --status --last-good -h --help) ;;
      notifications:-*) candidates=(--peek --history --json -h --help) ;;
      prune:-*) candidates=(--all --older-than --dry-run --json -h --help) ;;
      rerun:-*) candidates=(--edit --failed -h --help) ;;
      tool:-*) candidates=(--events --keep --login -h --help) ;;
      mcp:-*) candidates=(--keep --login --print-config -h --help) ;;
      hook:-*) candidates=(--wait --timeout -h --help) ;;
      hook:*) candidates=(claude codex gemini) ;;
      why:-* | doctor:-*) candidates=(--json -h --help) ;;
      fg:-* | help:-*) candidates=(-h --help) ;;
      help:*) read -ra candidates <<<"$subcommands bg" ;;
      kill:* | fg:*) mapfile -t candidates < <(_bgsh_references "$program" --live) ;;
      digest:*)
        compopt -o default 2>/dev/null
        return
        ;;
      doctor:* | notifications:*) return ;;
      *) mapfile -t candidates < <(_bgsh_references "$program") ;;
    esac
  elif [[ $has_command ]]; then
    compopt -o default 2>/dev/null # arguments of the command
    return
  else
    case $current in
      -*)
        candidates=(-c -s -i -l --login --norc --noprofile --rcfile --init-file --posix --noediting --restricted
          --verbose --debugger -o -O -e -u -x --timeout --kill-after --name --desc
          --limit --quiet --split --no-input --end-with-shell --notify-on --notify --json --version --help)
        ;;
      +*) candidates=(+o +O +e +u +x) ;;
      *)
        compopt -o filenames 2>/dev/null
        read -ra candidates <<<"$subcommands"
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
        ;;
    esac
  fi

  for word in "${candidates[@]}"; do
    _bgsh_quote "$word" "$quote"
    if [[ $word == "$value"* ]]; then COMPREPLY+=("$word"); fi
  done
  # It would take a quote at the end for the closing one.
  if [[ $quote ]] && ((${#COMPREPLY[@]} == 1)); then COMPREPLY[0]+=$quote; fi
  # readline replaces only what follows the last of its word breaks.
  if [[ $value == *"$2" ]]; then
    COMPREPLY=("${COMPREPLY[@]#"${value%"$2"}"}")
  fi
}

complete -F _bgsh bgsh
