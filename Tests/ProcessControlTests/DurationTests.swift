import ProcessControl
import Testing

struct DurationTests {
  @Test(
    arguments: [
      (.milliseconds(1), 1), (.seconds(90), 90_000), (.microseconds(1_999), 1), (.milliseconds(-5), -5),
      (.seconds(Int64.max), .max), (.seconds(Int64.min), .min),
    ] as [(Duration, Int64)])
  func `a duration has whole milliseconds`(_ duration: Duration, _ milliseconds: Int64) {
    #expect(duration.wholeMilliseconds == milliseconds)
  }

  @Test func `moments are moved by durations, and never wrap`() {
    let moment = Timestamp(milliseconds: 5_000)
    #expect(moment - .seconds(2) == Timestamp(milliseconds: 3_000))
    #expect(moment + .milliseconds(1) == Timestamp(milliseconds: 5_001))
    #expect(moment + .seconds(Int64.max) == Timestamp(milliseconds: .max))
    #expect(MonotonicInstant(nanoseconds: 7).advanced(by: .milliseconds(2)) == MonotonicInstant(nanoseconds: 2_000_007))
  }
}
