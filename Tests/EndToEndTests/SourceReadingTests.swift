import Glibc
import TestSupport
import Testing

/// Bash reads a source command by command, and so is it decided what `&bg` means: what stands before something that cannot be
/// understood has run, and what a command means depends on those before it.
struct SourceReadingTests {
  /// Where a source may stand.
  enum Place: CaseIterable {
    case command, script, input, pipe
  }

  private func run(_ source: String, as place: Place, in scratch: ScratchState) throws -> Outcome {
    try scratch.write(source, to: "script")
    return switch place {
    case .command: try scratch.bgsh("-c", source)
    case .script: try scratch.bgsh("script")
    case .input: try scratch.run(BuiltProducts.bgsh, [], input: .text(source))
    case .pipe: try scratch.run("bash", ["-c", "'\(BuiltProducts.bgsh)' <(cat script)"])
    }
  }

  // MARK: As in bash

  static let scripts: [String] = [
    "echo a; true &bg\nexit 3\n) garbage ( \" &bg | --x",
    "true &bg\nexit 0\n\0\u{1}\u{7F}ELF \" ' &bg --nope\n",
    "echo a; true &bg\necho b\nfi\necho never",
    "trap 'echo trapped' EXIT\nif true; then\ntrue &bg )\nfi\necho never",
    "true &bg\nif true; then\necho never",
    "shopt -s expand_aliases\nalias IF='if true; then' END=fi\nIF\ntrue &bg\necho $LINENO\nEND\necho $LINENO",
    "set -o posix\ntrue &bg\necho \"${x:-it's}\"; true &bg\necho \"${x:-it's}\" $LINENO",
    "shopt -s extglob\ncase ab in +(a|b)) true &bg echo in $LINENO;; esac\necho $LINENO",
    "false | true\nif true\nthen echo \"${PIPESTATUS[@]}\" $?\ntrue &bg\nfi; echo $LINENO",
    "cat <<E; true &bg\n$LINENO\nE\necho $LINENO\nfor i in 1 2\ndo cat <<E; true &bg\n$i\nE\necho $LINENO\ndone",
    "f() { echo \"${FUNCNAME[@]}|${BASH_SOURCE[@]}|${BASH_LINENO[@]}|$LINENO\"; caller 0; }; true &bg\nf\n{ f\ntrue &bg\n}",
    "echo \"<${PIPESTATUS[@]}>\" $- $0 $# \"$_\"; true &bg\necho \"$BASH_EXECUTION_STRING\" | grep -c .",
    "true &bg echo AAA\\", "if true; then echo AAA; fi; true &bg echo BBB\\",
    "if false; then true &bg fi; echo AAA\\\n", "true &bg echo AAA", "if false; then true &bg fi; echo AAA\\",
    "if false; then true &bg\nfi; true &bg echo AAA\\",
    "true &bg\necho AAA\\\\",
    "set -v\necho a\nif true\nthen echo b\nfi; true",
    "echo a\r\ntrue &bg\n",
    "declare -a | grep BASH_ARG; true &bg\nset -- x y\nf() { echo \"${BASH_ARGV[@]} ${BASH_ARGC[@]}\"; }\nf z",
    "true &bg\ncat <<E\nhello", "if true; then cat <<E >/dev/null\n; true &bg\nhello",
    "if true; then true &bg\nx=$(cat <<E\nhello\nE)\ncat <<E\n$x\nfi",
    "trap 'echo trapped' EXIT\nif true; then true &bg\nx=$(cat <<E\nhello\nE)\n)",
    "true &bg\n: \(String(repeating: "x", count: 100_000))\necho $LINENO",
    "true &bg\necho 'echo more; exit 4' >>script; echo on",
    "set -n\ntrue &bg\necho never",
    "true &bg\nreturn 3; echo on",
    "true &bg set -e\nif true\nthen false &bg\nfi; false\necho never",
    "true &bg\nexec 4<script; read -r x <&4; echo \"$x\"; exec </dev/null; read -r y; echo \"$y\" $?",
  ]

  @Test(arguments: scripts)
  func `a script is read as by bash`(source: String) throws {
    try expectAsInBash(["script", "A"], files: ["script": source])
    if !source.contains("\0") { try expectAsInBash(["-c", source], files: ["script": source]) }
    try expectAsInBash([], files: ["script": source], input: source)
  }

  @Test func `a source echoes what stands in it`() throws {
    let source = "echo a; true &bg\nif true\nthen true &bg\nfi"
    for place in [["-c", source], ["script"]] {
      let scratch = try ScratchState()
      try scratch.write(source, to: "script")
      let outcome = try scratch.run(BuiltProducts.bgsh, ["--notify", "off", "-v"] + place)
      #expect(outcome.standardError == source + "\n")
    }
  }

  @Test func `a script is found where bash finds it`() throws {
    let scratch = try ScratchState()
    try scratch.write("echo \"$0 ${BASH_SOURCE[0]}\"; echo hi &bg --name it", to: "script")
    let path = "PATH=\(scratch.path):/usr/bin:/bin"
    let outcome = try scratch.run(
      "env", ["-C", "/", path, BuiltProducts.bgsh, "--notify", "off", "script"])
    #expect(outcome.standardOutput == "script \(scratch.path)/script\n")
    #expect(try scratch.record(1)["name"] == "it")
  }

