import Glibc

/// Whether the tests leave nothing out, as `make soak-syntax` asks.
package enum Soak {
  /// For how long the random parts run; `nil` outside of a soak, where they are bounded by count.
  package static let seconds: Int? = unsafe getenv("SOAK_SECONDS").flatMap { Int(unsafe String(cString: $0)) }

  package static var isOn: Bool { seconds != nil }
}
