import ProcessControl
import SystemPackage

/// One connection of the library in bash: it asks a question, waits for the answer, and only then asks the next.
///
/// It owns its descriptor. Nothing here waits for the other end, which may be stopped.
final class ShellConnection {
  let descriptor: FileDescriptor
  private var received: [UInt8] = []
  private var outgoing: ArraySlice<UInt8> = []
  private var question: ShellMessage?
  /// Whether the last question taken has no answer yet.
  private var owesAnswer = false
  private(set) var isOpen = true

  init(_ descriptor: FileDescriptor) {
    self.descriptor = descriptor
  }

  /// Whether there is a question that nobody has taken.
  var asks: Bool { question != nil }
  /// Whether there is something that the other end has not taken yet.
  var hasOutgoing: Bool { !outgoing.isEmpty }

  /// Takes what has arrived. False where there is nothing more to hear: the other end has gone, or sends what no library
  /// sends.
  func receive() -> Bool {
    do throws(Errno) {
      let bytes = try descriptor.readSome()
      guard !bytes.isEmpty, question == nil, !owesAnswer, outgoing.isEmpty else { return false }
      received += bytes
    } catch .connectionReset {
      return false
    } catch {
      // Nothing more for now; a failure that passes is no end.
      return true
    }
    switch ShellMessage.arrival(of: received) {
    case .unfinished: break
    case .nonsense: return false
    case .whole(let message):
      received = []
      question = message
    }
    return true
  }

  /// The question that is next to be answered.
  func takeQuestion() -> ShellMessage? {
    defer { question = nil }
    owesAnswer = question != nil
    return question
  }

  /// Answers the question that was taken, if the other end is still there.
  func answer(_ message: ShellMessage) {
    owesAnswer = false
    outgoing = message.bytes[...]
    send()
  }

  /// Sends what the other end takes now.
  func send() {
    guard isOpen else { return }
    do throws(Errno) {
      while !outgoing.isEmpty { outgoing = outgoing.dropFirst(try descriptor.writeSome(outgoing)) }
    } catch .brokenPipe {
      outgoing = []
    } catch {
      // When it takes more.
    }
  }

  func close() {
    guard isOpen else { return }
    isOpen = false
    try? descriptor.close()
  }
}
