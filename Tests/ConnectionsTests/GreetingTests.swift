import Connections
import ProcessControl
import Testing

struct GreetingTests {
  @Test func `after the greetings come messages`() {
    var greeting = Greeting(version: 2)
    #expect(greeting.read(Greeting(version: 2).frame) == .greeting)
    #expect(greeting.read(Frame(kind: 3, version: 2)) == .message)
  }

  @Test func `another version is told by its name`() {
    var greeting = Greeting(version: 2)
    #expect(greeting.read(Greeting(version: 3).frame) == .otherVersion(name: "bgsh \(Version.text)"))
  }

  @Test func `who does not greet is of another version`() {
    var greeting = Greeting(version: 2)
    #expect(greeting.read(Frame(kind: 3, version: 2)) == .otherVersion(name: nil))
    #expect(greeting.read(Frame(kind: 3, version: 3)) == .otherVersion(name: nil))
  }

  @Test func `a name cannot drive a terminal`() {
    var greeting = Greeting(version: 2)
    let frame = Frame(kind: Greeting.kind, version: 9, payload: Array("bgsh\u{1b}[2J 9\n\u{fc}".utf8))
    #expect(greeting.read(frame) == .otherVersion(name: "bgsh[2J 9"))
  }

  /// A program of before the frames reads lines.
  @Test func `a greeting is a whole line for who reads lines`() {
    let bytes = Greeting(version: 2).frame.bytes
    #expect(bytes.last == UInt8(ascii: "\n") && bytes.count { $0 == UInt8(ascii: "\n") } == 1)
  }
}
