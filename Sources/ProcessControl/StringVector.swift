import Glibc

/// A null-terminated array of C strings, as `execve` takes it.
///
/// It owns its strings. Bytes are kept as they are: arguments and environment need not be UTF-8.
package struct StringVector: ~Copyable {
  private var pointers: [UnsafeMutablePointer<CChar>?] = [nil]

  package init() {}

  package init(_ strings: [String]) {
    for string in strings { append(string) }
  }

  /// This process's environment, without some variables, and with some of one's own in place of those of the same name.
  package static func environment(
    without names: [String] = [], setting own: [String: String] = [:]
  ) -> StringVector {
    var vector = StringVector()
    var entry = environ
    while let variable = entry.pointee {
      if !names.contains(where: { hasName(variable, $0) }), !own.keys.contains(where: { hasName(variable, $0) }) {
        vector.append(copying: variable)
      }
      entry += 1
    }
    for (name, value) in own { vector.append("\(name)=\(value)") }
    return vector
  }

  package mutating func append(_ string: String) {
    string.withCString { append(copying: $0) }
  }

  package mutating func append(copying string: UnsafePointer<CChar>) {
    pointers.insert(strdup(string), at: pointers.count - 1)
  }

  /// Replaces a string by 12 bytes of room, for the digits of any process ID; the vector owns them.
  mutating func makeRoom(at position: Int) -> UnsafeMutablePointer<CChar> {
    let room = UnsafeMutableRawPointer(malloc(12)).bindMemory(to: CChar.self, capacity: 12)
    room.initialize(repeating: 0, count: 12)
    free(pointers[position])
    pointers[position] = room
    return room
  }

  /// Calls `body` with the array, which is valid during the call.
  package func withPointers<Result>(
    _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
  ) -> Result {
    pointers.withUnsafeBufferPointer { body($0.baseAddress!) }
  }

  private static func hasName(_ variable: UnsafePointer<CChar>, _ name: String) -> Bool {
    let length = name.utf8.count
    return strncmp(variable, name, length) == 0 && variable[length] == CChar(UInt8(ascii: "="))
  }

  deinit {
    for pointer in pointers { free(pointer) }
  }
}
