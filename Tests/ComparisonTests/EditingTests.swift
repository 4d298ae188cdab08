import TestSupport
import Testing

/// Keys that edit a line, and what the screen shows meanwhile.
struct EditingTests {
  @Test(arguments: motions + changes + interruptions)
  func `keys edit as in bash`(row: Row) throws { try compare(row) }

  static let motions = [
    Row(
      "Ctrl-A, Ctrl-E, Ctrl-B, Ctrl-F", .text("cho a b"), .key(.control("a")), .text("e"),
      .key(.control("e"), .control("b")), .text("X"), .key(.control("f")), .enter),
    Row(
      "arrows, Home and End", .text("echo one two"), .key(.left, .left, .left), .text("X"), .key(.home), .text(" "),
      .key(.end), .text("Y"), .enter),
    Row(
      "words with Alt-B and Alt-F", .text("echo one/two three-four"), .key(.alt("b")), .text("A"),
      .key(.alt("b"), .alt("b")), .text("B"), .key(.alt("f"), .alt("f")), .text("C"), .enter),
    Row(
      "Ctrl-] finds a character", .text("echo abcabc"), .key(.control("a"), .control("]")), .text("b"), .text("X"),
      .enter),
    Row(
      "mark and exchange", .text("echo one"),
      .key(.control("a"), .bytes([0]), .control("e"), .control("x"), .control("x")), .text(":;"), .enter),
    Row(
      "Ctrl-L clears above the line", "echo one", "echo two", .text("echo thr"), .key(.control("l")), .text("ee"),
      .enter),
    Row("Alt-Ctrl-L clears the display", "echo one", .text("echo two"), .key(.bytes([0x1B, 0x0C])), .enter),
  ]

  static let changes = [
    Row(
      "Backspace, Delete and Ctrl-D", .text("echo abcdef"), .key(.backspace, .backspace), .key(.left, .left, .delete),
      .key(.control("d")), .enter),
    Row(
      "Ctrl-K and Ctrl-Y", .text("echo one two"), .key(.alt("b"), .control("k")), .key(.control("y"), .control("y")),
      .enter),
    Row(
      "Ctrl-U and Ctrl-Y", .text("echo one two"), .key(.control("u")), .text("printf x; "), .key(.control("y")), .enter),
    Row(
      "Ctrl-W and Alt-Backspace", .text("echo one/two three/four"), .key(.control("w")), .key(.bytes([0x1B, 0x7F])),
      .enter),
    Row(
      "Alt-D and Alt-Y turn the kill ring", .text("echo aa bb cc"), .key(.control("a"), .alt("f"), .alt("d")),
      .key(.control("e"), .control("w")), .key(.control("y"), .alt("y")), .enter),
    Row(
      "Ctrl-T and Alt-T transpose", .text("ehco two one"), .key(.alt("t")),
      .key(.control("a"), .right, .right, .control("t")), .enter),
    Row(
      "Alt-U, Alt-L and Alt-C", .text("echo abc DEF ghi"), .key(.control("a"), .alt("f"), .alt("u")), .key(.alt("l")),
      .key(.alt("c")), .enter),
    Row(
      "Ctrl-_ undoes", .text("echo one"), .key(.control("w")), .text("two"), .key(.control("_")), .key(.control("_")),
      .key(.control("x"), .control("u")), .enter),
    Row(
      "Alt-R reverts a line of the history", "echo one", .key(.up), .text(" more"), .key(.alt("r")), .enter,
      "history | tail -n 3"),
    Row(
      "Ctrl-V takes the next key as it is", .text("echo '"), .key(.control("v"), .tab), .key(.control("v"), .escape),
      .text("' | cat -v"), .enter),
    Row(
      "Ctrl-Q takes the next key where stty leaves it", "stty -ixon", .text("echo '"),
      .key(.control("q"), .control("a")), .text("' | cat -v"), .enter),
    Row("Alt-# makes a comment", .text("echo never"), .key(.alt("#")), "echo $?", "history"),
    Row(
      "Alt-. brings last words", "echo one two", "echo three four", .text("echo "), .key(.alt(".")), .key(.alt(".")),
      .enter),
    Row(
      "Alt-2 Alt-. brings the second word", "printf '%s ' one two three; echo", .text("echo "),
      .key(.alt("2"), .alt(".")), .enter),
    Row("a count repeats a key", .text("echo "), .key(.alt("5")), .text("x"), .enter),
    Row("Alt-\\ deletes blanks", .text("echo a     b"), .key(.alt("b"), .alt("\\")), .enter),
    Row("Alt-Ctrl-E expands the line", .text("echo $HOME $((1 + 2)) 'a b'"), .key(.bytes([0x1B, 5])), .enter),
    Row("Alt-^ expands the history", "echo one", .text("echo !!"), .key(.alt("^")), .enter),
    Row("Ctrl-X Ctrl-V says the version", .key(.control("x"), .control("v")), .enter),
    Row(
      "keyboard macros", .key(.control("x")), .text("("), .text("echo a;"), .key(.control("x")), .text(")"),
      .key(.control("x")), .text("e"), .enter),
    Row(
      "overwrite mode through bind", "bind '\"\\C-xo\": overwrite-mode'", .text("echo abcdef"),
      .key(.left, .left, .left, .control("x")), .text("o"), .text("XY"), .enter),
    Row(
      "wide characters", .text("echo 日本語 grüße"), .key(.left, .left, .left, .left, .left, .left, .left), .text("の"),
      .key(.backspace, .backspace), .enter),
    Row("an accent of its own", .text("echo e\u{301}x"), .key(.left), .key(.backspace), .enter),
    Row("invalid UTF-8", .text("echo "), .key(.bytes([0xFF, 0xC3, 0x28])), .text(" | od -c"), .enter),
    Row("a NUL typed", .text("echo a"), .key(.bytes([0])), .text("b"), .enter),
    Row(
      "a line longer than the screen is wide", .text("echo \(String(repeating: "word ", count: 30))"),
      .key(.control("a")), .text("X"), .key(.alt("f"), .alt("f"), .alt("f"), .control("k")), .enter),
    Row(
      "a line longer than the screen is high", .text("echo \(String(repeating: "123456789 ", count: 30)) | wc -c"),
      .key(.control("a"), .right), .text(" "), .key(.control("e"), .backspace), .text("w"), .enter,
      in: Setup(rows: 6, columns: 30)),
    Row(
      "the last column", .text("echo 456789012345678"), .text("9"), .text("0"), .key(.backspace, .backspace),
      .key(.left), .text("X"), .enter, in: Setup(columns: 20)),
  ]

