import Glibc

@testable import BashSyntax

/// The bash of this machine, asked for its verdict on sources.
enum Bash {
  /// What `bash -n` says about each source; what needs extended patterns is asked for with them.
  ///
  /// A here-document or a conditional command that the end of the input cuts off counts as incomplete, as
  /// a prompt would ask for more of it.
  static func verdicts(on sources: [[UInt8]]) -> [SourceScan.Completeness] {
    let directory = output(of: "mktemp -d").first!
    defer { _ = output(of: "rm -rf \(directory)") }
    for (number, source) in sources.enumerated() { write(source, to: "\(directory)/\(number)") }
    write(Array(judge.utf8), to: "\(directory)/judge")
    let lines = output(of: "bash \(directory)/judge \(directory) \(sources.count)")
    precondition(lines.count == sources.count, "bash answered \(lines.count) of \(sources.count)")
    return lines.map { line in
      switch line {
      case "complete": .complete
      case "incomplete": .incomplete
      default: .unreadable
      }
    }
  }

  /// The lines that a command prints.
  static func output(of command: String) -> [String] {
    guard let stream = unsafe popen(command, "r") else { return [] }
    defer { unsafe pclose(stream) }
    return String(decoding: unsafe readAll(stream), as: UTF8.self).split(separator: "\n").map(String.init)
  }

  /// The bytes of a file.
  static func contents(of path: String) -> [UInt8]? {
    guard let stream = unsafe fopen(path, "r") else { return nil }
    defer { unsafe fclose(stream) }
    return unsafe readAll(stream)
  }

  private static func write(_ bytes: [UInt8], to path: String) {
    guard let stream = unsafe fopen(path, "w") else { return }
    unsafe fwrite(bytes, 1, bytes.count, stream)
    unsafe fclose(stream)
  }

  private static func readAll(_ stream: UnsafeMutablePointer<FILE>) -> [UInt8] {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = unsafe fread(&chunk, 1, chunk.count, stream)
      guard count > 0 else { return bytes }
      bytes += chunk[..<count]
    }
  }

  private static let judge = """
    export LC_ALL=C
    judge() {
      local message
      message=$(exec bash $2 -n "$1" 2>&1 </dev/null)
      case $?:$message in
        0:*here-document*delimited\\ by\\ end-of-file*) verdict=incomplete ;;
        0: | 0:*warning*) verdict=complete ;;
        *'unexpected end of file'* | *'unexpected EOF'* | *"unexpected token \\`EOF'"*) verdict=incomplete ;;
        *) verdict=unreadable ;;
      esac
    }
    for ((number = 0; number < $2; number++)); do
      judge "$1/$number"
      [[ $verdict != unreadable ]] || judge "$1/$number" '-O extglob'
      echo "$verdict"
    done
    """
}
