/// Splits what a program writes to a terminal into characters and control functions.
struct TerminalParser {
  enum Element: Equatable {
    case character(Character)
    /// A control character, such as newline.
    case control(UInt8)
    /// `ESC [ prefix numbers final`.
    case sequence(prefix: Character?, numbers: [Int], final: Character)
    /// `ESC ] text BEL`, such as a title or a notification.
    case command(String)
    /// Any other escape, by its last character.
    case escape(Character)
  }

  private enum State {
    case ground
    case escape
    case designation
    case sequence
    case command
    case commandEscape
  }

  private var state = State.ground
  private var pending: [UInt8] = []
  private var utf8Left = 0

  mutating func parse(_ bytes: some Sequence<UInt8>, _ handle: (Element) -> Void) {
    for byte in bytes { parse(byte, handle) }
  }

  private mutating func parse(_ byte: UInt8, _ handle: (Element) -> Void) {
    switch state {
    case .ground: parseText(byte, handle)
    case .escape:
      pending = []
      switch byte {
      case UInt8(ascii: "["): state = .sequence
      case UInt8(ascii: "]"): state = .command
      case UInt8(ascii: "("), UInt8(ascii: ")"): state = .designation
      default:
        state = .ground
        handle(.escape(Character(Unicode.Scalar(byte))))
      }
    case .designation: state = .ground
    case .sequence:
      guard (0x40...0x7E).contains(byte) else {
        pending.append(byte)
        return
      }
      state = .ground
      let text = String(decoding: pending, as: UTF8.self)
      let prefix = text.first.flatMap { "?<=>".contains($0) ? $0 : nil }
      let numbers = text.drop { "?<=>".contains($0) }.split(separator: ";", omittingEmptySubsequences: false)
      handle(
        .sequence(prefix: prefix, numbers: numbers.map { Int($0) ?? 0 }, final: Character(Unicode.Scalar(byte))))
    case .command:
      switch byte {
      case 0x07: endCommand(handle)
      case 0x1B: state = .commandEscape
      default: pending.append(byte)
      }
    case .commandEscape: endCommand(handle)
    }
  }

  private mutating func endCommand(_ handle: (Element) -> Void) {
    state = .ground
    handle(.command(String(decoding: pending, as: UTF8.self)))
    pending = []
  }

  private mutating func parseText(_ byte: UInt8, _ handle: (Element) -> Void) {
    if utf8Left > 0, byte & 0xC0 == 0x80 {
      pending.append(byte)
      utf8Left -= 1
      if utf8Left == 0 {
        for character in String(decoding: pending, as: UTF8.self) { handle(.character(character)) }
        pending = []
      }
      return
    }
    utf8Left = 0
    switch byte {
    case 0x1B: state = .escape
    case ..<0x20, 0x7F: handle(.control(byte))
    case 0xC0...:
      pending = [byte]
      utf8Left = byte >= 0xF0 ? 3 : byte >= 0xE0 ? 2 : 1
    default: handle(.character(Character(Unicode.Scalar(byte))))
    }
  }
}
