import Agents
import TaskOperations
import Testing

struct RequestLinesTests {
  @Test func `lines arrive in pieces`() {
    var lines = RequestLines()
    #expect(lines.take(Array("ab".utf8)).isEmpty)
    #expect(lines.take(Array("c\nd\n\ne".utf8)) == [.whole(Array("abc".utf8)), .whole(Array("d".utf8))])
    #expect(lines.rest() == [.whole(Array("e".utf8))])
    #expect(lines.rest().isEmpty)
  }

  @Test func `a line that is too long is passed over`() {
    var lines = RequestLines(limit: 4)
    #expect(lines.take(Array("12345".utf8)).isEmpty)
    #expect(lines.take(Array("678\n1234\n".utf8)) == [.tooLong, .whole(Array("1234".utf8))])
  }

  @Test(arguments: ["{", "nul", "\"open", "[1 2]", ""])
  func `what is no JSON is none`(text: String) {
    #expect(JSONValue(reading: Array(text.utf8)) == nil)
  }

  @Test func `JSON is read and written as it is`() throws {
    let text = #"{"a":[1,-2.5,true,null,"ü\n\u0007"],"b":{"c":"\\"}}"#
    let value = try #require(JSONValue(reading: Array(text.utf8)))
    #expect(value["b"]?["c"]?.string == "\\")
    #expect(JSONValue.object([("a", value["a"] ?? .null), ("b", value["b"] ?? .null)]).line == text)
  }
}
