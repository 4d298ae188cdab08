# shellcheck shell=bash disable=SC2154,SC1003 # The header assigns what is not assigned here; '\\' is a backslash twice.
# The bash of a session that is fed line by line. Its standard input is the control channel, 1 is /dev/null, the user's
# descriptors stand at 252 to 254, and the marks that bgsh reads go to 251. Standard error is the same: what bash says of
# its jobs arrives between two marks. See docs/design.md, "How a line runs".

# Keeps a line in the history list, with all that HISTCONTROL and HISTIGNORE say, unless the user has switched that off.
__bgsh_keep() { [[ $__bgsh_history ]] && builtin history -s -- "$1"; }

# What precedes a line of the user's: it is kept, and PS0 is shown.
__bgsh_remember() {
  __bgsh_number=$((__bgsh_number + 1)) __bgsh_ends=0
  __bgsh_keep "$1"
  [[ $__bgsh_ps0 ]] && builtin printf %s "${__bgsh_ps0@P}" >&254
}

# The end of the input, Ctrl-D: what bash does with it, IGNOREEOF and stopped jobs included.
__bgsh_end_input() {
  __bgsh_last=$?
  if [[ -v IGNOREEOF ]]; then
    __bgsh_limit=10
    [[ $IGNOREEOF =~ ^[0-9]+$ ]] && __bgsh_limit=$IGNOREEOF
    if ((__bgsh_ends++ < __bgsh_limit)); then
      builtin printf 'Use "exit" to leave the shell.\n' >&2
      return
    fi
  elif ((__bgsh_ends++)); then
    # A second one in a row leaves the jobs behind; between two lines there are builtins of bgsh's.
    builtin exit "$__bgsh_last" 2>/dev/null
  fi
  builtin exit "$__bgsh_last"
}

# __bgsh_begin STATUS: gives the line the $? it expects, without ERR or errexit (the caller adds `&& :`).
__bgsh_begin() {
  __bgsh_status='' __bgsh_underscore=''
  builtin printf '\0B\0' >&251
  __bgsh_show_prompts
  [[ $__bgsh_history ]] && builtin set -o history
  return "$1"
}

__bgsh_return() { return "$1"; }

# Bash's own top level would run PROMPT_COMMAND and expand PS0 and PS1 at each line of the channel: between the user's lines
# they are put away.
__bgsh_hide_prompts() {
  [[ $__bgsh_hidden ]] && return
  __bgsh_hidden=1
  __bgsh_ps0=${PS0-} __bgsh_ps1=${PS1-} __bgsh_ps2=${PS2-}
  # Assigning to a readonly variable would end everything; such a prompt stays where it is.
  [[ -v PS0 && ${PS0@a} != *r* ]] && PS0=''
  [[ -v PS1 && ${PS1@a} != *r* ]] && PS1=''
  [[ -v PS2 && ${PS2@a} != *r* ]] && PS2=''
  __bgsh_prompt_command=()
  [[ -v PROMPT_COMMAND || -v PROMPT_COMMAND[@] ]] || return
  __bgsh_prompt_command=("${PROMPT_COMMAND[@]}") __bgsh_prompt_attributes=${PROMPT_COMMAND@a}
  [[ $__bgsh_prompt_attributes == *r* ]] || builtin unset -v PROMPT_COMMAND
}

__bgsh_show_prompts() {
  __bgsh_hidden=''
  [[ -v PS0 && ${PS0@a} != *r* ]] && PS0=$__bgsh_ps0
  [[ -v PS1 && ${PS1@a} != *r* ]] && PS1=$__bgsh_ps1
  [[ -v PS2 && ${PS2@a} != *r* ]] && PS2=$__bgsh_ps2
  ((${#__bgsh_prompt_command[@]})) || return
  case $__bgsh_prompt_attributes in
    *r*) return ;;
    *a*) PROMPT_COMMAND=("${__bgsh_prompt_command[@]}") ;;
    *) builtin printf -v PROMPT_COMMAND %s "${__bgsh_prompt_command[0]}" ;;
  esac
  [[ $__bgsh_prompt_attributes == *x* ]] && builtin export PROMPT_COMMAND
}

