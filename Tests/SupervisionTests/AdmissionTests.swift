import Glibc
import ProcessControl
import SystemPackage
import Testing

@testable import Supervision

struct AdmissionTests {
  @Test func `a task starts when its end will be known`() throws {
    let own = ProcessSighting.of(getpid())
    let parent = try #require(own.state).parentID
    guard case .start(let process) = Admission.decide(own, learnsEnd: { $0 == parent }) else {
      Issue.record("it was not started")
      return
    }
    #expect(process.processID == getpid())
  }

  @Test func `one whose parent is still there is held`() {
    guard case .hold(.parent(of: let process)) = Admission.decide(.of(getpid()), learnsEnd: { _ in false }) else {
      Issue.record("it was not held")
      return
    }
    #expect(process.processID == getpid())
  }

  @Test func `one that cannot be seen is held`() {
    guard
      case .hold(.unseen(.tooManyOpenFiles)) = Admission.decide(.unknown(.tooManyOpenFiles), learnsEnd: { _ in true })
    else {
      Issue.record("it was not held")
      return
    }
  }

  @Test func `one that has gone is given up`() {
    guard case .abandon = Admission.decide(.gone, learnsEnd: { _ in true }) else {
      Issue.record("it was not given up")
      return
    }
  }
}
