import Glibc

exit(AgentsProgram.run(Array(CommandLine.arguments.dropFirst())))
