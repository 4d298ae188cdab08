import Testing

@testable import BashSyntax

@Suite struct TaskReferenceTests {
  @Test(arguments: [
    "wait @7", "kill -9 @7", "jobs @a @b", "fg @@", "bg \"@7\"", "output -n 3 @'x'", "notifications @1", "why @7;",
    "a; wait @7", "(kill @7)", "x=$(jobs @7)", "x=`jobs @7`", "x=1 wait @7", ">f wait @7", "wait >f @7", "! wait @7",
    "if wait @7; then a; fi", "a && kill @7 &", "kill @7 &bg", "cat <<E\n$(wait @7)\nE\n", "echo `echo \\`why @7\\``",
    "{ wait @7", "jobs @7,@8", "wa\\\nit @7",
  ])
  func `a reference that a job command is given is seen`(text: String) {
    #expect(SyntaxScanner.scan(text).mentionsTaskReference)
  }

  @Test(arguments: [
    "", "wait", "wait 7", "wait %1", "echo @7", "echo wait @7", "await @7", "wait a@7", "wait $x@7", "wait @$x",
    "wait # @7", "wait; @7", "wait | @7", "'wait @7'", "\"wait\" a", "@7 wait", "wait=@7", "wait @(a|b)",
    "kill >@7", "cat <<E\nwait @7\nE\n", "wait() { @7; }",
  ])
  func `nothing else is one`(text: String) {
    #expect(!SyntaxScanner.scan(text).mentionsTaskReference)
  }
}
