import Tasks
import Testing

struct KeepRuleTests {
  @Test(
    arguments: [
      ("30d,2G", 2_592_000_000, 2 << 30), ("2G,30d", 2_592_000_000, 2 << 30), ("12h", 43_200_000, nil),
      ("5m", 300_000, nil), ("5M", nil, 5 << 20),
    ] as [(String, Int64?, Int64?)])
  func `a rule is read`(_ text: String, age: Int64?, total: Int64?) throws {
    let rule = try KeepRule(text)
    #expect(rule.ageMilliseconds == age)
    #expect(rule.totalBytes == total)
  }

  @Test(arguments: ["", "30", "30d,2G,1h", "30d,31d", "1G,2G", "often", ",", "30d,", "30d 2G"])
  func `what is no rule is none`(_ text: String) {
    let error = #expect(throws: KeepRuleError.self) { try KeepRule(text) }
    #expect(
      error?.description
        == "'\(text)' is neither an age nor a size nor both; write them with their units, as in 30d,2G")
  }
}
