import Glibc
import ProcessControl
import Supervision
import SupervisorProtocol
import SystemPackage

// bgsh starts this program, with a bash that is its child already; there is nothing here for anybody else to type.
guard let invocation = SupervisorInvocation(arguments: CommandLine.arguments) else {
  FileDescriptor.standardError.show("bgsh-supervisor: it is started by bgsh, see bgsh(1)\n")
  exit(2)
}
Supervisor.runToEnd(invocation)