# Runs where a line has come to its end, as its last part.
__bgsh_tail() {
  [[ -o history ]] && __bgsh_history=1 || __bgsh_history=''
  builtin set +o history
  __bgsh_hide_prompts
}

# After a line that may have redirected the shell itself: the next lines find what it left. `builtin exec` would forget.
__bgsh_keep_descriptors() { exec 252<&0 253>&1 254>&2; }

# __bgsh_end QUESTION, the end mark: what it answers, whether the line ran to its end, status, $-, $_, whether there is a
# PROMPT_COMMAND, how to notify, how lines are edited, and the newest history entry.
__bgsh_end() {
  __bgsh_last=$?
  [[ $__bgsh_put_off ]] && __bgsh_edit_mode -o "$__bgsh_put_off"
  __bgsh_editing='' __bgsh_put_off=''
  [[ -o emacs ]] && __bgsh_editing='emacs'
  [[ -o vi ]] && __bgsh_editing='vi'
  builtin printf '\0E\0%s\0%s\0%s\0%s\0%s\0%s\0%s\0%s\0' "$1" "${__bgsh_status:+1}" \
    "${__bgsh_status:-$__bgsh_last}" "${__bgsh_flags:-$-}" "$__bgsh_underscore" "${__bgsh_prompt_command[*]:+1}" \
    "${BGSH_NOTIFY-}" "$__bgsh_editing" >&251
  builtin set +xv +o history
  __bgsh_hide_prompts
  __bgsh_print_history 1 >&251
  builtin printf '\0' >&251
  __bgsh_flags=''
  return 0
}

# __bgsh_prompt NAME STATUS NUMBER: the prompt in a variable as bash would show it, its invisible parts between \001 and
# \002. The numbers of the line in the history and in the session are bgsh's to know: bash counts the channel's.
__bgsh_prompt() {
  __bgsh_text=${!1}
  __bgsh_text=${__bgsh_text//'\\'/$'\036'}
  __bgsh_text=${__bgsh_text//'\['/$'\001'}
  __bgsh_text=${__bgsh_text//'\]'/$'\002'}
  __bgsh_text=${__bgsh_text//'\#'/$__bgsh_number}
  __bgsh_text=${__bgsh_text//'\!'/$3}
  __bgsh_text=${__bgsh_text//$'\036'/'\\'}
  __bgsh_return "$2" && :
  builtin printf '\0P\0%s\0' "${__bgsh_text@P}" >&251
}

# Prints the newest entries, or all, without the times that HISTTIMEFORMAT asks for.
__bgsh_print_history() {
  if [[ -v HISTTIMEFORMAT && ${HISTTIMEFORMAT@a} == *r* ]]; then
    builtin fc -l "${1:+-}${1:-1}" 2>/dev/null
  else
    HISTTIMEFORMAT='' builtin history "$@"
  fi
}

# Every entry of the history list, for bgsh's own copy.
__bgsh_dump_history() {
  builtin printf '\0H\0' >&251
  __bgsh_print_history >&251
  builtin printf '\0' >&251
}

# `set -o vi` in a sourced file: elsewhere bash would take its standard input for a terminal to edit lines on.
__bgsh_edit_mode() { builtin . /dev/stdin <<<"set $*"; }

# A bash whose startup files have said `set -o vi` would read the channel itself with readline: when they have been read
# that is taken back, and said again later.
__bgsh_put_off_edit_mode() {
  __bgsh_editing=''
  [[ -o emacs ]] && __bgsh_editing='emacs'
  [[ -o vi ]] && __bgsh_editing='vi'
  [[ $__bgsh_editing ]] && builtin set +o "$__bgsh_editing"
  __bgsh_put_off=$__bgsh_editing
}

# `bind` needs readline, which is bgsh's here: the binding goes to bgsh.
bind() { builtin printf '%s\0' "$#" "$@" >>"$__bgsh_bindings"; }

builtin readonly -f __bgsh_keep __bgsh_remember __bgsh_end_input __bgsh_begin __bgsh_return __bgsh_hide_prompts __bgsh_show_prompts __bgsh_tail __bgsh_keep_descriptors __bgsh_end __bgsh_prompt \
  __bgsh_print_history __bgsh_dump_history __bgsh_edit_mode \
  __bgsh_put_off_edit_mode
