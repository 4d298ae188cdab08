import BashEngine
import CProtocol
import Tasks

extension Program {
  /// What `bgsh --help` prints.
  static let help = """
    bgsh: bash with background tasks that report back

    usage: bgsh [options]                              interactive shell
           bgsh [options] -c COMMAND [NAME [ARG...]]   run COMMAND
           bgsh [options] SCRIPT [ARG...]              run a script file
           bgsh [options] -s [ARG...]                  read commands from standard input
           bgsh NAME ...                               a job command, 'bgsh NAME --help' says more

    options:
      -i                   interactive
      -l, --login          a login shell: read the profile files
      --norc               read neither ~/.bashrc nor ~/.config/bgsh/bgshrc
      --rcfile FILE        read FILE instead of ~/.bashrc
      --init-file FILE     the same
      --noprofile          a login shell reads no profile files
      --posix, --noediting, --restricted, --verbose, --debugger
                           bash's own, handed to bash
      -e, +x, -o OPT, ...  bash's own set and shopt options, handed to bash
      --timeout DURATION   with -c or SCRIPT: detach the whole as one task with that limit;
                           the other flags of a task go with it
      --json               with --timeout: print the task's record on standard output
      --notify MODE        prompt (default), now or off
      --version, --help    print that and exit

    in the shell:
      COMMAND &bg [FLAGS]  detach COMMAND; its end is told before a prompt
      --timeout DURATION [FLAGS] COMMAND
                           the same, written as a prefix

    flags of a task:
    \(TaskFlag.helpLines.joined(separator: "\n"))

    job commands: \(JobCommands.all.joined(separator: ", "))
    for programs that take turns: \(JobCommands.forAgents.joined(separator: ", "))

    """
}
