import TestSupport
import Testing

/// Two sessions of one user at once.
struct SessionTests {
  @Test func `a name is the newest task of that name in the session that asks`() throws {
    let scratch = try ScratchState()
    let first = try ShellSession(in: scratch)
    let second = try ShellSession(in: scratch)
    try first.turn("echo of the first &bg --name same")
    try second.turn("echo of the second &bg --name same")
    try first.turn("wait @same")
    try second.turn("wait @same")
    #expect(try first.turn("output @same") == "of the first\n")
    #expect(try second.turn("output @same") == "of the second\n")
    #expect(try first.turn("output @@") == "of the first\n")
    #expect(try first.turn("output @2") == "of the second\n")
    #expect(try scratch.bgsh("output", "@same").standardOutput == "of the second\n")
    try first.turn("echo of the first, again &bg --name same")
    try first.turn("wait @same")
    #expect(try first.turn("output @same") == "of the first, again\n")
    #expect(try second.turn("output @same") == "of the second\n")
  }

  @Test func `a session is told of its own tasks only`() throws {
    let scratch = try ScratchState()
    let first = try ShellSession(in: scratch)
    let second = try ShellSession(in: scratch)
    let gate = try Gate(in: scratch)
    try first.turn("read <gate &bg")
    try gate.open()
    try scratch.waitForEnd()
    #expect(try second.turn("") == "")
    #expect(try second.turn("jobs --json") == "[]\n")
    #expect(try first.turn("").hasPrefix("[@1] ✔ done after "))
  }

  @Test func `the session and the newest task are in variables`() throws {
    let scratch = try ScratchState()
    let shell = try ShellSession(in: scratch, startupFile: "PS1='$BGSH_RUNNING ready> '")
    let gate = try Gate(in: scratch)
    #expect(try shell.turn("echo ${BGSH_TASK-none} $BGSH_RUNNING") == "none 0\n0 ")
    #expect(try shell.turn("read <gate &bg") == "[@1] started: read <gate\n1 ")
    #expect(try shell.turn("echo $BGSH_TASK $BGSH_RUNNING") == "1 1\n1 ")
    #expect(try shell.turn("[[ -d $BGSH_STATE_DIR/run/$BGSH_SESSION ]] && echo there") == "there\n1 ")
    try gate.open()
    try scratch.waitForEnd()
    #expect(try shell.turn("").hasSuffix(": read <gate\n0 "))
    #expect(
      try shell.turn("{ echo $BGSH_TASK_ID:$BGSH_TASK_NAME; } &bg --name mine; wait @mine; output @mine")
        .contains("2:mine\n"))
  }

  @Test func `who deletes the builtins keeps a shell`() throws {
    let scratch = try ScratchState()
    let shell = try ShellSession(in: scratch)
    try shell.turn(
      "for name in $(compgen -b | grep -E '^(__bgsh_.*|output|digest|why|rerun|prune|doctor|notifications)$'); do enable -d $name; done"
    )
    #expect(try shell.turn("echo alive") == "alive\n")
    #expect(try shell.turn("jobs; echo $?") == "0\n")
    try shell.exit()
  }
}
