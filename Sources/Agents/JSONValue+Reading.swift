import FoundationEssentials
package import TaskOperations

/// JSON as others send it.
extension JSONValue: Decodable {
  /// Reads one value; nil for what is no JSON. Of an object that has a key twice, one of the two counts.
  package init?(reading bytes: [UInt8]) {
    if let value = try? JSONDecoder().decode(JSONValue.self, from: Data(bytes)) {
      self = value
    } else if let repaired = RepairedJSON.bytes(bytes),
      let value = try? JSONDecoder().decode(JSONValue.self, from: Data(repaired))
    {
      self = value
    } else {
      return nil
    }
  }

  package init(from decoder: any Decoder) throws {
    if let container = try? decoder.container(keyedBy: Key.self) {
      self = .object(try container.allKeys.map { ($0.stringValue, try container.decode(JSONValue.self, forKey: $0)) })
      return
    }
    if var container = try? decoder.unkeyedContainer() {
      var elements: [JSONValue] = []
      while !container.isAtEnd { elements.append(try container.decode(JSONValue.self)) }
      self = .array(elements)
      return
    }
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .bool(value)
    } else if let value = try? container.decode(Int64.self) {
      self = .number(value)
    } else if let value = try? container.decode(Double.self) {
      self = .decimal(value)
    } else {
      self = .string(try container.decode(String.self))
    }
  }

  private struct Key: CodingKey {
    let stringValue: String
    init(stringValue: String) { self.stringValue = stringValue }
    var intValue: Int? { nil }
    init?(intValue: Int) { nil }
  }

  /// A member of an object; nil where there is none, or no object.
  package subscript(key: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.0 == key }?.1
  }

  /// The text, where it is one.
  package var string: String? { if case .string(let text) = self { text } else { nil } }

  package var isNull: Bool { if case .null = self { true } else { false } }
}
