import Agents
import TaskOperations
import Testing

/// JSON as programs send it.
struct JSONReadingTests {
  @Test(arguments: [
    (#"{"a":[1,-2.5,true,null,"x"]}"#, #"{"a":[1,-2.5,true,null,"x"]}"#),
    (#""\u00e9\ud83d\ude00""#, "\"\u{e9}\u{1f600}\""),
    (#""\ud83d""#, "\"\u{fffd}\""), (#""\ude00 \ud83dx""#, "\"\u{fffd} \u{fffd}x\""),
    (#""\ud83d\ud83d\ude00""#, "\"\u{fffd}\u{1f600}\""), (#""\\ud83d \ud83d""#, #""\\ud83d \#u{fffd}""#),
  ])
  func `half a character is replaced, whole ones are kept`(text: String, line: String) {
    #expect(JSONValue(reading: Array(text.utf8))?.line == line)
  }

  @Test func `bytes that are no text are replaced`() {
    #expect(JSONValue(reading: [0x22, 0x61, 0xff, 0x22])?.string == "a\u{fffd}")
  }

  @Test(arguments: ["", "{", #"{"a":}"#, #""\u12""#, #""\"#, #""\ud8"#, "nope", "{} {}"])
  func `what is no JSON is none`(text: String) {
    #expect(JSONValue(reading: Array(text.utf8)) == nil)
  }
}
