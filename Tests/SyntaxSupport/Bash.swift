package import BashSyntax
import Glibc

/// The bash of this machine, asked for its verdict on sources.
package enum Bash {
  /// What `bash -n` says about each source; what needs extended patterns is asked for with them.
  ///
  /// A here-document or a conditional command that the end of the input cuts off counts as incomplete, as
  /// a prompt would ask for more of it.
  package static func verdicts(on sources: [[UInt8]]) -> [SourceScan.Completeness] {
    guard !sources.isEmpty else { return [] }
    return inScratchDirectory { directory in
      for (number, source) in sources.enumerated() { write(source, to: "\(directory)/\(number)") }
      let lines = run(judge, "\(directory) \(sources.count)", in: directory)
      precondition(lines.count == sources.count, "bash answered \(lines.count) of \(sources.count)")
      return lines.map(verdict(named:))
    }
  }

  /// Whether bash accepts each of very many sources: one bash reads them all.
  ///
  /// Each stands within a command of several parts that is never run. No source may hold what closes all of them one
  /// after the other, `) }`, `;; esac` and `fi`: bash would run what follows.
  package static func accepts(_ sources: [[UInt8]]) -> [Bool] {
    var answers: [Bool] = []
    for start in stride(from: 0, to: sources.count, by: 2_000) {
      let part = sources[start..<min(start + 2_000, sources.count)]
      answers += inScratchDirectory { directory in
        write(Array(part.map { $0.filter { $0 != 0 } + [0] }.joined()), to: "\(directory)/sources")
        let lines = run(quickJudge, "\(directory)/sources", in: directory)
        precondition(lines.count == part.count, "bash answered \(lines.count) of \(part.count)")
        return lines.map { $0.contains("complete") }
      }
    }
    return answers
  }

  /// What an interactive bash prompts with after each line of each source: whether a new command may begin there.
  ///
  /// `-n` keeps it from running anything.
  package static func prompts(in sources: [[UInt8]]) -> [[Bool]] {
    guard !sources.isEmpty else { return [] }
    return inScratchDirectory { directory in
      for (number, source) in sources.enumerated() { write(source, to: "\(directory)/\(number)") }
      _ = run(prompter, "\(directory) \(sources.count)", in: directory)
      return sources.indices.map { number in
        let shown = contents(of: "\(directory)/\(number).shown") ?? []
        // The prompts, each a byte that no other output holds; the first one stands before the first line.
        return shown.filter { $0 == 1 || $0 == 2 }.dropFirst().map { $0 == 1 }
      }
    }
  }

  /// The lines that a command prints.
  package static func output(of command: String) -> [String] {
    guard let stream = unsafe popen(command, "r") else { return [] }
    defer { unsafe pclose(stream) }
    return String(decoding: unsafe readAll(stream), as: UTF8.self).split(separator: "\n").map(String.init)
  }

  /// The bytes of a file.
  package static func contents(of path: String) -> [UInt8]? {
    guard let stream = unsafe fopen(path, "r") else { return nil }
    defer { unsafe fclose(stream) }
    return unsafe readAll(stream)
  }

  /// What a bash script prints for each source, given its number's file; the answers end with a NUL each.
  package static func answers(of script: String, for sources: [[UInt8]]) -> [String] {
    inScratchDirectory { directory in
      for (number, source) in sources.enumerated() { write(source, to: "\(directory)/\(number)") }
      write(Array(script.utf8), to: "\(directory)/script")
      let stream = unsafe popen("cd \(directory) && bash script \(directory) \(sources.count) </dev/null 2>&1", "r")
      guard let stream = unsafe stream else { return [] }
      defer { unsafe pclose(stream) }
      return unsafe readAll(stream).split(separator: 0, omittingEmptySubsequences: false).dropLast().map {
        String(decoding: $0, as: UTF8.self)
      }
    }
  }

  private static func inScratchDirectory<Result>(_ body: (String) -> Result) -> Result {
    let directory = output(of: "mktemp -d").first!
    defer { _ = output(of: "rm -rf \(directory)") }
    return body(directory)
  }

  private static func run(_ script: String, _ arguments: String, in directory: String) -> [String] {
    write(Array(script.utf8), to: "\(directory)/script")
    return output(of: "bash \(directory)/script \(arguments)")
  }

  private static func verdict(named name: String) -> SourceScan.Completeness {
    switch name {
    case "complete": .complete
    case "incomplete": .incomplete
    default: .unreadable
    }
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

  private static let quickJudge = """
    export LC_ALL=C
    mapfile -d '' -t sources <"$1" && cd "${1%/*}" || exit
    judge() {
      for ((; number < ${#sources[@]}; number++)); do
        source=$'if false; then case x in y) { ( :\\n'${sources[number]}$'\\n) } ;; esac; fi'
        if eval "$source" 2>/dev/null; then echo complete; else echo other; fi
      done
    }
    # An error within a substitution ends the shell that reads it: another one goes on behind it.
    answer() {
      number=0
      while ((number < ${#sources[@]})); do
        mapfile -t answers < <(judge)
        ((number += ${#answers[@]}))
        ((${#answers[@]} == 0)) || printf '%s\\n' "${answers[@]}"
        ((number == ${#sources[@]})) || { echo other && ((++number)); }
      done
    }
    paste -d ' ' <(answer) <(shopt -s extglob && answer)
    """

  private static let prompter = """
    export LC_ALL=C HISTFILE= PS1=$'\\001' PS2=$'\\002'
    for ((number = 0; number < $2; number++)); do
      setsid bash --norc --noprofile --noediting -O extglob +H +m -n -i \\
        <"$1/$number" >"$1/$number.out" 2>"$1/$number.shown"
    done
    """
}
