# fish completion for bgsh
# SPDX-License-Identifier: GPL-3.0-or-later

# The tasks there are, by number and by name. With --live, only those that have not ended.
function __bgsh_references
    set -l program (commandline -opc)[1]
    command $program complete-references $argv 2>/dev/null | while read -l -d \t number name text
        printf '%s\t%s\n' $number "$text"
        test -n "$name"; and printf '@%s\t%s\n' $name "$text"
    end
end

# The subcommand on the line, if there is one: the first word that is neither an option nor its value.
function __bgsh_subcommand
    set -l words (commandline -opc)
    set -l skip 0
    for word in $words[2..]
        if test $skip = 1
            set skip 0
            continue
        end
        switch $word
            case -c --
                return 1
            case --rcfile --init-file --timeout --kill-after --name --desc --limit --notify-on --notify -o -O +o +O
                set skip 1
            case '-*' '+*'
            case '*'
                echo $word
                return 0
        end
    end
    return 1
end

# Whether nothing that could be a subcommand stands on the line yet.
function __bgsh_needs_subcommand
    not contains -- -c (commandline -opc); and test -z (__bgsh_subcommand | string collect)
end

function __bgsh_using
    contains -- (__bgsh_subcommand | string collect) $argv
end

complete -c bgsh -e

# The shell.
set -l first __bgsh_needs_subcommand
complete -c bgsh -n $first -s c -x -d 'Run a command'
complete -c bgsh -n $first -s s -d 'Read commands from standard input'
complete -c bgsh -n $first -s i -d 'Be interactive'
complete -c bgsh -n $first -s l -l login -d 'Be a login shell'
complete -c bgsh -n $first -l norc -d 'Read no startup files'
complete -c bgsh -n $first -l rcfile -r -F -d 'Read this file instead of ~/.bashrc'
complete -c bgsh -n $first -l init-file -r -F -d 'Read this file instead of ~/.bashrc'
complete -c bgsh -n $first -l noprofile -d 'Read no profile files'
complete -c bgsh -n $first -l posix -d 'Behave as POSIX says'
complete -c bgsh -n $first -l noediting -d 'Read lines without readline'
complete -c bgsh -n $first -l restricted -d 'Be a restricted shell'
complete -c bgsh -n $first -l verbose -d 'Print lines as they are read'
complete -c bgsh -n $first -l debugger -d 'Start the debugger of bash'
complete -c bgsh -n $first -s e -d 'End at the first failure'
complete -c bgsh -n $first -s u -d 'Unset variables are errors'
complete -c bgsh -n $first -s x -d 'Trace commands'
complete -c bgsh -n $first -s o -x -d 'Set an option'
complete -c bgsh -n $first -s O -x -d 'Set a shopt option'
complete -c bgsh -n $first -l timeout -x -a '30s 5m 30m 1h' -d 'Detach it with this limit'
complete -c bgsh -n $first -l kill-after -x -a '5s 30s' -d 'Grace before SIGKILL'
complete -c bgsh -n $first -l name -x -d 'Name of the task'
complete -c bgsh -n $first -l desc -x -d 'What the task is for'
complete -c bgsh -n $first -l limit -x -a '16M 64M 256M 1G' -d 'How much of the output is kept'
complete -c bgsh -n $first -l quiet -d 'No notification on success'
complete -c bgsh -n $first -l split -d 'Keep standard error in a file of its own'
complete -c bgsh -n $first -l no-input -d 'Standard input reads end of file'
complete -c bgsh -n $first -l end-with-shell -d 'End it when its shell ends'
complete -c bgsh -n $first -l notify-on -x -d 'Tell at the first line of output that matches'
complete -c bgsh -n $first -l notify -x -a 'prompt now off' -d 'When notifications are shown'
complete -c bgsh -n $first -l json -d 'Print the record of the task'
complete -c bgsh -n $first -l version -d 'Print the version'
complete -c bgsh -n $first -l help -d 'Print a summary'

# The subcommands.
complete -c bgsh -n $first -a jobs -d 'List tasks'
complete -c bgsh -n $first -a wait -d 'Wait for tasks to end'
complete -c bgsh -n $first -a kill -d 'End tasks, or send them a signal'
complete -c bgsh -n $first -a output -d 'Print what tasks have written'
complete -c bgsh -n $first -a digest -d 'Print what matters in an output'
complete -c bgsh -n $first -a notifications -d 'Print the notifications that are due'
complete -c bgsh -n $first -a why -d 'Tell how a task ended'
complete -c bgsh -n $first -a rerun -d 'Run a command again, as a new task'
complete -c bgsh -n $first -a prune -d 'Drop ended tasks and their output'
complete -c bgsh -n $first -a doctor -d 'Tell what this machine offers'
complete -c bgsh -n $first -a help -d 'Tell what bgsh can do, or what a command does'
complete -c bgsh -n $first -a fg -d 'Bring a task to the foreground'
complete -c bgsh -n $first -a tool -d 'Run tools for a program'
complete -c bgsh -n $first -a mcp -d 'Serve a host over the Model Context Protocol'
complete -c bgsh -n $first -a hook -d 'Tell a program at its events what is due'

