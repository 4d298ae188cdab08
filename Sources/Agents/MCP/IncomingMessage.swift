package import TaskOperations

/// What the other side has sent.
package enum IncomingMessage: Sendable {
  case request(Request)
  case notification(method: String, parameters: JSONValue)
  /// An answer, though nothing was asked.
  case answer
  case wrong(ProtocolError, id: RequestID?)

  /// Something that is to be answered.
  package struct Request: Sendable {
    package let id: RequestID
    package let method: String
    /// An object; empty where there was none.
    package let parameters: JSONValue
  }

  package init(_ value: JSONValue) {
    guard case .object = value else {
      self = .wrong(.invalidRequest("a message is to be an object"), id: nil)
      return
    }
    let id = value["id"].flatMap(RequestID.init)
    guard value["jsonrpc"]?.string == "2.0" else {
      self = .wrong(.invalidRequest("'jsonrpc' is to be \"2.0\""), id: id)
      return
    }
    guard let method = value["method"]?.string else {
      let isAnswer = value["method"] == nil && (value["result"] != nil || value["error"] != nil)
      self = isAnswer ? .answer : .wrong(.invalidRequest("'method' is missing"), id: id)
      return
    }
    let parameters = value["params"] ?? .object([])
    guard case .object = parameters else {
      self =
        value["id"] == nil
        ? .notification(method: method, parameters: .object([]))
        : .wrong(.wrongParameters("'params' is to be an object"), id: id)
      return
    }
    switch (value["id"], id) {
    case (nil, _): self = .notification(method: method, parameters: parameters)
    case (_, let id?): self = .request(Request(id: id, method: method, parameters: parameters))
    default: self = .wrong(.invalidRequest("'id' is to be a string or a whole number"), id: nil)
    }
  }
}
