/// Text as somebody gave it, byte for byte: what a shell calls text need not be UTF-8.
package struct RawText: Hashable, Sendable, ExpressibleByStringLiteral {
  package let bytes: [UInt8]

  package init(_ bytes: some Sequence<UInt8>) { self.bytes = Array(bytes) }

  package init(_ text: String) { self.init(text.utf8) }

  package init(stringLiteral text: String) { self.init(text) }

  /// The text as C takes it.
  package var cString: [CChar] { bytes.map { CChar(bitPattern: $0) } + [0] }

  /// The text for people and programs that take UTF-8 only: what is none is U+FFFD there.
  package var text: String { String(decoding: bytes, as: UTF8.self) }
}
