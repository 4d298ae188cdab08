import SyntaxSupport
import Testing

@testable import BashSyntax

@Suite struct OperatorTests {
  @Test(arguments: OperatorTests.suffixes + OperatorTests.nested + OperatorTests.hereDocuments + OperatorTests.prefixes)
  func `an operator is found where it is marked`(text: String) {
    let marked = MarkedSource(text)
    let scan = SyntaxScanner.scan(marked.source)
    #expect(scan.operators.map(MarkedSource.Operator.init) == marked.operators)
    #expect(!marked.operators.isEmpty)
    #expect(scan.problems.isEmpty)
    #expect(scan.completeness == .complete)
  }

  @Test func `bash accepts every marked source with an ampersand for the operator`() {
    let tables = OperatorTests.suffixes + OperatorTests.nested + OperatorTests.hereDocuments + OperatorTests.prefixes
    let verdicts = Bash.verdicts(on: tables.map { MarkedSource($0).asBash })
    for (text, verdict) in zip(tables, verdicts) { #expect(verdict == .complete, "\(text)") }
  }

  @Test(arguments: ["&bg", "  &bg ", "&bg\n", "\n\n\t&bg # go on\n# later\n", "# first\n&bg"])
  func `the operator alone is the command bg`(text: String) throws {
    let scan = SyntaxScanner.scan(text)
    #expect(scan.completeness == .complete)
    let operation = try #require(scan.operators.first)
    #expect(scan.operators.count == 1 && scan.problems.isEmpty)
    #expect(operation.form == .alone && operation.list.isEmpty && operation.flags.isEmpty)
    #expect(Array(text.utf8)[operation.operatorRange].elementsEqual("&bg".utf8))
  }

  @Test func `a here-document that the end of the input ends keeps its operator`() {
    let scan = SyntaxScanner.scan("cat <<E &bg\nbody")
    #expect(scan.completeness == .incomplete)
    #expect(scan.operators.count == 1)
    #expect(scan.operators.first?.hereDocumentBodies == [12..<16])
  }

  @Test func `a delimiter may meet the parenthesis that closes its command substitution`() {
    let marked = MarkedSource("x=$(‹cat <<E› 1️⃣&bg2️⃣\n5️⃣body\nE6️⃣)")
    let scan = SyntaxScanner.scan(marked.source)
    #expect(scan.completeness == .complete)
    #expect(scan.operators.map(MarkedSource.Operator.init) == marked.operators)
  }

  @Test func `operators come in the order in which their lists start`() {
    let scan = SyntaxScanner.scan("{ a &bg } &bg b &bg")
    #expect(scan.operators.map(\.list.lowerBound) == [0, 2, 14])
  }

  static let suffixes = [
    "‹a› 1️⃣&bg2️⃣",
    "‹a›1️⃣&bg2️⃣",
    "‹sleep 9› 1️⃣&bg2️⃣ # later",
    "  ‹sleep 9›  1️⃣&bg2️⃣  \n",
    "‹a› 1️⃣&bg2️⃣;",
    "‹a› 1️⃣&bg2️⃣; b",
    "‹a› 1️⃣&bg2️⃣ ;b",
    "‹a› 1️⃣&bg2️⃣\nb",
    "‹a› 1️⃣&bg2️⃣✂️ b",
    "‹a› 1️⃣&bg2️⃣✂️(b)",
    "‹a› 1️⃣&bg2️⃣✂️ (b)",
    "‹a› 1️⃣&bg2️⃣✂️ { b; }",
    "‹a› 1️⃣&bg2️⃣✂️ <(b)",
    "‹a› 1️⃣&bg2️⃣✂️ ‹b› 1️⃣&bg2️⃣",
    "‹a› 1️⃣&bg2️⃣ \\\n\n",
    "‹a› 1️⃣&bg2️⃣✂️ \\\n b",
    "‹a› 1️⃣&bg2️⃣\\\n\n",
    "‹a› \\\n 1️⃣&bg2️⃣",
    "‹a && b› 1️⃣&bg2️⃣",
    "‹a || b && c› 1️⃣&bg2️⃣",
    "‹a &&\n b› 1️⃣&bg2️⃣",
    "‹a && # why\n b› 1️⃣&bg2️⃣",
    "‹a | b› 1️⃣&bg2️⃣",
    "‹a |& b› 1️⃣&bg2️⃣",
    "‹a |\n\n b› 1️⃣&bg2️⃣",
    "x; ‹a› 1️⃣&bg2️⃣",
    "x & ‹a› 1️⃣&bg2️⃣",
    "x&‹a›1️⃣&bg2️⃣",
    "x\n‹a› 1️⃣&bg2️⃣",
    "‹! a› 1️⃣&bg2️⃣",
    "‹! ! a› 1️⃣&bg2️⃣",
    "‹time a› 1️⃣&bg2️⃣",
    "‹time -p -- a | b› 1️⃣&bg2️⃣",
    "‹time ! a› 1️⃣&bg2️⃣",
    "‹a=1› 1️⃣&bg2️⃣",
    "‹a=1 b› 1️⃣&bg2️⃣",
    "‹>f› 1️⃣&bg2️⃣",
    "‹a >f 2>&1› 1️⃣&bg2️⃣",
    "‹a 2>&1›1️⃣&bg2️⃣",
    "‹a &>f› 1️⃣&bg2️⃣",
    "‹a &>>f› 1️⃣&bg2️⃣",
    "‹a >|f <g <>h› 1️⃣&bg2️⃣",
    "‹a <&-› 1️⃣&bg2️⃣",
    "‹a >&-›1️⃣&bg2️⃣",
    "‹a {fd}>f› 1️⃣&bg2️⃣",
    "‹a <<<b› 1️⃣&bg2️⃣",
    "‹a <<< \"b &bg\"› 1️⃣&bg2️⃣",
    "‹a \"&bg\"› 1️⃣&bg2️⃣",
    "‹a '&bg'› 1️⃣&bg2️⃣",
    "‹a \\&bg› 1️⃣&bg2️⃣",
    "‹a \\\\› 1️⃣&bg2️⃣",
    "‹a $'\\'&bg'› 1️⃣&bg2️⃣",
    "‹a $\"b\"› 1️⃣&bg2️⃣",
    "‹a$$› 1️⃣&bg2️⃣",
    "‹echo $!›1️⃣&bg2️⃣",
    "‹echo $#› 1️⃣&bg2️⃣",
    "‹echo a#b› 1️⃣&bg2️⃣",
    "‹echo ${#x}› 1️⃣&bg2️⃣",
    "‹echo ${x#a} ${x##*/}› 1️⃣&bg2️⃣",
    "‹echo ${x:-'}'}› 1️⃣&bg2️⃣",
    "‹echo \"${x:-\"}\"}\"› 1️⃣&bg2️⃣",
    "‹echo $((1 & 2))› 1️⃣&bg2️⃣",
    "‹echo $[1 & 2]› 1️⃣&bg2️⃣",
    "‹((1 & 2))› 1️⃣&bg2️⃣",
    "‹[[ a && b ]]› 1️⃣&bg2️⃣",
    "‹[[ a =~ (b|c)\\ d ]]› 1️⃣&bg2️⃣",
    "‹[[ a == @(b|c) && ! ( d -nt e ) ]]› 1️⃣&bg2️⃣",
    "‹(a)› 1️⃣&bg2️⃣",
    "‹(a)›1️⃣&bg2️⃣",
    "‹{ a; }› 1️⃣&bg2️⃣",
    "‹{ a; } >f› 1️⃣&bg2️⃣",
    "‹{ a; } 2>f | b› 1️⃣&bg2️⃣",
    "‹if a; then b; elif c; then d; else e; fi› 1️⃣&bg2️⃣",
    "‹while a; do b; done› 1️⃣&bg2️⃣",
    "‹until a; do b; done <f› 1️⃣&bg2️⃣",
    "‹for i in a b; do c; done› 1️⃣&bg2️⃣",
    "‹for i; do c; done› 1️⃣&bg2️⃣",
    "‹for i do c; done› 1️⃣&bg2️⃣",
    "‹for i in a; { c; }› 1️⃣&bg2️⃣",
    "‹for ((i = 0; i < 3; i++)); do c; done› 1️⃣&bg2️⃣",
    "‹for ((;;)) { c; }› 1️⃣&bg2️⃣",
    "‹select i in a; do c; done› 1️⃣&bg2️⃣",
    "‹case x in a) b;; (c|d) e;& *) f;;& esac› 1️⃣&bg2️⃣",
    "‹case in in in) ;; esac› 1️⃣&bg2️⃣",
    "‹coproc a› 1️⃣&bg2️⃣",
    "‹coproc N { a; }› 1️⃣&bg2️⃣",
    "‹coproc { a; } >f› 1️⃣&bg2️⃣",
    "‹f() { a; }› 1️⃣&bg2️⃣",
    "‹function f { a; }› 1️⃣&bg2️⃣",
    "‹function f() (a) >f› 1️⃣&bg2️⃣",
    "‹a=(1 2)› 1️⃣&bg2️⃣",
    "‹a=(1 # &bg\n 2)› 1️⃣&bg2️⃣",
    "‹a+=([1]=b [c]=d) e› 1️⃣&bg2️⃣",
    "‹a[1 + 2]=3› 1️⃣&bg2️⃣",
    "‹declare -a a=(1 2)› 1️⃣&bg2️⃣",
    "‹echo if then fi› 1️⃣&bg2️⃣",
    "‹echo }› 1️⃣&bg2️⃣",
    "‹echo @(a|b) !(c)› 1️⃣&bg2️⃣",
    "‹ec\\\nho a› 1️⃣&bg2️⃣",
    "‹x=!()› 1️⃣&bg2️⃣",
    "‹declare\\\n a=(1 2)› 1️⃣&bg2️⃣",
    "‹ex\\\nport a=(1 2)› 1️⃣&bg2️⃣",
    "‹a\\\nb\\\n=(1 2)› 1️⃣&bg2️⃣",
    "‹a\\\n[1 2]=3› 1️⃣&bg2️⃣",
    "‹a?()› 1️⃣&bg2️⃣",
    "‹@() b› 1️⃣&bg2️⃣",
    "‹{ a; } {fd[1]}>f› 1️⃣&bg2️⃣",
    "‹{ a; } {fd[$x]}>f› 1️⃣&bg2️⃣",
    "‹echo $(time)› 1️⃣&bg2️⃣",
    "‹echo $(time -p)› 1️⃣&bg2️⃣",
    "‹i\\\nf a; then b; fi› 1️⃣&bg2️⃣",
    "‹a &\\\n& b› 1️⃣&bg2️⃣",
    "‹a |&bg› 1️⃣&bg2️⃣",
    "‹echo ä€😀› 1️⃣&bg2️⃣",
    "echo b &bgfoo; ‹a› 1️⃣&bg2️⃣",
    "‹a› 1️⃣&bg --quiet2️⃣",
    "‹a› 1️⃣&bg --timeout 5m2️⃣✂️ b",
    "‹a› 1️⃣&bg --timeout=5m --name 'b c'2️⃣; d",
    "‹a› 1️⃣&bg --name \"$(basename \"$PWD\")\"2️⃣ # c",
    "‹a› 1️⃣&bg --desc ${x:-a b}2️⃣\n",
    "‹a› 1️⃣&bg \\\n  --timeout 5m \\\n  --quiet2️⃣\nb",
    "‹a› 1️⃣&bg --kill-after 1s --timeout 2s2️⃣✂️ echo --name x",
    "‹a› 1️⃣&bg --quiet2️⃣✂️ \"--name\" x",
  ]

  static let nested = [
    "cat <((‹a› 1️⃣&bg2️⃣); b)",
    "(‹a› 1️⃣&bg2️⃣)",
    "( ‹a› 1️⃣&bg2️⃣ )",
    "{ ‹a› 1️⃣&bg2️⃣✂️ }",
    "{ ‹a› 1️⃣&bg2️⃣; }",
    "if ‹a› 1️⃣&bg2️⃣✂️ then ‹b› 1️⃣&bg2️⃣✂️ else ‹c› 1️⃣&bg2️⃣✂️ fi",
    "if a; then b; elif ‹c› 1️⃣&bg2️⃣✂️ then d; fi",
    "while ‹a› 1️⃣&bg2️⃣✂️ do ‹b› 1️⃣&bg2️⃣✂️ done",
    "until a; do ‹b› 1️⃣&bg2️⃣\ndone",
    "for d in */; do (‹cd \"$d\" && make› 1️⃣&bg --name \"$d\"2️⃣); done",
    "for d in */; do ‹(cd \"$d\" && make)› 1️⃣&bg --name \"${d%/}\"2️⃣; done",
    "for ((;;)); do ‹a› 1️⃣&bg2️⃣✂️ done",
    "case x in a) ‹b› 1️⃣&bg2️⃣;; c) ‹d› 1️⃣&bg2️⃣✂️ esac",
    "case x in (a | b) ‹c› 1️⃣&bg2️⃣ ;& d) ‹e› 1️⃣&bg2️⃣;;& esac",
    "case x in\n@(a|b)) ‹c› 1️⃣&bg2️⃣\n;;\nesac",
    "f() { ‹a› 1️⃣&bg2️⃣✂️ }",
    "function f { ‹a› 1️⃣&bg2️⃣\n}",
    "‹{ ‹a› 1️⃣&bg2️⃣; b; }› 1️⃣&bg2️⃣",
    "x=$(‹a› 1️⃣&bg2️⃣)",
    "x=$( ‹a› 1️⃣&bg2️⃣ )",
    "echo \"$(‹a› 1️⃣&bg2️⃣)\"",
    "echo \"${x:-$(‹a› 1️⃣&bg2️⃣)}\"",
    "echo ${x:-`‹a› 1️⃣&bg2️⃣`}",
    "x=`‹a› 1️⃣&bg2️⃣`",
    "x=\"`‹a› 1️⃣&bg2️⃣`\"",
    "x=`b; ‹a› 1️⃣&bg --quiet2️⃣; c`",
    "cat <(‹a› 1️⃣&bg2️⃣) >(‹b› 1️⃣&bg2️⃣)",
    "echo $(( $(‹a› 1️⃣&bg2️⃣) + 1 ))",
    "(( $(‹a› 1️⃣&bg2️⃣) ))",
    "((‹a› 1️⃣&bg2️⃣); b)",
    "( (‹a› 1️⃣&bg2️⃣) )",
    "echo $( (‹a› 1️⃣&bg2️⃣) )",
    "echo $((‹a› 1️⃣&bg2️⃣); b)",
    "[[ $(‹a› 1️⃣&bg2️⃣) ]]",
    "[[ a =~ $(‹a› 1️⃣&bg2️⃣) ]]",
    "a=($(‹a› 1️⃣&bg2️⃣))",
    "a[$(‹a› 1️⃣&bg2️⃣)]=1",
    "echo @(a|$(‹a› 1️⃣&bg2️⃣))",
    "coproc { ‹a› 1️⃣&bg2️⃣✂️ }",
    "! { ‹a› 1️⃣&bg2️⃣✂️ }",
    "! (‹a› 1️⃣&bg2️⃣)",
    "a | { ‹b› 1️⃣&bg2️⃣✂️ } | c",
    "a && { ‹b› 1️⃣&bg2️⃣✂️ } && c",
    "‹a $(‹b› 1️⃣&bg2️⃣)› 1️⃣&bg --name x2️⃣",
    "$(case x in a) ‹b› 1️⃣&bg2️⃣;; esac)",
    "$(a # )\n ‹b› 1️⃣&bg2️⃣)",
  ]

  static let hereDocuments = [
    "‹cat <<E› 1️⃣&bg2️⃣\n5️⃣body &bg\nE\n6️⃣",
    "‹cat <<E | mail ops› 1️⃣&bg2️⃣\n5️⃣body\nE\n6️⃣b",
    "‹cat <<E› 1️⃣&bg --quiet2️⃣✂️ b\n5️⃣body\nE\n6️⃣",
    "‹cat <<'E'› 1️⃣&bg2️⃣\n5️⃣$(a &bg)\nE\n6️⃣",
    "‹cat <<\\E› 1️⃣&bg2️⃣\n5️⃣`a &bg`\nE6️⃣",
    "‹cat <<-E› 1️⃣&bg2️⃣\n5️⃣\tbody\n\tE\n6️⃣",
    "‹cat <<A <<B› 1️⃣&bg2️⃣\n5️⃣a\nA\n6️⃣5️⃣b\nB\n6️⃣",
    "cat <<A; ‹cat <<B› 1️⃣&bg2️⃣\na\nA\n5️⃣b\nB\n6️⃣",
    "‹cat <<A› 1️⃣&bg2️⃣✂️ cat <<B\n5️⃣a\nA\n6️⃣b\nB\n",
    "‹cat <<A &&\na\nA\ncat <<B› 1️⃣&bg2️⃣\n5️⃣b\nB\n6️⃣",
    "‹cat <<A &&\na\nA\nb› 1️⃣&bg2️⃣\n",
    "‹{ cat <<E; }› 1️⃣&bg2️⃣\n5️⃣body\nE\n6️⃣",
    "‹{ cat <<E\nbody\nE\n}› 1️⃣&bg2️⃣",
    "{ ‹cat <<E› 1️⃣&bg2️⃣\n5️⃣body\nE\n6️⃣}",
    "while a; do ‹cat <<E› 1️⃣&bg2️⃣✂️ done\n5️⃣body\nE\n6️⃣",
    "x=$(‹cat <<E› 1️⃣&bg2️⃣\n5️⃣body\nE\n6️⃣)",
    "‹x=$(cat <<E\nbody\nE\n)› 1️⃣&bg2️⃣",
    "((‹cat <<E› 1️⃣&bg2️⃣); a)\n5️⃣body\nE\n6️⃣",
    "‹cat <<E \"a\nb\"› 1️⃣&bg2️⃣\n5️⃣body\nE\n6️⃣",
    "‹cat <<E› 1️⃣&bg2️⃣\n5️⃣bo\\\nE\nE\n6️⃣",
    "cat <<E\nx $(‹a› 1️⃣&bg2️⃣) y\nE\n",
    "cat <<E\n`‹a› 1️⃣&bg2️⃣` \"$(‹b› 1️⃣&bg2️⃣)\" '${x:-$(‹c› 1️⃣&bg2️⃣)}'\nE\n",
    "1️⃣--timeout 5m2️⃣ ‹cat <<E›\n5️⃣body\nE\n6️⃣",
  ]

  static let prefixes = [
    "1️⃣--timeout 5m2️⃣ ‹a›",
    "1️⃣--timeout=5m2️⃣ ‹npm run e2e›\n",
    "1️⃣--timeout 5m --name x --quiet2️⃣ ‹a b›; c",
    "1️⃣--timeout 5m2️⃣ ‹a && b || c›",
    "1️⃣--timeout 5m2️⃣ ‹a | b› # c",
    "1️⃣--timeout 5m2️⃣ ‹a› 3️⃣&4️⃣",
    "1️⃣--timeout 5m2️⃣ ‹a› 3️⃣&4️⃣✂️ b",
    "1️⃣--timeout 5m2️⃣ ‹a›3️⃣&4️⃣\nb",
    "1️⃣--timeout 5m2️⃣ ‹a &>f› 3️⃣&4️⃣",
    "x; 1️⃣--timeout 5m2️⃣ ‹a›",
    "x & 1️⃣--timeout 5m2️⃣ ‹a›",
    "(1️⃣--timeout 5m2️⃣ ‹a›)",
    "{ 1️⃣--timeout 5m2️⃣ ‹a›; }",
    "{ 1️⃣--timeout 5m2️⃣ ‹{ a; }›✂️ }",
    "if 1️⃣--timeout 5m2️⃣ ‹a›; then 1️⃣--timeout 5m2️⃣ ‹b›; fi",
    "case x in a) 1️⃣--timeout 5m2️⃣ ‹b›;; esac",
    "x=$(1️⃣--timeout 5m2️⃣ ‹a›)",
    "1️⃣--timeout 5m2️⃣ ‹! a›",
    "1️⃣--timeout 5m2️⃣ ‹time a›",
    "1️⃣--timeout \"$t\" --desc 'b c'2️⃣ ‹{ a; b; }›",
    "1️⃣--timeout \\\n 5m2️⃣ ‹a›",
    "‹x› 1️⃣&bg2️⃣; 1️⃣--timeout 5m2️⃣ ‹a›",
    "1️⃣--timeout 5m2️⃣ ‹(‹a› 1️⃣&bg2️⃣)›",
  ]
}
