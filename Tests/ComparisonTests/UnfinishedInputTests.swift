import TestSupport
import Testing

/// Commands of several lines, typed, pasted or typed ahead.
struct UnfinishedInputTests {
  @Test(arguments: rows + pasted + typedAhead)
  func `several lines are taken as in bash`(row: Row) throws { try compare(row) }

  static let rows = [
    Row("a loop", "for i in 1 2", "do", "echo $i", "done", .key(.up), .enter),
    Row("a function", "f() {", "  echo \"in f $1\"", "}", "f x", "declare -f f"),
    Row("a case", "case x in", "(x) echo matched;;", "esac", .key(.up)),
    Row("quotes", "echo 'one", "  two", "three'", .key(.up), .enter, "history"),
    Row("a backslash", "echo one \\", "two \\", "three", "history"),
    Row("a here-document", "cat <<E", "one $HOME", "", "  two", "E", .key(.up), .enter),
    Row("two here-documents", "cat <<A - <<'B'", "a", "A", "b $x", "B", "history"),
    Row("a here-document in $( )", "echo $(cat <<E", "inner", "E", ")", "history"),
    Row("a pipeline", "echo one |", "tr a-z A-Z", "true &&", "echo and ||", "echo or"),
    Row("a subshell and a group", "(", "echo sub", ")", "{", "echo group", "}"),
    Row("an array", "a=(one", "two", "# no comment ends it", "three)", "declare -p a"),
    Row("arithmetic", "((x =", "3 *", "4))", "echo $x", "echo $((", "1+1", "))"),
    Row("[[ ]]", "[[ a == a &&", "b == b ]]", "echo $?"),
    Row("an error in a later line", "for i in 1 2", "do", "fi", "echo $?", "history"),
    Row("PS2 with an expansion", "PS2='[$((++n))] '", "echo 'a", "b", "c'"),
    Row("PS2 is empty", "PS2=", "echo 'a", "b'"),
    Row("a comment in the middle", "if true # yes", "then # then", "echo a # done", "fi", "history"),
    Row(
      "cmdhist and lithist", "shopt -s lithist", "for i in 1", "do echo $i", "done", "history", "shopt -u cmdhist",
      "if true", "then :", "fi", "history"),
    Row("a comment and blank lines", "# only this", "", "   ", "echo $?", "history"),
    Row("an alias that opens a loop", "alias forever='for i in 1; do'", "forever", "echo $i", "done"),
  ]

  static let pasted = [
    Row("one line pasted waits for Enter", .paste("echo pasted"), .enter),
    Row("lines pasted are one entry", .paste("echo one\necho two\n"), .enter, "history"),
    Row("a loop pasted", .paste("for i in 1 2; do\n\techo $i\ndone"), .enter, .key(.up)),
    Row("a paste is edited", .paste("echo one\necho two"), .key(.control("a")), .text("echo zero; "), .enter),
    Row("a paste with tabs", .paste("echo \ta\tb"), .enter),
    Row("a paste that Ctrl-C drops", .paste("echo one\necho two"), .interrupt, "echo $?"),
    Row("a here-document pasted", .paste("cat <<E\nbody\nE\n"), .enter, .enter, "history"),
    Row(
      "a paste with bracketed paste off", "bind 'set enable-bracketed-paste off'", .text("echo one\recho two\r"),
      "history"),
    Row("a paste of 10000 bytes", .paste("echo \(String(repeating: "0123456789", count: 1000)) | wc -c"), .enter),
  ]

  static let typedAhead = [
    Row(
      "lines while a program runs", "mkfifo g; cat g >/dev/null", .text("echo one\r"), .text("echo two\r"), .open("g"),
      "history"),
    Row(
      "half a line while a program runs", "mkfifo g; cat g >/dev/null", .text("echo ha"), .open("g"), .text("lf"),
      .enter),
    Row("lines for read and for the shell", "read a; read b", .text("one\rtwo\recho $a $b\r"), .see("one two")),
    Row(
      "an edited line while a program runs", "mkfifo g; cat g >/dev/null", .text("echo onX"), .key(.backspace),
      .text("e\r"), .open("g")),
    Row("lines that a program does not take", .text("head -c 4 >/dev/null\rabc\recho rest\r"), .see("rest")),
  ]
}
