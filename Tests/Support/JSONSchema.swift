import Glibc

/// A JSON schema with what the schemas in Tests/Schemas use of the language.
package struct JSONSchema: Sendable {
  private let definitions: JSON
  private let root: JSON

  /// Reads a file of definitions.
  package init(path: String) throws {
    definitions = try JSON(parsing: try FileTree.text(path))["$defs"]
    root = definitions
  }

  private init(definitions: JSON, root: JSON) {
    self.definitions = definitions
    self.root = root
  }

  package var names: [String] { definitions.keys }

  /// The schema of that name.
  package subscript(name: String) -> JSONSchema? {
    definitions.keys.contains(name) ? JSONSchema(definitions: definitions, root: definitions[name]) : nil
  }

  /// Why a value is not what the schema says; nil if it is.
  package func complaint(about value: JSON) -> String? { complaint(about: value, root, at: "") }

  /// Keywords that say nothing about whether a value is right.
  private static let silent: Set = ["$schema", "format", "default", "examples"]

  private func complaint(about value: JSON, _ schema: JSON, at place: String) -> String? {
    guard case .object(let rules) = schema else {
      return schema == .bool(false) ? "\(place): nothing may be here" : nil
    }
    for rule in rules where !Self.silent.contains(rule.key) {
      if let complaint = complaint(about: value, rule, of: schema, at: place) { return complaint }
    }
    return nil
  }

  private func complaint(about value: JSON, _ rule: JSON.Member, of schema: JSON, at place: String) -> String? {
    switch rule.key {
    case "$ref":
      let name = rule.value.text?.split(separator: "/").last.map(String.init) ?? ""
      return definitions.keys.contains(name)
        ? complaint(about: value, definitions[name], at: place) : "\(place): there is no schema \(name)"
    case "type":
      let types = rule.value.text.map { [$0] } ?? rule.value.elements.compactMap(\.text)
      return types.contains(where: value.isOf) ? nil : "\(place): is to be of type \(types.joined(separator: " or "))"
    case "const": return value == rule.value ? nil : "\(place): is to be \(rule.value)"
    case "enum": return rule.value.elements.contains(value) ? nil : "\(place): is none of \(rule.value)"
    case "required":
      guard case .object = value else { return nil }
      let missing = rule.value.elements.compactMap(\.text).filter { !value.keys.contains($0) }
      return missing.isEmpty ? nil : "\(place): lacks \(missing.joined(separator: ", "))"
    case "properties":
      for key in rule.value.keys where value.keys.contains(key) {
        if let complaint = complaint(about: value[key], rule.value[key], at: "\(place).\(key)") { return complaint }
      }
    case "additionalProperties":
      let known = Set(schema["properties"].keys)
      for key in value.keys where !known.contains(key) {
        if let complaint = complaint(about: value[key], rule.value, at: "\(place).\(key)") { return complaint }
      }
    case "propertyNames":
      for key in value.keys {
        if let complaint = complaint(about: .string(key), rule.value, at: "\(place).\(key)") { return complaint }
      }
    case "items":
      for (index, element) in value.elements.enumerated() {
        if let complaint = complaint(about: element, rule.value, at: "\(place)[\(index)]") { return complaint }
      }
    case "anyOf":
      let complaints = rule.value.elements.map { complaint(about: value, $0, at: place) }
      return complaints.contains(nil) ? nil : complaints.compactMap { $0 }.joined(separator: ", or ")
    case "allOf": return rule.value.elements.lazy.compactMap { complaint(about: value, $0, at: place) }.first
    case "not": return complaint(about: value, rule.value, at: place) == nil ? "\(place): may not be that" : nil
    case "minimum": return (value.number ?? .max) < (rule.value.number ?? .min) ? "\(place): is too small" : nil
    case "maximum": return (value.number ?? .min) > (rule.value.number ?? .max) ? "\(place): is too large" : nil
    case "maxItems": return value.elements.count > (rule.value.number ?? .max) ? "\(place): has too many elements" : nil
    default: return "the schema has a keyword that is not known here: \(rule.key)"
    }
    return nil
  }
}

extension JSON {
  fileprivate func isOf(_ type: String) -> Bool {
    switch (self, type) {
    case (.object, "object"), (.array, "array"), (.string, "string"), (.bool, "boolean"), (.null, "null"),
      (.number, "integer"), (.number, "number"):
      true
    default: false
    }
  }
}
