import ProcessControl

/// `kill -TERM @7` in a form that ArgumentParser can read.
enum KillArguments {
  /// Writes `-SIGNAL` as `-s SIGNAL`; everything else stays as it is.
  static func normalized(_ arguments: [String]) -> [String] {
    guard arguments.first == "kill" else { return arguments }
    var result: [String] = []
    var takesValue = false
    for (index, argument) in arguments.enumerated() {
      if argument == "--" { return result + arguments[index...] }
      if !takesValue, argument.hasPrefix("-"), let spelling = signalSpelling(argument.dropFirst()) {
        result += ["-s", spelling]
      } else {
        result.append(argument)
      }
      takesValue = !takesValue && (argument == "-s" || argument == "-n")
    }
    return result
  }

  /// The word itself if it is meant as a signal and is not an option of ours.
  private static func signalSpelling(_ word: Substring) -> String? {
    guard word != "s", word != "n", word != "l", let first = word.utf8.first, first != UInt8(ascii: "-") else {
      return nil
    }
    // What is in capitals is a name, be it a wrong one.
    let isName = (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(first)
    return isName || word == "0" || Signal(text: String(word)) != nil ? String(word) : nil
  }
}
