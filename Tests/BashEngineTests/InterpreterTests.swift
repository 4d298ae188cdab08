import Connections
import Glibc
import ProcessControl
import SupervisorProtocol
import SystemPackage
import Tasks
import Testing

@testable import BashEngine

/// What bgsh makes of what its supervisor says, and of its death; the supervisors are played here.
struct InterpreterTests {
  /// The other end of a supervisor's socket.
  private final class PlayedSupervisor {
    private let socket: FileDescriptor
    private var buffer = FrameBuffer(longestPayload: 1 << 16)
    let channels: SupervisorStart.Channels

    init(processID: Int32) throws {
      let (near, far) = try FileDescriptor.streamPair()
      socket = far
      try far.stopBlocking()
      channels = SupervisorStart.Channels(
        bashProcessID: InterpreterTests.bashProcessID, processID: processID, events: near)
      try far.writeWhole(Greeting(version: SupervisorEvent.version).frame.bytes)
    }

    func tell(_ events: SupervisorEvent...) throws {
      for event in events { try socket.writeWhole(event.frame.bytes) }
    }

    /// What it has been told since the last time.
    func reports() -> [ShellReport] {
      while let bytes = try? socket.readSome(), !bytes.isEmpty { buffer.append(bytes) }
      var reports: [ShellReport] = []
      while case .whole(let frame) = buffer.next() {
        if let report = ShellReport(frame), frame.kind != Greeting.kind { reports.append(report) }
      }
      return reports
    }

    func die() throws { try socket.close() }
  }

  /// What changes while a test runs.
  private final class World {
    var now = MonotonicInstant(nanoseconds: 1_000_000_000)
    var children: [ReapedChild] = []
    var supervisors: [PlayedSupervisor] = []
    var timesLost = 0
  }

  /// No process has it.
  private static let bashProcessID: Int32 = 999_999_999
  private static let firstSupervisorID: Int32 = 900_000_000

  private let loop: EventLoop
  private let world = World()
  private let interpreter: Interpreter

  init() throws {
    Signal.pipe.ignore()
    loop = try EventLoop()
    let first = try PlayedSupervisor(processID: Self.firstSupervisorID)
    world.supervisors = [first]
    interpreter = try Interpreter(
      loop: loop, channels: first.channels, clock: { [world] in world.now },
      nextChild: { [world] in world.children.isEmpty ? nil : world.children.removeFirst() })
    interpreter.replaceSupervisor = { [world] in
      let next = try? PlayedSupervisor(processID: Self.firstSupervisorID + Int32(world.supervisors.count))
      if let next { world.supervisors.append(next) }
      return next?.channels
    }
    interpreter.supervisorLost = { [world] _ in world.timesLost += 1 }
  }

  private var supervisor: PlayedSupervisor { world.supervisors[world.supervisors.count - 1] }

  /// Turns the loop until nothing happens any more.
  private func turn() throws { while try loop.turn(milliseconds: 0) {} }

  private func child(_ processID: Int32, rawStatus: Int32 = 0) -> ReapedChild {
    ReapedChild(
      processID: processID, rawStatus: rawStatus,
      usage: ResourceUsage(userMilliseconds: 0, systemMilliseconds: 0, peakMemoryKiB: 0))
  }

  private func childIDs(in reports: [ShellReport]) -> [Int32] {
    reports.compactMap { if case .child(let child) = $0 { child.processID } else { nil } }
  }

  // MARK: Settling

  @Test func `launches have settled when the supervisor says so`() throws {
    interpreter.settle {
      try? supervisor.tell(.unstarted(TaskID(rawValue: 7), reason: "no room"), .notified, .settled)
    }
    #expect(supervisor.reports() == [.settle])
    #expect(interpreter.takeLaunchFailures() == ["@7 was not started: no room"])
    #expect(interpreter.takeLaunchFailures() == [])
    #expect(interpreter.hasNotifications)
  }

  @Test func `a supervisor that does not answer is waited for once, and not asked again`() throws {
    interpreter.settle { world.now = world.now.advanced(milliseconds: 250) }
    #expect(supervisor.reports() == [.settle])
    try supervisor.tell(.settled)
    interpreter.settle()
    #expect(supervisor.reports() == [])
    interpreter.settle { try? supervisor.tell(.settled) }
    #expect(supervisor.reports() == [.settle])
  }

  @Test func `the supervisor that replaces one is asked again`() throws {
    let first = supervisor
    interpreter.settle {
      if supervisor === first {
        try? first.die()
      } else {
        try? supervisor.tell(.settled)
      }
    }
    #expect(world.supervisors.count == 2)
    #expect(supervisor.reports() == [.settle])
  }

