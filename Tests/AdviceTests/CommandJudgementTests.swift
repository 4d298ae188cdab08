import Advice
import Testing

struct CommandJudgementTests {
  @Test(arguments: [
    ("cat README.md", "cat"), ("ls -la | wc -l", "ls"), ("git status", "git status"), ("git -c x diff", nil),
    ("cd sub && git log --oneline | head -5", "git log"), ("/usr/bin/grep -rn 'a; b' src 2>&1", "grep"),
    ("FOO=1 sudo -n cat /etc/shadow >out 2>/dev/null", "cat"), ("pwd", "pwd"), ("echo \"a | npm test\"", "echo"),
    (#"echo "\"; npm test""#, "echo"),
  ])
  func `what is quick is known`(command: String, name: String?) {
    let judgement = CommandJudgement(command)
    #expect(judgement?.name == name)
    #expect(judgement.map { $0.kind.place == .foreground && $0.kind.typicalMilliseconds == 1...1_000 } ?? (name == nil))
  }

  @Test(arguments: [
    ("npm test", "npm test"), ("npm run build -- --mode x", "npm run build"), ("cd app && npx jest --ci", "jest"),
    ("python3 -m pytest -q tests", "pytest"), ("uv run pytest", "pytest"), ("timeout 60 cargo test", "cargo test"),
    ("make -j8 && make check", "make"), ("docker build .", "docker build"), ("eslint .", "eslint"),
    ("./gradlew build", "gradlew"), ("npm test | tail -5", "npm test"), ("git status; swift build", "swift build"),
  ])
  func `what belongs in the background is known`(command: String, name: String) {
    let judgement = CommandJudgement(command)
    #expect(judgement?.name == name)
    #expect(judgement?.kind.place == .background)
    #expect(judgement?.kind.neverEnds == false)
  }

  @Test(arguments: [
    "npm install", "pip install x", "git clone https://host/x", "curl -O https://host/x", "apt-get install jq",
  ])
  func `what depends is known`(command: String) {
    #expect(CommandJudgement(command)?.kind.place == .depends)
  }

  @Test(arguments: [
    "npm run dev", "npm start", "python3 -m http.server 8000", "tail -n 5 -f log", "vite", "docker compose up",
    "python manage.py runserver",
  ])
  func `what never ends is known`(command: String) {
    #expect(CommandJudgement(command)?.kind.neverEnds == true)
    #expect(CommandJudgement(command)?.kind.typicalMilliseconds == nil)
  }

  @Test func `terminals, shells and pauses are known`() {
    #expect(CommandJudgement("vim notes.md")?.kind.needsTerminal == true)
    #expect(CommandJudgement("git rebase -i HEAD~3")?.kind.needsTerminal == true)
    #expect(CommandJudgement("git rebase main")?.kind.needsTerminal == false)
    #expect(CommandJudgement("cd /tmp")?.kind.changesShell == true)
    #expect(CommandJudgement("export A=1; nvm use 20")?.kind.changesShell == true)
    #expect(CommandJudgement("sleep 30")?.kind.isPause == true)
    #expect(CommandJudgement("sleep 30; cat log")?.kind.isPause == true)
    #expect(CommandJudgement("sleep 1; npm test")?.kind.isPause == false)
  }

  /// Who does not understand all of it says nothing.
  @Test(arguments: [
    "for i in 1 2; do cat $i; done", "cat $(find .)", "( cd x; ls )", "cat <<E\nE", "nonesuch", "cat a; nonesuch", "",
    "echo 'open", "f() { ls; }; f", "cat `ls`", "while :; do ls; done", "[[ a ]] && ls", "! cat a",
    #"echo "$(npm test)""#,
  ])
  func `nothing is said of what cannot be told`(command: String) {
    #expect(CommandJudgement(command) == nil)
  }
}
