# shellcheck shell=bash disable=SC2154,SC2034 # The header assigns what is not assigned here; others use what is not used here.
# How a shell becomes the launcher of tasks: the rewritten form of `LIST &bg FLAGS` calls __bgsh_launch and __bgsh_confirm
# in the shell and __bgsh_go in its fork. Everything is found by path, so that no descriptor has to be inherited and a new
# supervisor can take over the files of an old one. Names begin with __bgsh_ or BGSH_; nothing here may print a trace,
# change an option or touch $_ or $? where the user could see it. Where `set -e` or ERR could strike, callers add `|| :`.
#
# Set by the header: __bgsh_run (the session's directory), __bgsh_tasks (the tasks' directory), __bgsh_control_program,
# __bgsh_input (what a task reads), __bgsh_refusal (why no task can be started, or nothing), __bgsh_mine (the process
# whose tasks __bgsh_launched lists).

# __bgsh_launch TEXT SHOWN [FLAG...] takes an id. Here and in __bgsh_confirm the true standard error is descriptor 249.
__bgsh_launch() {
  __bgsh_status=$? __bgsh_command=$1 __bgsh_shown=$2 __bgsh_options=$-
  __bgsh_name='' __bgsh_description='' __bgsh_timeout='' __bgsh_kill_after='' __bgsh_quiet=''
  builtin shift 2
  while (($#)); do
    case $1 in
      --timeout) __bgsh_duration "$1" "$2" || return 2; __bgsh_timeout=$2 ;;
      --kill-after) __bgsh_duration "$1" "$2" || return 2; __bgsh_kill_after=$2 ;;
      --name) __bgsh_valid_name "$2" || return 2; __bgsh_name=$2 ;;
      --desc) __bgsh_description=${2//[$'\n\t']/ } ;;
      --quiet) __bgsh_quiet=1; builtin shift; continue ;;
    esac
    builtin shift 2
  done
  if [[ $__bgsh_refusal ]]; then
    __bgsh_complain "no task can be started: $__bgsh_refusal"
    return 1
  fi
  __bgsh_take_id || return 1
  __bgsh_output=$__bgsh_tasks/$BGSH_TASK/output
}

# Confirms the launch, once the task has been forked: an interrupt before that leaves nothing that was promised. A launch
# that failed keeps its status.
__bgsh_confirm() {
  __bgsh_last=$?
  [[ $__bgsh_last == 0 ]] || return "$__bgsh_last"
  [[ $__bgsh_mine == "$BASHPID" ]] || __bgsh_mine=$BASHPID __bgsh_launched=''
  __bgsh_launched+=,$BGSH_TASK
  [[ ${BGSH_NOTIFY-} == off ]] ||
    builtin printf '[@%s] started: %s\n' "$BGSH_TASK" "$__bgsh_shown${__bgsh_name:+ (@$__bgsh_name)}" >&249
}

# Takes an id: one packet of eight bytes, which must be read by a single read(2).
__bgsh_take_id() {
  __bgsh_id=''
  if [[ -o posix ]]; then
    # In posix mode bash reads byte by byte, and each read would take a packet.
    __bgsh_id=$(builtin set +o posix; builtin read -rN8 -t10 __bgsh_id <>"$__bgsh_run/ids"; builtin printf %s "$__bgsh_id")
  else
    { builtin read -rN8 -t10 __bgsh_id <>"$__bgsh_run/ids"; } 2>/dev/null
  fi
  case $__bgsh_id in
    [0-9]*) BGSH_TASK=$((10#$__bgsh_id)) && return ;;
    '!full'*) __bgsh_refusal_text='no space is left for the state directory; free some and try again' ;;
    '!write'*) __bgsh_refusal_text='the state directory cannot be written; check the rights to it' ;;
    '!newer'*) __bgsh_refusal_text='the task database is of a newer bgsh; use that one, or set BGSH_STATE_DIR to another directory' ;;
    '!'*) __bgsh_refusal_text="the task database cannot be used; 'bgsh doctor' says more" ;;
    *) __bgsh_refusal_text="the supervisor of this session does not answer; 'bgsh doctor' says more" ;;
  esac
  __bgsh_complain "no task can be started: $__bgsh_refusal_text"
  return 1
}

__bgsh_complain() { builtin printf 'bgsh: %s\n' "$1" >&249; }

__bgsh_duration() {
  __bgsh_digits='[0-9]{1,9}(\.[0-9]+)?'
  __bgsh_pattern="($__bgsh_digits)"
  __bgsh_pattern="^($__bgsh_digits|(${__bgsh_pattern}d)?(${__bgsh_pattern}h)?(${__bgsh_pattern}m)?(${__bgsh_pattern}s)?(${__bgsh_pattern}ms)?)\$"
  [[ $2 =~ $__bgsh_pattern && $2 == *[0-9]* && ($1 == --kill-after || $2 == *[1-9]*) ]] && return
  __bgsh_complain "'$1' takes a time like 90, 250ms, 90s, 5m or 1h30m, not '$2'"
  return 1
}

__bgsh_valid_name() {
  [[ $1 && $1 != [@-]* && $1 != *[,/[:cntrl:]]* && $1 == *[!0-9]* ]] && return
  __bgsh_complain "'$1' is no name for a task: names have no commas, slashes or control characters, are not all digits, and do not begin with '@' or '-'"
  return 1
}

# __bgsh_go, in the task: registers it and waits until the supervisor has adopted and recorded it. Its status is the
# one that the launching shell had, so that the task finds $? as a plain `&` would leave it.
__bgsh_go() {
  builtin export BGSH_TASK_ID=$BGSH_TASK BGSH_TASK_NAME=$__bgsh_name
  __bgsh_directory=$__bgsh_tasks/$BGSH_TASK
  builtin printf '%s\0' "$__bgsh_command" "$PWD" "$__bgsh_name" "$__bgsh_description" "$__bgsh_timeout" \
    "$__bgsh_kill_after" "$__bgsh_quiet" >|"$__bgsh_directory/record"
  {
    builtin printf 'R %s %s\n' "$BGSH_TASK" "$BASHPID" 1<>"$__bgsh_run/register"
    until builtin read -r -t60 __bgsh_answer; do
      [[ -e $__bgsh_run/control ]] || builtin exit 125
    done
  } <>"$__bgsh_directory/go"
  if [[ $__bgsh_answer != go ]]; then
    builtin printf 'bgsh: not started: %s\n' "${__bgsh_answer#no }" >>"$__bgsh_output"
    builtin exit 125
  fi
  # The shell in between has made the process group; $- is to be as the launching shell's.
  [[ $__bgsh_options == *m* ]] || builtin set +m
  return "$__bgsh_status"
}
builtin readonly -f __bgsh_launch __bgsh_confirm __bgsh_take_id __bgsh_complain __bgsh_duration __bgsh_valid_name __bgsh_go
