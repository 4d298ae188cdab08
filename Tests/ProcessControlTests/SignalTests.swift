import Glibc
import ProcessControl
import Testing

struct SignalTests {
  @Test(arguments: [("TERM", SIGTERM), ("SIGTERM", SIGTERM), ("term", SIGTERM), ("9", SIGKILL), ("RTMIN+2", 36)])
  func `signals are read by name and number`(text: String, number: Int32) {
    #expect(Signal(text: text)?.rawValue == number)
  }

  @Test(arguments: ["", "NOPE", "0", "65", "-1", "SIG", "RTMIN+31", "RTMIN+"])
  func `what is no signal is none`(text: String) {
    #expect(Signal(text: text) == nil)
  }

  @Test func `every name is read back`() {
    for number in Int32(1)...64 { #expect(Signal(text: Signal(rawValue: number).name)?.rawValue == number) }
  }

  static let statuses: [(Int32, WaitStatus, Int32)] = [
    (0x0000, .exited(code: 0), 0), (0x0300, .exited(code: 3), 3), (0x0009, .signaled(.kill), 137),
    (0x008B, .signaled(Signal(rawValue: SIGSEGV)), 139), (0x157F, .stopped(.terminalInput), 149),
    (0xFFFF, .continued, 0),
  ]

  @Test(arguments: statuses)
  func `wait statuses are decoded`(raw: Int32, status: WaitStatus, shellStatus: Int32) {
    #expect(WaitStatus(rawStatus: raw) == status)
    #expect(status.shellStatus == shellStatus)
  }

  @Test(arguments: [
    (Int64(0), "1970-01-01T00:00:00.000Z"), (1, "1970-01-01T00:00:00.001Z"), (-1, "1969-12-31T23:59:59.999Z"),
    (1_709_164_800_045, "2024-02-29T00:00:00.045Z"), (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
  ])
  func `times are RFC 3339`(milliseconds: Int64, text: String) {
    #expect(Timestamp(milliseconds: milliseconds).rfc3339 == text)
  }
}
