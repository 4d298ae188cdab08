import TestSupport
import Testing

/// `jobs`, `kill` and `wait` in the shell, for tasks and for bash's own jobs in one command.
struct TasksAndJobsTests {
  /// Runs a script that hears nothing of its tasks but what it asks for.
  private func output(_ script: String) throws -> String {
    let scratch = try ScratchState()
    let outcome = try scratch.bgsh("--notify", "off", "-c", script)
    #expect(outcome.standardError == "", "\(script)")
    return outcome.standardOutput
  }

  @Test(arguments: [
    ("sleep 1234 &bg sleep 1234 & kill @1 $!; echo $?; wait $!; echo $?; wait @1; echo $?", "0\n143\n143\n"),
    ("sleep 1234 &bg sleep 1234 & kill $! @1; echo $?; wait $!; echo $?; wait @1; echo $?", "0\n143\n143\n"),
    ("sleep 1234 &bg sleep 1234 & kill -9 @1 %1; echo $?; wait $!; echo $?; wait @1; echo $?", "0\n137\n137\n"),
    ("sleep 1234 &bg sleep 1234 & kill -s INT @1 $!; wait @1; echo $?; kill $!", "130\n"),
    ("sleep 1234 &bg kill -- @1; echo $?; wait -- @1; echo $?", "0\n143\n"),
    ("sleep 1234 &bg kill -s HUP -- @1; wait -- @1; echo $?", "129\n"),
    ("sleep 1234 &bg jobs -- @1 | grep -c sleep; kill @1", "1\n"),
  ])
  func `a command takes tasks and jobs at once, and a task after --`(script: String, told: String) throws {
    // A job that a signal ends is told on standard error, as bash does.
    let lines = try output("{ \(script.replacing("&bg", with: "&bg\n")); } 2>/dev/null").split(separator: "\n")
    #expect(lines.map { "\($0)\n" }.joined() == told, "\(script)")
  }

  @Test func `jobs lists a job and a task that are named together`() throws {
    let scratch = try ScratchState()
    let shell = try ShellSession(in: scratch)
    try shell.turn("sleep 1001 & sleep 1002 &bg sleep 1003 &bg")
    let told = try shell.turn("jobs @1 %1")
    #expect(told.contains("Running") && told.contains("sleep 1001") && told.contains("sleep 1002"))
    #expect(!told.contains("sleep 1003"))
    let wrong = try shell.turn("jobs @1 %7; echo $?")
    #expect(wrong.contains("%7: no such job") && wrong.contains("sleep 1002") && wrong.contains("\n1\n"))
    try shell.turn("kill @1 @2 %1; wait")
    try shell.exit()
  }

  @Test(arguments: [
    // Whatever ends first, each once, then nothing.
    (
      "mkfifo a b; (read <a; exit 4) &bg\n(read <b; exit 7) & echo >b; wait -n; echo $?; echo >a; wait -n; echo $?; wait -n; echo $?",
      "7\n4\n127\n"
    ),
    ("mkfifo a; (read <a; exit 4) &bg\n(exit 5) &bg\nwait -n; echo $?; echo >a; wait -n; echo $?", "5\n4\n"),
    ("mkfifo a; read <a &bg\n(exit 5) &bg\nwait -n @1 @2; echo $?; echo >a; wait @1; echo $?", "5\n0\n"),
    ("mkfifo a; read <a &bg\n(exit 5) &bg\nwait -n -p v @1 @2; echo $? $v; echo >a", "5 @2\n"),
    ("mkfifo a; read <a &bg\n(exit 5) & wait -n -p v @1 $!; [[ $v == $! ]] && echo same $?; echo >a", "same 0\n"),
    (
      "mkfifo a; read <a &bg\n{ exit 5; } & while kill -0 $!; do :; done 2>/dev/null; wait -n -p v @1 $!; echo $? $((v == $!)); echo >a",
      "5 1\n"
    ),
    ("mkfifo a; read <a & (exit 5) &bg\nwait -fnp v @1 $!; echo $? $v; echo >a", "5 @1\n"),
    ("(exit 5) &bg\nwait -p v @1; echo $? $v", "5 @1\n"),
    ("(exit 5) &bg\n(exit 6) & wait -f @1 $!; echo $?; wait $! @1; echo $?", "6\n5\n"),
    // What was waited for by name is not waited for again.
    ("(exit 5) &bg\nwait @1; echo $?; wait; echo $?; wait -n; echo $?", "5\n0\n127\n"),
  ])
  func `wait waits for tasks and jobs`(script: String, told: String) throws {
    #expect(try output(script) == told)
  }

