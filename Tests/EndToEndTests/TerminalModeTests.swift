import TestSupport
import Testing

/// The terminal's modes, which a task may change and has to leave as a shell needs them.
struct TerminalModeTests {
  @Test func `what asks for a password after a line was edited gets its line, unseen`() throws {
    let scratch = try ScratchState()
    let gate = try Gate(in: scratch)
    let shell = try ShellSession(in: scratch)
    try shell.turn("(read <gate; read -rs secret </dev/tty; echo \"got $secret\") &bg")
    // It finds the modes in which a line is edited.
    try shell.terminal.waitUntil("a line to be edited") { !shell.terminal.isCanonical }
    try gate.open()
    try scratch.waitForState("waiting-for-input")
    try shell.begin("fg @1")
    try shell.terminal.waitUntil("lines to be read") { shell.terminal.isCanonical && !shell.terminal.isEchoing }
    try shell.terminal.send("hidden\r")
    #expect(try !shell.terminal.expect("got hidden\n").contains("hidden"))
    try shell.terminal.expect(shell.prompt)
    #expect(try shell.turn("stty -a | grep -ow -e '-*icanon' -e '-*echo'") == "icanon\necho\n")
  }

  @Test func `a task that puts back what it found, as it is killed, does not leave the terminal raw`() throws {
    let scratch = try ScratchState()
    let gate = try Gate(in: scratch)
    try scratch.write(
      """
      import os, signal, termios
      open("gate").readline()
      terminal = os.open("/dev/tty", os.O_RDWR)
      found = termios.tcgetattr(terminal)
      signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTTOU])
      def leave(*_):
          termios.tcsetattr(terminal, termios.TCSANOW, found)
          os._exit(0)
      signal.signal(signal.SIGTERM, leave)
      os.read(terminal, 1)
      """, to: "full_screen.py")
    let shell = try ShellSession(in: scratch)
    try shell.turn("python3 full_screen.py &bg")
    try shell.terminal.waitUntil("a line to be edited") { !shell.terminal.isCanonical }
    try gate.open()
    try scratch.waitForState("waiting-for-input")
    try shell.turn("kill @1; wait @1; stty -a | grep -ow -e '-*icanon'")
    #expect(try shell.turn("stty -a | grep -ow -e '-*icanon' -e '-*echo'") == "icanon\necho\n")
  }
}