  static let interruptions = [
    Row("Ctrl-C on an empty line", .interrupt, "echo $?"),
    Row("Ctrl-C on a filled line", "echo a", .text("echo b"), .interrupt, "echo $?", "history"),
    Row(
      "Ctrl-C in the middle of a long line", .text("echo \(String(repeating: "word ", count: 30))"),
      .key(.control("a")), .interrupt, "echo $?", in: Setup(columns: 60)),
    Row("Ctrl-C with a trap", "trap 'echo trapped' INT", .text("echo b"), .interrupt, "echo $?"),
    Row("Ctrl-C in an unfinished command", "for i in 1 2", .text("do ec"), .interrupt, "echo $?", "history"),
    Row("Ctrl-C in unfinished quotes", "echo 'one", "two", .interrupt, "echo $?", .key(.up)),
    Row("Ctrl-C in a here-document", "cat <<E", "one", .interrupt, "echo $?", "history"),
    Row("Ctrl-C while searching", "echo one", .key(.control("r")), .text("on"), .interrupt, "echo $?"),
    Row(
      "Ctrl-G while searching", "echo one", .text("ec"), .key(.control("r")), .text("on"), .key(.control("g")),
      .text("ho two"), .enter),
    Row("Ctrl-G on a filled line", .text("echo one"), .key(.control("g")), .enter),
    Row("Ctrl-\\ on a filled line", .text("echo one"), .key(.control("\\")), .enter),
    Row("Ctrl-Z on a filled line", .text("echo one"), .key(.control("z")), .enter),
    Row("Ctrl-D on a filled line deletes", .text("echo one"), .key(.control("a"), .control("d")), .text("e"), .enter),
    Row("Ctrl-D in an unfinished command", "if true", .endOfFile, "echo $?"),
    Row("Ctrl-D in unfinished quotes", "echo \"one", .endOfFile, "echo $?"),
    Row("Ctrl-D in a here-document", "cat <<E", "one", .endOfFile, "echo $?"),
    Row(
      "Ctrl-D with IGNOREEOF", "IGNOREEOF=2", .endOfFile, .endOfFile, "echo still", .endOfFile, .endOfFile, .endOfFile,
      .end),
    Row("Ctrl-D ends with the last status", "(exit 7)", .endOfFile, .end),
    Row("Ctrl-S and Ctrl-Q hold the echo", .key(.control("s")), .key(.control("q")), "echo one"),
  ]
}
