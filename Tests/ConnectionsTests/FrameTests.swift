import Connections
import Testing

struct FrameTests {
  private let frames = [
    Frame(kind: 1, serial: 7, version: 2, payload: Array("grün".utf8)), Frame(kind: 255, version: 31),
    Frame(kind: 0, serial: .max, version: 1, payload: [UInt8](repeating: 0, count: 300)),
  ]

  @Test func `a frame is a header and a payload`() {
    #expect(frames[0].bytes.prefix(12) == [5, 0, 0, 0, 7, 0, 0, 0, 2, 0, 1, 0])
    #expect(frames[0].bytes.suffix(5) == Array("grün".utf8)[...])
  }

  @Test(arguments: [1, 2, 3, 5, 11, 12, 13, 100, 1_000])
  func `a stream that is cut anywhere has its frames`(length: Int) {
    let bytes = frames.flatMap(\.bytes)
    var buffer = FrameBuffer(longestPayload: 300)
    var taken: [Frame] = []
    for start in stride(from: 0, to: bytes.count, by: length) {
      buffer.append(Array(bytes[start..<min(start + length, bytes.count)]))
      while case .whole(let frame) = buffer.next() { taken.append(frame) }
    }
    #expect(taken == frames)
    #expect(buffer.isEmpty && buffer.next() == .unfinished)
  }

  @Test func `a frame longer than any that is sent is nonsense as soon as its length is there`() {
    var buffer = FrameBuffer(longestPayload: 299)
    buffer.append(Array(frames[2].bytes[..<3]))
    #expect(buffer.next() == .unfinished)
    buffer.append([frames[2].bytes[3]])
    #expect(buffer.next() == .nonsense)
  }

  /// What programs of before the frames send.
  @Test(arguments: [
    "settle\n", "watch\t7\t12\n", "state\t7\trunning\t\t\n", "taken-over\n", "noted 42\n",
    "7\0make -j8 all\0/home/x\0\0\0\0\0\0\0\0\0", "123\0make -j8 all\0/home/x\0\0\0\0\0\0\0\0\0",
    "no its record is incomplete\n",
  ])
  func `text begins no frame`(text: String) {
    var buffer = FrameBuffer(longestPayload: 64 << 20)
    buffer.append(Array(text.utf8))
    #expect(buffer.next() == .nonsense)
  }
}
