/// A maker of random programs in bash's grammar, most of which bash accepts.
///
/// Their commands have no effect worth mentioning, should anything run them.
package struct ProgramGenerator {
  private var random: RandomSource
  private var depth = 0

  /// How many substitutions are open, in which bash 5.2 is particular about `time` and `x=(…)`.
  private var substitutionCount = 0

  /// The bodies that the next newline has to be followed by.
  private var bodies: [String] = []
  private var delimiterCount = 0

  package init(seed: UInt64) { random = RandomSource(seed: seed) }

  /// A program of a few lines.
  package mutating func program() -> [UInt8] {
    depth = 0
    substitutionCount = 0
    bodies = []
    var text = ""
    for _ in 0..<Int.random(in: 1...3, using: &random) { text += list() + newline() }
    return Array(text.utf8)
  }

  private mutating func pick(_ texts: String...) -> String { random.pick(texts) }

  private mutating func newline() -> String {
    let text = "\n" + bodies.joined()
    bodies = []
    return text
  }

  private mutating func blank() -> String {
    random.chance(92) ? " " : pick("  ", "\t", " \\\n", "\\\n ", " \\\n\t")
  }

  /// What may stand between lists.
  private mutating func separator() -> String {
    switch Int.random(in: 0..<10, using: &random) {
    case 0...3: return pick(";", "; ", " ;")
    case 4, 5: return pick(" &", "&", " & ")
    case 6: return pick(" # it's a \"comment` $( ${ &bg", " #", " # \\") + newline()
    case 7: return newline() + newline()
    default: return newline()
    }
  }

  /// Lists, the last one closed by a separator.
  private mutating func closedList() -> String {
    let text = list()
    return text + separator() + (random.chance(20) ? newline() : "")
  }

  private mutating func list() -> String {
    var text = andOr()
    while random.chance(depth > 2 ? 10 : 30) { text += separator() + andOr() }
    return text
  }

  private mutating func andOr() -> String {
    var text = pipeline()
    while random.chance(20) {
      text += blank() + pick("&&", "||", "&&", "||", "&\\\n&") + (random.chance(15) ? newline() : blank()) + pipeline()
    }
    return text
  }

  private mutating func pipeline() -> String {
    var text =
      random.chance(substitutionCount > 0 ? 0 : 8) ? pick("! ", "time ", "time -p ", "! ! ", "time ! ", "time -- ") : ""
    text += command()
    while random.chance(12) {
      text += pick(" | ", "|", " |& ", " |\\\n") + (random.chance(15) ? newline() : "") + command()
    }
    return text
  }

  private mutating func command() -> String {
    depth += 1
    defer { depth -= 1 }
    guard depth < 6, random.chance(depth < 3 ? 55 : 25) else { return simpleCommand() }
    let text = compoundCommand()
    return random.chance(15) ? text + " " + redirection() : text
  }

  private mutating func simpleCommand() -> String {
    var parts: [String] = []
    while random.chance(15) { parts.append(assignment()) }
    if random.chance(6) { parts.append(redirection()) }
    if parts.isEmpty || random.chance(85) {
      parts.append(
        random.chance(75)
          ? pick("a", "true", "false", ":", "echo", "b", "declare", "export", "local", "alias", "wait", "[")
          : plainlyBegun(word()))
      if random.chance(20) && ["declare", "export", "local"].contains(parts[0]) { parts.append("x=(1 2)") }
      while random.chance(55) {
        parts.append(
          random.chance(10)
            ? pick(
              "if", "fi", "do", "done", "{", "}", "case", "esac", "!", "in", "[[", "]]", "then", "time", "function")
            : word())
        if random.chance(8) { parts.append(redirection()) }
      }
    }
    var text = parts[0]
    for part in parts.dropFirst() { text += blank() + part }
    return text
  }

  /// A word that does not begin with `!(`, which is an extended pattern or a negated subshell.
  private func plainlyBegun(_ text: String) -> String { text.hasPrefix("!") ? "a" + text : text }

  private mutating func assignment() -> String {
    let value = random.chance(70) ? word() : ""
    return switch Int.random(in: 0..<10, using: &random) {
    case 0: "x[" + arithmetic() + "]=" + value
    case 1: "x+=" + value
    case 2 where substitutionCount == 0: "x=(" + words() + ")"
    case 3 where substitutionCount == 0:
      "x=([0]=" + word() + " [" + arithmetic() + "]+=" + word() + newlineInArray() + ")"
    case 4: "x[\"a b\"]=" + value
    default: "x=" + value
    }
  }

  private mutating func newlineInArray() -> String {
    random.chance(30) && bodies.isEmpty ? pick("\n", " # )\n", "\n\n") : ""
  }

  private mutating func words() -> String {
    var text = word()
    while random.chance(50) { text += " " + word() }
    return text
  }

  private mutating func redirection() -> String {
    let descriptor = random.chance(30) ? pick("2", "10", "{fd}", "{fd[1]}") : ""
    switch Int.random(in: 0..<12, using: &random) {
    case 0, 1, 2: return descriptor + hereDocument()
    case 3: return descriptor + pick("<<<", "<<< ") + word()
    case 4: return pick("&>", "&>>", "&> ") + word()
    case 5: return descriptor + pick(">&-", "<&-", ">&2", "<&0", ">& 2", "<&$x", "2>&1-")
    case 6: return descriptor + pick(">|", "<>", ">>", ">", "<", ">\\\n>") + pick("", " ") + word()
    default: return descriptor + pick(">", "<", ">>") + pick("", " ") + pick("/dev/null", "\"$x\"", "$(a)", "f")
    }
  }

  private mutating func hereDocument() -> String {
    delimiterCount += 1
    let name = pick("E", "E", "EOF", "end", "E_\(delimiterCount)")
    let stripsTabs = random.chance(30)
    let written =
      random.chance(30) ? pick("'\(name)'", "\"\(name)\"", "\\\(name)", "\(name.first!)'\(name.dropFirst())'") : name
    var body = ""
    for _ in 0..<Int.random(in: 0...3, using: &random) {
      if written == name {
        body += pick(
          "text &bg\n", "it's \"half\n", "$x ${x:-y} $((1 + 2))\n", "$(a; b)\n", "`a`\n", "joined \\\nline\n",
          " \(name)\n",
          "\(name) \n", "\\$( \\` \\\\\n", "# ) } fi\n", "\n", "\(name)x\n")
      } else {
        body += pick("$( ` ${ \" ' &bg\n", " \(name)\n", "\\\n", "\n", "esac ) } done\n", "\(name) x\n")
      }
    }
    bodies.append(body + (stripsTabs && random.chance(60) ? "\t\t" : "") + name + "\n")
    return "<<" + (stripsTabs ? "-" : "") + pick("", " ") + written
  }

  private mutating func compoundCommand() -> String {
    switch Int.random(in: 0..<18, using: &random) {
    case 0: return "{" + (random.chance(50) ? " " : newline()) + closedList() + " }"
    case 1: return pick("(:;", "( :;", "( :\n") + list() + (random.chance(30) ? newline() : pick("", " ", ";")) + ")"
    case 2, 3:
      var text = "if " + closedList() + " then " + closedList()
      while random.chance(25) { text += " elif " + closedList() + " then " + closedList() }
      if random.chance(40) { text += " else " + closedList() }
      return text + " fi"
    case 4:
      return pick("while ", "until ") + closedList() + " do" + (random.chance(50) ? " " : newline()) + closedList()
        + " done"
    case 5, 6:
      let head =
        random.chance(20)
        ? "x" + pick(";", " ", newline())
        : "x" + " in" + blank() + words() + pick(";", newline())
      return pick("for ", "for ", "select ") + head + (random.chance(15) ? newline() : " ") + "do " + closedList()
        + " done"
    case 7:
      return "for ((" + arithmetic() + ";" + arithmetic() + "; i++))" + pick(";", " ;", " ", newline()) + pick("", " ")
        + (random.chance(80) ? "do " + closedList() + " done" : "{ " + closedList() + " }")
    case 8, 9, 10: return caseCommand()
    case 11: return "((" + arithmetic() + "))"
    case 12, 13: return "[[ " + condition() + " ]]"
    case 14: return pick("coproc ", "coproc N ") + "{ " + closedList() + " }"
    case 15: return functionDefinition()
    case 16: return "((a" + blank() + word() + ");" + pick("", " ") + list() + " )"
    default: return "( (a" + blank() + word() + ")" + pick("", " ", ";") + ")"
    }
  }

  private mutating func functionDefinition() -> String {
    let head = pick(
      "f()", "f ()", "f( )", "function f", "function f()", "function f ( )", "f-g()", "f.g ()", "function f:g")
    let gap = random.chance(20) ? newline() : " "
    switch Int.random(in: 0..<6, using: &random) {
    case 0: return head + gap + "(" + list() + ")"
    case 1: return head + gap + "[[ " + condition() + " ]]"
    case 2: return head + gap + "((" + arithmetic() + "))"
    case 3: return head + gap + "if " + closedList() + " then " + closedList() + " fi"
    default: return head + gap + "{ " + closedList() + " }"
    }
  }

  private mutating func caseCommand() -> String {
    var text =
      "case" + blank() + word() + (random.chance(15) ? newline() : " ") + "in" + (random.chance(40) ? newline() : " ")
    let count = Int.random(in: 0...3, using: &random)
    for number in 0..<count {
      text +=
        pick("", "(", "( ")
        + (random.chance(70) ? pick("a", "*", "[ab]", "if", "in", "\"a b\"", "?(x)", "a\\)b") : word())
      if random.chance(25) { text += pick("|", " | ") + pick("b", "done", "@(a|b)", "$x") }
      text += pick(")", " )") + (random.chance(25) ? newline() : " ")
      if random.chance(85) { text += list() + (random.chance(30) ? newline() : random.chance(20) ? separator() : "") }
      let isLast = number + 1 == count
      if isLast && random.chance(25) {
        text += newline()
      } else {
        text += pick(";;", " ;;", ";;", " ;&", " ;;&") + (random.chance(60) ? newline() : " ")
      }
    }
    return text + "esac"
  }

  private mutating func condition() -> String {
    depth += 1
    defer { depth -= 1 }
    if depth < 6 && random.chance(30) {
      switch Int.random(in: 0..<4, using: &random) {
      case 0: return "( " + condition() + " )"
      case 1: return "! " + condition()
      default: return condition() + pick(" && ", " || ", "&&", " ||\n", " &&\n\n") + condition()
      }
    }
    switch Int.random(in: 0..<8, using: &random) {
    case 0: return pick("-f ", "-n ", "-z ", "-v ", "-o ", "-e ") + word()
    case 1: return plainlyBegun(word())
    case 2: return plainlyBegun(word()) + " =~ " + regularExpression()
    case 3: return plainlyBegun(word()) + pick(" < ", " > ", " -nt ", " -eq ", " -ot ") + word()
    default:
      return plainlyBegun(word()) + pick(" == ", " != ", " = ")
        + (random.chance(60) ? word() : pick("a*", "@(a|b)*", "[[:alpha:]]", "!(x|(y))"))
    }
  }

  private mutating func regularExpression() -> String {
    var text = ""
    for _ in 0..<Int.random(in: 1...3, using: &random) {
      text += pick(
        "a", "(a|b)", "(a |\tb)", "[ab]", "^x", "$", ".*", "\\ ", "\\(", "$x", "\"a b\"", "'a b'", "(&&)", "a|b",
        "[[:space:]]",
        "(;)", "((a)|(b))", "${x}", "$(a)", "a{2,3}", "(<)", "'&bg'", "#")
    }
    return text.hasPrefix("#") ? "a" + text : text
  }

  private mutating func arithmetic() -> String {
    depth += 1
    defer { depth -= 1 }
    return switch Int.random(in: 0..<14, using: &random) {
    case 0 where depth < 6: "(" + arithmetic() + ")" + pick(" & ", "+", " && ") + arithmetic()
    case 1: "$x & 1"
    case 2: "1 << 2"
    case 3: "x[1] | y"
    case 4 where depth < 6: "$(" + substitution() + ")"
    case 5: "16#ff"
    case 6: "${#x} + ${x%y}"
    case 7: "x ? y : z"
    case 8: "\"1\" + '2'"
    case 9: "$((1 + 2))"
    case 10: "`a`"
    default: "1"
    }
  }

  /// What stands between `$(` and `)`.
  private mutating func substitution() -> String {
    let outer = bodies
    bodies = []
    substitutionCount += 1
    defer {
      bodies = outer
      substitutionCount -= 1
    }
    depth += 2
    defer { depth -= 2 }
    let text = list() + (random.chance(15) ? pick(";", " &") : "")
    if !bodies.isEmpty { return text + newline() }
    return text + (random.chance(10) ? pick(" # )\n", "\n", " ") : "")
  }

  private mutating func word() -> String {
    depth += 1
    defer { depth -= 1 }
    var text = ""
    repeat { text += piece() } while random.chance(25)
    return text
  }

  private mutating func piece() -> String {
    switch Int.random(in: 0..<40, using: &random) {
    case 0, 1, 2: return "'" + pick("it", " &bg ", "a\"b", "$(", "a;b", "`", "\\", ")", "#", "") + "'"
    case 3, 4, 5: return "\"" + quotedPieces() + "\""
    case 6: return "$'" + pick("\\'", "a\\n", " &bg ", "\\\\", "\"", "\\x41", "") + "'"
    case 7: return "$\"" + quotedPieces() + "\""
    case 8: return "\\" + pick(" ", "&", ";", "\\", "'", "\"", "$", "(", ")", "#", "`", "|", "<", "a", "\n", "!")
    case 9, 10, 11, 12: return expansion()
    case 13 where depth < 6: return pick("<(", ">(") + substitution() + ")"
    case 14:
      return pick("@(", "!(", "?(", "*(", "+(") + pick("a", "a|b", "a b", "'x y'|\"z\"", "$x", "a|@(b|c)", ";", "&", "")
        + ")"
    case 15: return pick("a#b", "#", "a#", "x#'y'")
    case 16: return pick("{a,b}", "{1..3}", "{", "}", "{a", "a}")
    case 17:
      return pick(
        "a=b", "--name", "-x", "~", "~/a", "*.c", "[ab]", "[a", "a]", "?", "x[1]", "x[1]=2", "a:b", "%1", "@7")
    case 18: return pick("ä", "日本", "\u{301}")
    case 19: return "$" + pick("", "/", ",")
    default: return pick("a", "b", "foo", "1", "22", "x", "-", "a.b", "bgx", "if", "do")
    }
  }

  private mutating func quotedPieces() -> String {
    var text = ""
    while random.chance(60) {
      text +=
        random.chance(35)
        ? expansion()
        : pick("a", " ", "'", " &bg ", "\\\"", "\\$", "\\\\", "\\`", ";", "#", ")", "}", "\\\n", "\n", "\\a", "!", "$")
    }
    // A dollar before the closing quote stands for itself; before another piece, it would not.
    return text
  }

  private mutating func expansion() -> String {
    depth += 1
    defer { depth -= 1 }
    guard depth < 7 else { return pick("$x", "$1", "$?", "$#", "$$", "$!", "$@", "$*", "$-", "${x}", "${#x}") }
    switch Int.random(in: 0..<22, using: &random) {
    case 0, 1, 2: return "$(" + spaceIfSubshell(substitution()) + ")"
    case 3:
      return "`" + pick("a", "a b", "echo '&bg'", "a; b", "a \\`b\\`", "a \\$x", "# &bg", "", "\"a\"", "[ x ]") + "`"
    case 4, 5: return "$((" + arithmetic() + "))"
    case 6: return "$[" + arithmetic() + "]"
    case 7: return "${x" + pick(":-", ":=", "-", "+", ":+", "?") + parameterWord() + "}"
    case 8: return "${x" + pick("#", "##", "%", "%%") + parameterWord() + "}"
    case 9: return "${x" + pick("/", "//", "/#", "/%") + parameterWord() + "/" + parameterWord() + "}"
    case 10:
      return "${x" + pick("[1]", "[@]", "[$x]", "[\"a b\"]", ":1:2", ": -1", "@Q", "^^", ",,", "^", "[$(a)]") + "}"
    case 11:
      return "${" + pick("#x", "!x", "!x*", "!x[@]", "#x[@]", "#", "?", "$", "!", "@", "*", "-", "10", "#1", "##", "#?")
        + "}"
    default: return pick("$x", "$1", "$?", "$#", "$$", "$!", "$@", "$*", "$-", "${x}", "${#x}", "$0", "$_")
    }
  }

  private mutating func spaceIfSubshell(_ text: String) -> String {
    text.hasPrefix("(") && random.chance(70) ? " " + text : text
  }

  private mutating func parameterWord() -> String {
    var text = ""
    while random.chance(60) {
      text +=
        random.chance(30)
        ? expansion()
        : pick(
          "a", " ", "*", "\"b c\"", "'d'", "\\}", "\\/", "&", " &bg ", ";", "#", "(", ")", "\"}\"", "$'\\''", "<", "|",
          "[ab]", "@(a|b)")
    }
    return text
  }
}
