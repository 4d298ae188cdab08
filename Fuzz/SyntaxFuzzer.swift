// A libFuzzer target for the scanner: `make fuzz`. It is compiled in one module with Sources/BashSyntax, outside of the
// package, since libFuzzer brings a `main` of its own.

/// Reads any bytes; a crash, a trap or a timeout is what libFuzzer reports.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let source = Array(UnsafeBufferPointer(start: start, count: count))
  check(source, SyntaxScanner.scan(source))
  let expanded = AliasExpansion.expand(source, with: aliases)
  precondition(expanded.count <= max(source.count, AliasExpansion.Limits.sourceBytes))
  return 0
}

private let aliases = [
  "a": "b &bg", "b": "a c ", "if": "if a", "c": "'", "x": "$(", "f": "b <<E &bg\n",
].reduce(into: [[UInt8]: [UInt8]]()) { $0[Array($1.key.utf8)] = Array($1.value.utf8) }

/// Whatever is found stands where it is said to stand.
private func check(_ source: [UInt8], _ scan: SourceScan) {
  var lastStart = 0
  for operation in scan.operators {
    let written = source[operation.operatorRange]
    precondition(written.starts(with: operation.form == .prefix ? Array("--timeout".utf8) : Array("&bg".utf8)))
    precondition(operation.list.lowerBound >= lastStart)
    precondition(operation.form == .alone || !operation.list.isEmpty)
    lastStart = operation.list.lowerBound
    precondition(operation.form == .prefix || operation.list.upperBound <= operation.operatorRange.lowerBound)
    precondition(operation.flags.allSatisfy { operation.operatorRange.contains($0.range.lowerBound) })
    precondition(operation.flags.allSatisfy { $0.range.upperBound <= operation.operatorRange.upperBound })
    precondition(operation.hereDocumentBodies.allSatisfy { $0.lowerBound >= operation.list.upperBound })
    precondition(operation.terminator.map { source[$0].elementsEqual("&".utf8) } ?? true)
  }
  precondition(scan.problems.allSatisfy { $0.offset <= source.count && $0.line > 0 && $0.column > 0 })
  precondition(scan.completeness != .unreadable || scan.operators.isEmpty && scan.problems.isEmpty)
}