  // MARK: What is due

  @Test func `what is due is heard when bash has ended, and that it was told is recorded`() throws {
    let due: [[UInt8]] = [[7, 0], [8, 0]]
    let heard = interpreter.finish { try? supervisor.tell(.notified, .due(due[0]), .due(due[1]), .settled) }
    #expect(heard == due && supervisor.reports() == [.finish])
    #expect(interpreter.recordTold([7, 8]) { try? supervisor.tell(.settled) })
    #expect(supervisor.reports() == [.told([7, 8]), .settle])
    #expect(interpreter.finish { try? supervisor.tell(.settled) } == [])
  }

  @Test func `a supervisor that does not answer says nothing of what is due, late or not`() throws {
    let late = { world.now = world.now.advanced(milliseconds: 250) }
    #expect(interpreter.finish(meanwhile: late) == nil)
    try supervisor.tell(.due([7]), .settled)
    #expect(interpreter.finish() == nil, "the answer is that to the first question")
    #expect(interpreter.finish { try? supervisor.tell(.due([8]), .settled) } == [[8]])
    #expect(!interpreter.recordTold([8], meanwhile: late))
    #expect(!interpreter.recordTold([8]), "it has not answered yet")
    #expect(supervisor.reports() == [.finish, .finish, .told([8]), .settle])
  }

  @Test func `a supervisor that has replaced one does not know all that is due`() throws {
    let first = supervisor
    let heard = interpreter.finish {
      if supervisor === first {
        try? first.tell(.due([7]))
        try? first.die()
      } else {
        try? supervisor.tell(.due([8]), .settled)
      }
    }
    #expect(heard == nil && world.supervisors.count == 2)
    #expect(supervisor.reports() == [.finish])
    #expect(!interpreter.recordTold([7]))
    #expect(supervisor.reports() == [])
  }

  // MARK: Deaths

  @Test(arguments: [(gap: 0, deaths: 6, isLost: true), (gap: 1_900, deaths: 6, isLost: true), (2_600, 20, false)])
  func `supervisors are replaced unless many die within ten seconds`(gap: Int64, deaths: Int, isLost: Bool) throws {
    for _ in 1...deaths {
      #expect(!interpreter.hasLostSupervisor)
      try supervisor.die()
      try turn()
      world.now = world.now.advanced(milliseconds: gap)
    }
    #expect(interpreter.hasLostSupervisor == isLost)
    #expect(world.timesLost == (isLost ? 1 : 0))
    #expect(world.supervisors.count == (isLost ? deaths : deaths + 1))
    #expect(interpreter.hasAdopted)
    // Nobody is left to be asked.
    if isLost { interpreter.settle { Issue.record("settling asks nobody") } }
  }

  // MARK: Children

  @Test func `a new supervisor is told of each child until it has noted it`() throws {
    world.children = [child(41)]
    interpreter.reapChildren()
    try supervisor.die()
    try turn()
    world.children = [child(42)]
    interpreter.reapChildren()
    #expect(supervisor.reports() == [])
    // What ends before it is answered goes along.
    world.children = [child(43)]
    try supervisor.tell(.takenOver)
    try turn()
    let told = supervisor.reports()
    #expect(Set(childIDs(in: told)) == [41, 42, 43])
    #expect(told.last == .complete)
    world.children = [child(44)]
    interpreter.reapChildren()
    #expect(childIDs(in: supervisor.reports()) == [44])

    try supervisor.tell(.noted(processID: 41), .noted(processID: 44))
    try turn()
    try supervisor.die()
    try turn()
    try supervisor.tell(.takenOver)
    try turn()
    #expect(Set(childIDs(in: supervisor.reports())) == [42, 43])
  }

  @Test func `the supervisor's own end is no child's to report`() throws {
    world.children = [child(Self.firstSupervisorID)]
    interpreter.reapChildren()
    try supervisor.tell(.takenOver)
    try turn()
    #expect(supervisor.reports() == [.complete])
  }

  // MARK: The end

  @Test func `bash ends as the supervisor says`() throws {
    try supervisor.tell(.shellEnded(.exited(code: 3)))
    #expect(interpreter.awaitShellEnd() == .exited(code: 3))
  }

  @Test func `a bash that was adopted ends as it was reaped`() throws {
    try supervisor.die()
    try turn()
    world.children = [child(Self.bashProcessID, rawStatus: 9)]
    interpreter.reapChildren()
    #expect(interpreter.awaitShellEnd() == .signaled(.kill))
  }
}