complete -c bgsh -n '__bgsh_using jobs wait kill output notifications why rerun prune doctor help fg tool mcp hook' -f -s h -l help -d 'Print help'
complete -c bgsh -n '__bgsh_using jobs wait kill notifications why prune doctor' -l json -d 'Print records'
complete -c bgsh -n '__bgsh_using jobs wait output why rerun prune' -f -a '(__bgsh_references)'
complete -c bgsh -n '__bgsh_using kill fg' -f -a '(__bgsh_references --live)'

complete -c bgsh -n '__bgsh_using jobs' -s a -l all -d 'All sessions, and what ended in the last day'
complete -c bgsh -n '__bgsh_using jobs' -s l -l long -d 'Process ID, use of resources, directory'
complete -c bgsh -n '__bgsh_using jobs' -l failed -d 'Only what has failed in the last day'
complete -c bgsh -n '__bgsh_using jobs' -l since -x -a '1h 1d 7d' -d 'Include what ended within this time'
complete -c bgsh -n '__bgsh_using jobs' -l state -x -d 'Only tasks in this state' \
    -a 'queued running paused waiting-for-input exited killed timed-out skipped lost'
complete -c bgsh -n '__bgsh_using wait' -s n -l any -d 'Return when one has ended'
complete -c bgsh -n '__bgsh_using wait' -l timeout -x -a '30s 5m 30m 1h' -d 'Give up after this time'
set -l signals HUP INT QUIT KILL USR1 USR2 TERM CONT STOP TSTP WINCH
complete -c bgsh -n '__bgsh_using kill' -s s -x -a "$signals" -d 'Signal by name'
for signal in $signals
    complete -c bgsh -n '__bgsh_using kill' -o $signal -d 'Send this signal'
end
complete -c bgsh -n '__bgsh_using kill' -s n -x -a '1 2 3 9 15 18 19' -d 'Signal by number'
complete -c bgsh -n '__bgsh_using kill' -l dry-run -d 'Only show the processes'
complete -c bgsh -n '__bgsh_using kill' -l all -d 'All live tasks'
complete -c bgsh -n '__bgsh_using output' -s f -l follow -d 'Go on until the task has ended'
complete -c bgsh -n '__bgsh_using output' -s n -l lines -x -a '10 20 100' -d 'Only the last lines'
complete -c bgsh -n '__bgsh_using output' -l new -d 'Only what this session has not seen'
complete -c bgsh -n '__bgsh_using output' -l grep -x -d 'Only lines that match'
complete -c bgsh -n '__bgsh_using output' -l digest -d 'Only what matters'
complete -c bgsh -n '__bgsh_using output' -l path -d 'Where it is, not what'
complete -c bgsh -n '__bgsh_using output' -l stdout -d 'Only standard output'
complete -c bgsh -n '__bgsh_using output' -l stderr -d 'Only standard error'
complete -c bgsh -n '__bgsh_using tool' -l events -d 'Tell at once what happens to tasks'
complete -c bgsh -n '__bgsh_using tool mcp' -l keep -d 'Leave tasks running at the end'
complete -c bgsh -n '__bgsh_using tool mcp' -l login -d 'Let shells read the login files'
complete -c bgsh -n '__bgsh_using mcp' -l print-config -x -a 'claude codex gemini vscode generic' -d 'Print settings of a host'
complete -c bgsh -n '__bgsh_using hook' -l wait -d 'Wait until something is due'
complete -c bgsh -n '__bgsh_using hook' -l timeout -x -a '50s 5m 10m' -d 'Wait so long at most'
complete -c bgsh -n '__bgsh_using hook' -f -a 'claude codex gemini'
complete -c bgsh -n '__bgsh_using digest' -s h -l help -d 'Print help'
complete -c bgsh -n '__bgsh_using digest' -l command -x -d 'What was run'
complete -c bgsh -n '__bgsh_using digest' -l status -x -a '0 1' -d 'How it ended'
complete -c bgsh -n '__bgsh_using digest' -l last-good -r -F -d 'Output of a run that went well'
complete -c bgsh -n '__bgsh_using notifications' -l peek -d 'Leave them due'
complete -c bgsh -n '__bgsh_using notifications' -l history -d 'The delivered ones too'
complete -c bgsh -n '__bgsh_using rerun' -l edit -d 'Edit the command first'
complete -c bgsh -n '__bgsh_using rerun' -l failed -d 'All that failed in the last day'
complete -c bgsh -n '__bgsh_using help' -f -a 'jobs wait kill output digest notifications why rerun prune doctor fg bg'
complete -c bgsh -n '__bgsh_using prune' -l dry-run -d 'Only say what would be dropped'
complete -c bgsh -n '__bgsh_using prune' -l all -d 'What nobody has been told of, too'
complete -c bgsh -n '__bgsh_using prune' -l older-than -x -a '1d 7d 30d' -d 'Only what ended longer ago'
