import Tasks
import Testing

struct SizeTextTests {
  @Test(
    arguments: [
      ("0", 0), ("4096", 4096), ("500K", 512_000), ("64M", 64 << 20), ("1g", 1 << 30), ("2T", 2 << 40),
      ("1024T", 1 << 50),
    ] as [(String, Int64)])
  func `a size is read`(_ text: String, _ bytes: Int64) throws {
    #expect(try SizeText.bytes(text) == bytes)
  }

  @Test(arguments: [
    ("", SizeError.empty), ("M", .noSize("M")), ("-1", .noSize("-1")), ("1.5M", .noSize("1.5M")),
    ("64MB", .noSize("64MB")), ("6 4", .noSize("6 4")), ("1025T", .tooLarge("1025T")),
    ("99999999999999999999", .tooLarge("99999999999999999999")),
  ])
  func `what is no size is said to be none`(_ text: String, _ error: SizeError) {
    #expect(throws: error) { try SizeText.bytes(text) }
  }

  @Test(
    arguments: [
      (0, "0"), (1000, "1000"), (1024, "1K"), (64 << 20, "64M"), (1536 << 20, "1536M"), (1 << 50, "1024T"),
    ] as [(Int64, String)])
  func `a size is written`(_ bytes: Int64, _ text: String) {
    #expect(SizeText.text(bytes) == text)
  }
}
