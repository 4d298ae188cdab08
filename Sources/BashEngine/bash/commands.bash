# shellcheck shell=bash disable=SC2154 # The header assigns what is not assigned here.
# The job commands inside the shell. What is no task stays bash's: every option and meaning of jobs, fg, wait and kill.

__bgsh_control() { BGSH_NOTIFY=${BGSH_NOTIFY-} "$__bgsh_control_program" "$@"; }

# __bgsh_asks_bgsh ARG...: whether an argument is a task reference or a flag that only bgsh has.
__bgsh_asks_bgsh() {
  while (($#)); do
    case $1 in
      @?* | --?*) return 0 ;;
    esac
    builtin shift
  done
  return 1
}

jobs() {
  if __bgsh_asks_bgsh "$@"; then
    __bgsh_control jobs "$@"
  elif [[ " $*" == *' -'*a* ]]; then
    builtin jobs
    __bgsh_control jobs "$@"
  elif [[ -z ${BGSH_TASK-} || ($# -gt 0 && "$*" != -l) ]]; then
    builtin jobs "$@"
  else
    builtin jobs "$@"
    __bgsh_control jobs "$@"
  fi
}

fg() {
  if __bgsh_asks_bgsh "$@"; then
    __bgsh_control fg "$@"
  elif [[ $# -eq 0 && ${BGSH_TASK-} ]] && ! builtin jobs %% >/dev/null 2>&1; then
    # Bash has no job to bring back, and there has been a task.
    __bgsh_control fg @@
  else
    builtin fg "$@"
  fi
}

kill() {
  if __bgsh_asks_bgsh "$@"; then
    __bgsh_control kill "$@"
  else
    builtin kill "$@"
  fi
}

wait() {
  if (($#)); then
    if __bgsh_asks_bgsh "$@"; then
      __bgsh_control wait "$@"
    else
      builtin wait "$@"
    fi
  elif [[ $__bgsh_launched && $__bgsh_mine == "$BASHPID" ]]; then
    builtin wait
    # By a here-string: there may be more of them than an argument holds.
    __bgsh_control wait --launched - <<<"${__bgsh_launched#,}"
    __bgsh_status=$? __bgsh_launched=''
    return "$__bgsh_status"
  else
    builtin wait
  fi
}

# The other names give way to what the user already has. The header says which of them can be meant.
for __bgsh_word in "${__bgsh_words[@]}"; do
  if ! builtin type -t "$__bgsh_word" >/dev/null; then
    builtin eval "$__bgsh_word() { __bgsh_control $__bgsh_word \"\$@\"; }"
  fi
done
builtin unset -v __bgsh_word __bgsh_words
builtin readonly -f __bgsh_control __bgsh_asks_bgsh