  @Test func `a named pipe is opened once`() throws {
    let scratch = try ScratchState()
    let script = "mkfifo p; (echo 'echo one; true &bg --quiet'; echo 'wait; echo two') >p & '\(BuiltProducts.bgsh)' p"
    #expect(try scratch.run("bash", ["-c", script]).standardOutput == "one\ntwo\n")
    #expect(try scratch.records().count == 1)
  }

  @Test func `what a script would have to be read for is not looked at for ever`() throws {
    let scratch = try ScratchState()
    try scratch.write("echo hi\nexit 3\n", to: "script")
    #expect(truncate("\(scratch.path)/script", 8 << 30) == 0)
    let outcome = try scratch.bgsh("script")
    #expect(outcome.standardOutput == "hi\n" && outcome.status == .exited(3) && outcome.standardError.isEmpty)
  }

  @Test func `job control shows no job of bgsh's`() throws {
    let scratch = try ScratchState()
    let source = "set -m\n(exit 3) &bg\nwait; echo $?; wait @@; echo $?; jobs\n"
    try scratch.write(source, to: "script")
    for place in [["-c", source], ["script"]] {
      let outcome = try scratch.run(BuiltProducts.bgsh, ["--notify", "off"] + place)
      #expect(outcome.standardOutput == "3\n3\n" && outcome.standardError.isEmpty, "\(outcome.standardError)")
    }
  }

  // MARK: What &bg is

  static let launching: [(String, Int)] = [
    ("exit_early() { exit 0; }\ntrue &bg\nexit_early\n&bg | (", 1),
    ("if true\nthen true &bg\ntrue &bg\nfi\n", 2), ("if true; then true &bg fi; {\ntrue &bg --name \\\nx }", 2),

    ("f() {\n--timeout 5m for i in 1\ndo true; done\n}\nf; f", 2),
    ("shopt -s expand_aliases\nalias END=fi\nif true; then true &bg\nEND\nif true; then true &bg END\n", 2),
    ("shopt -s expand_aliases\nalias go='true &bg'\nif true\nthen\ngo\nfi\ngo", 2),
    ("cat <<E &bg\nbody", 1), ("cat <<'E' &bg\n&bg\nE\n# &bg\necho '&bg' \"&bg\"", 1),
    ("set -o posix\necho \"${x:-it's}\" &bg\n", 1),
    ("true | \\\ntrue &bg --name \\\n x", 1), ("if true; then\ntrue &bg\nfi", 1),
    ("--timeout 5m true\n", 1), ("x=$(true &bg\n)\n", 1), ("&bg() { :; }\n", 0),
  ]

  @Test(arguments: launching, Place.allCases)
  func `each operator that bash comes to launches a task`(launch: (source: String, count: Int), place: Place) throws {
    let scratch = try ScratchState()
    let outcome = try run(launch.source, as: place, in: scratch)
    #expect(try scratch.records().count == launch.count, "\(outcome.standardError)")
    #expect(!outcome.standardError.contains("bg: ") && !outcome.standardError.contains("not found"))
  }

  @Test(arguments: Place.allCases)
  func `nothing runs of a command with a wrong operator, and nothing behind it`(place: Place) throws {
    let scratch = try ScratchState()
    let outcome = try run(
      "trap 'echo trapped' EXIT\necho before\nif echo never\nthen true &bg --nope\nfi\necho never\n", as: place,
      in: scratch)
    #expect(outcome.standardOutput == "before\ntrapped\n" && outcome.status == .exited(2))
    #expect(outcome.standardError.hasPrefix("bgsh: line 4, column 15: unknown flag '--nope'"))
    #expect(outcome.standardError.split(separator: "\n").count == 1)
  }

  @Test(arguments: Place.allCases)
  func `what is nested too deeply is told, and nothing of it runs`(place: Place) throws {
    let scratch = try ScratchState()
    let nested = String(repeating: "$(", count: 400) + "true &bg" + String(repeating: ")", count: 400)
    let outcome = try run("echo before\necho never \(nested)\necho never\n", as: place, in: scratch)
    #expect(outcome.standardOutput == "before\n" && outcome.status == .exited(2))
    #expect(
      outcome.standardError
        == "bgsh: line 2: a command with '&bg' is nested too deeply to be understood; use a function\n")
  }

  /// Where the signal comes within the command makes no difference: each byte of it is given with a signal behind it.
  @Test func `a trapped signal is heeded that comes while a command is being read`() throws {
    let scratch = try ScratchState()
    let script = """
      mkfifo p q; '\(BuiltProducts.bgsh)' --notify off <p & exec 3>p
      echo 'trap "((n++))" USR1; echo $$ >pid; : >q' >&3; read x <q
      command=$'if true\nthen true &bg\nfi; echo "on $n"\n'
      for ((i = 0; i < ${#command}; i++)); do
        printf %s "${command:i:1}" >&3
        ((i % 8 == 1)) && kill -USR1 $(<pid)
      done
      exec 3>&-; wait
      """
    let output = try scratch.run("bash", ["-c", script]).standardOutput
    // Those that come at the same time are one.
    #expect(output.contains(/^on [1-5]\n$/), "\(output)")
  }
}
