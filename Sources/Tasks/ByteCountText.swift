/// Numbers of bytes as people read them.
package enum ByteCountText {
  /// `512 B`, `12.3 MB`: steps of a thousand, one decimal from kilobytes on.
  package static func text(_ bytes: Int64) -> String {
    guard bytes >= 1_000 else { return "\(bytes) B" }
    var tenths = bytes / 100 + (bytes % 100 >= 50 ? 1 : 0)
    for unit in ["kB", "MB", "GB", "TB"] {
      let fraction = tenths % 10 == 0 ? "" : ".\(tenths % 10)"
      if tenths < 10_000 { return "\(tenths / 10)\(fraction) \(unit)" }
      tenths = (tenths + 500) / 1_000
    }
    return "\(tenths / 10) PB"
  }
}
