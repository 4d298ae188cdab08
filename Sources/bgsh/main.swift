import Shell
import Supervision

Program.main(supervise: Supervisor.runToEnd)
