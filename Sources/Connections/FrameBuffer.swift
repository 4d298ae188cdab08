import CProtocol

/// The frames of a stream that arrives in pieces, which may end anywhere.
package struct FrameBuffer: Sendable {
  /// What has come of the next frame.
  package enum Arrival: Hashable, Sendable {
    case unfinished
    case whole(Frame)
    /// No frame begins like this, or it is longer than any that is sent.
    case nonsense
  }

  private let longestPayload: Int
  private var bytes: [UInt8] = []
  /// Where the next frame begins.
  private var start = 0

  package init(longestPayload: Int) {
    self.longestPayload = longestPayload
  }

  /// Whether nothing has come that is not taken yet.
  package var isEmpty: Bool { start == bytes.count }
  /// What has come and is not taken yet.
  package var rest: ArraySlice<UInt8> { bytes[start...] }

  package mutating func append(_ piece: [UInt8]) {
    if isEmpty {
      bytes = piece
    } else {
      bytes.removeFirst(start)
      bytes += piece
    }
    start = 0
  }

  package mutating func removeAll() {
    bytes = []
    start = 0
  }

  /// Takes the next frame, if it is whole.
  package mutating func next() -> Arrival {
    let count = bytes.count - start
    // Where the first bytes are no length, nothing more may come.
    guard count >= MemoryLayout<UInt32>.size else { return .unfinished }
    let length = Int(bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: start, as: UInt32.self) })
    guard length <= longestPayload else { return .nonsense }
    guard count >= Frame.headerLength else { return .unfinished }
    let header = bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: start, as: bgsh_frame_header.self) }
    guard header.version <= bgsh_greatest_version, header.kind <= bgsh_greatest_kind else { return .nonsense }
    let end = start + Frame.headerLength + length
    guard end <= bytes.count else { return .unfinished }
    let payload = Array(bytes[(start + Frame.headerLength)..<end])
    start = end
    return .whole(Frame(kind: header.kind, serial: header.serial, version: header.version, payload: payload))
  }
}
