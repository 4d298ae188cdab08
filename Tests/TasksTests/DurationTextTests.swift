import Tasks
import Testing

struct DurationTextTests {
  @Test(
    arguments: [
      ("90", 90_000), ("250ms", 250), ("90s", 90_000), ("5m", 300_000), ("1h30m", 5_400_000), ("2d", 172_800_000),
      ("0", 0), ("1d2h3m4s5ms", 93_784_005), ("0.5", 500), ("1.5h", 5_400_000), (".25s", 250), ("1.s", 1_000),
      ("0.1234567891s", 123), ("36525d", Limits.longestDurationMilliseconds),
    ] as [(String, Int64)])
  func `a duration is read`(_ text: String, _ milliseconds: Int64) throws {
    #expect(try DurationText.milliseconds(text) == milliseconds)
  }

  @Test(arguments: [
    ("", DurationError.empty),
    ("soon", .noNumber("soon")),
    ("-5s", .noNumber("-5s")),
    (".", .noNumber(".")),
    (" 5", .noNumber(" 5")),
    ("1h30", .missingUnit("1h30")),
    ("5x", .unknownUnit("5x", unit: "x")),
    ("5 s", .unknownUnit("5 s", unit: " s")),
    ("5S", .unknownUnit("5S", unit: "S")),
    ("1..5s", .missingUnit("1..5s")),
    ("30m1h", .wrongOrder("30m1h")),
    ("1m1m", .wrongOrder("1m1m")),
    ("36526d", .tooLong("36526d")),
    ("99999999999999999999", .tooLong("99999999999999999999")),
    ("9223372036854775807d", .tooLong("9223372036854775807d")),
  ])
  func `what is no duration says why`(_ text: String, _ error: DurationError) {
    #expect(throws: error) { try DurationText.milliseconds(text) }
  }

  @Test func `an error helps`() {
    #expect(
      DurationError.noNumber("soon").description == "'soon' is no duration; write one like 90s, 5m, 1h30m or 250ms")
    #expect(
      DurationError.unknownUnit("5x", unit: "x").description
        == "'5x' has the unknown unit 'x'; the units are ms, s, m, h and d")
  }

  @Test(
    arguments: [
      (0, "0s"), (40, "40ms"), (400, "400ms"), (999, "999ms"), (1_000, "1s"), (1_049, "1s"), (3_000, "3s"),
      (3_200, "3.2s"), (3_249, "3.2s"), (9_949, "9.9s"),
      (9_960, "10s"), (12_000, "12s"), (12_499, "12s"), (59_600, "1m"), (60_000, "1m"), (65_000, "1m05s"),
      (92_004, "1m32s"), (300_000, "5m"), (3_599_900, "1h"), (3_600_000, "1h"), (3_900_000, "1h05m"),
      (86_399_000, "23h59m"), (86_400_000, "1d"), (183_600_000, "2d3h"), (-5, "0s"), (Int64.max, "106751991167d7h"),
    ] as [(Int64, String)])
  func `a duration is written`(_ milliseconds: Int64, _ text: String) {
    #expect(DurationText.text(milliseconds: milliseconds) == text)
  }

  @Test(
    arguments: [
      (0, "0 B"), (999, "999 B"), (1_000, "1 kB"), (1_234, "1.2 kB"), (12_345_678, "12.3 MB"), (999_960, "1 MB"),
      (64_000_000_000, "64 GB"), (Int64.max, "9223 PB"),
    ] as [(Int64, String)])
  func `a number of bytes is written`(_ bytes: Int64, _ text: String) {
    #expect(ByteCountText.text(bytes) == text)
  }
}