  @Test func `a job ends the wait for a task that goes on, in an interactive shell too`() throws {
    let scratch = try ScratchState()
    let gate = try Gate(in: scratch)
    let shell = try ShellSession(in: scratch)
    try shell.turn("read <gate &bg")
    let told = try shell.turn("(exit 7) & wait -n; echo status $?")
    #expect(told.hasSuffix("status 7\n"), "\(told)")
    try shell.begin("wait -n -p ended @1")
    try waitUntil("it waits") {
      scratch.survivors.contains { $0.commandLine.contains("--in-session") }
    }
    try gate.open()
    try shell.terminal.expect(shell.prompt)
    #expect(try shell.turn("echo $? $ended") == "0 @1\n")
    // The program that waited was no job, and jobs have process groups of their own as ever.
    #expect(try shell.turn("jobs") == "")
    try shell.turn("sleep 1234 &")
    #expect(try shell.turn("[[ $(ps -o pgid= -p $!) -eq $! ]] && echo own") == "own\n")
    try shell.turn("kill $!; wait")
    try shell.exit()
  }

  @Test func `what waits beside the shell is no job of the script's`() throws {
    #expect(
      try output("set -m\n(exit 3) &bg\nwait; echo $?; jobs; (exit 4) &bg\nwait @2; echo $? ${!-none}") == "3\n4 none\n"
    )
  }

  @Test func `an interrupt ends the wait, and what waited with it`() throws {
    let scratch = try ScratchState()
    let gate = try Gate(in: scratch)
    let shell = try ShellSession(in: scratch)
    try shell.turn("read <gate &bg")
    for command in ["wait -n", "wait -n @1 %1", "wait"] {
      try shell.turn("sleep 1234 &")
      try shell.begin(command)
      try waitUntil("it waits") {
        command == "wait"
          || scratch.survivors.contains { $0.commandLine.contains("--in-session") }
      }
      try shell.terminal.send(.interrupt)
      try shell.terminal.expect(shell.prompt)
      #expect(try shell.turn("echo $?") == "130\n", "\(command)")
      try shell.turn("kill %1; wait %1; jobs")
      try waitUntil("nothing waits any more") {
        !scratch.survivors.contains { $0.commandLine.contains("--in-session") }
      }
    }
    try gate.open()
    #expect(try shell.turn("wait; echo $?").hasSuffix("0\n"))
    try shell.exit()
  }

  @Test(arguments: [
    "export HOME=$(mktemp -d)", "export BGSH_STATE_DIR=$HOME/other", "unset BGSH_STATE_DIR BGSH_SESSION HOME",
    "BGSH_SESSION=1-1", "readonly BGSH_STATE_DIR=/ BGSH_NOTIFY=off BGSH_SESSION=",
  ])
  func `the job commands are the session's, whatever the environment says by now`(change: String) throws {
    let scratch = try ScratchState()
    let script = "(exit 3) &bg\n\(change)\nwait; echo $?; (exit 4) &bg\nwait @@; echo $?; jobs -a | grep -c exit"
    let outcome = try scratch.bgsh("--notify", "off", "-c", script)
    #expect(outcome.standardOutput == "3\n4\n2\n")
    #expect(outcome.standardError == "")
  }

  @Test func `a task without a record is no success`() throws {
    let scratch = try ScratchState()
    let outcome = try scratch.bgsh(
      "-c", "exec 2>&1; true &bg\nwhile [[ $(jobs) ]]; do :; done; notifications; prune; wait; echo $?; wait; echo $?")
    #expect(
      outcome.standardOutput.hasSuffix(
        "bgsh: @1 has no record: it was not started, or the record has been removed\n125\n0\n"))
  }

  @Test(arguments: ["wait", "fg"])
  func `a program that cannot be run is no status of a task`(command: String) throws {
    let scratch = try ScratchState()
    // Longer than an argument can be.
    let outcome = try scratch.bgsh("-c", "true &bg\n\(command) @$(printf %0200000d 1); echo $?")
    #expect(outcome.standardOutput == "125\n")
  }
}
