import CProtocol
import Tasks

/// An id as eight bytes, or as sixteen where they do not hold it; or why there is none, as eight.
struct IDPacket: Hashable {
  let text: String

  init(_ id: TaskID) {
    let digits = String(id.rawValue)
    text = String(repeating: "0", count: Self.length(for: id) - digits.utf8.count) + digits
  }

  init(_ refusal: LaunchRefusal) {
    let word = String(cString: refusal.word)
    text = Self.refusalMark + word + String(repeating: " ", count: Self.length - 1 - word.utf8.count)
  }

  init(_ bytes: [UInt8]) { text = String(decoding: bytes, as: UTF8.self) }

  /// Nil where it says why there is none.
  var id: TaskID? { Int64(text).map { TaskID(rawValue: $0) } }

  static let length = Int(bgsh_id_length)
  static let greatestLength = Int(bgsh_longest_id)
  private static let refusalMark = String(decoding: [UInt8(bgsh_refusal_mark)], as: UTF8.self)

  /// How long the packet of an id is.
  static func length(for id: TaskID) -> Int { id.rawValue < 100_000_000 ? length : greatestLength }
}
