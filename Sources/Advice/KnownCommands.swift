/// What is known of commands by their names.
///
/// Each row is a class, a program, and the words that have to stand behind it, in that order, options between them left
/// out; the row with the most words counts. To teach it a new command, write a row.
enum KnownCommands {
  private struct Row {
    let kind: CommandClass
    let words: [[Substring]]
  }

  private static let rows: [(CommandClass, String)] = [
    // The result is there at once, and needed.
    (.quick, "cat|head|tail|wc|ls|pwd|echo|printf|date|whoami|id|uname|hostname|which|type|file|stat|env|printenv"),
    (.quick, "basename|dirname|realpath|readlink|true|false|test|[|cut|tr|sort|uniq|nl|tac|rev|seq|expr"),
    (.quick, "grep|egrep|fgrep|rg|ag|sed|awk|gawk|jq|yq|diff|cmp|comm|column|md5sum|sha256sum|base64|xxd|od|strings"),
    (.quick, "mkdir|rmdir|touch|mv|cp|ln|chmod|chown|ps|pgrep|kill|lsof|free|uptime|nproc|tree|fd|jobs|hash|help"),
    (
      .quick,
      "git status|diff|log|show|branch|add|commit|stash|tag|blame|config|remote|rev-parse|checkout|switch|restore"
    ),
    (.quick, "git reset|merge|rebase|cherry-pick|ls-files|describe|init|mv|rm|worktree"),
    (.quick, "docker ps|images|inspect|version|info"), (.quick, "npm ls|list|view|config|version|root|prefix"),
    (.quick, "pip list|show|freeze"), (.quick, "python|python3|node|ruby|perl|bash|go|cargo|rustc|npm|swift --version"),
    (.quick, "cargo tree|metadata|fmt"), (.quick, "go fmt|env|list|version"),
    (.quick, "gofmt|rustfmt|black|isort|prettier"),
    (.quick, "systemctl status|is-active"), (.quick, "kubectl get|describe|config|version"),
    // Tests, builds, analyses.
    (.long, "npm|pnpm|yarn|bun test|build|lint|check|typecheck|coverage|e2e"),
    (.long, "npm|pnpm|yarn|bun run test|build|lint|check|typecheck|coverage|e2e"),
    (.long, "pytest|tox|nox|unittest|jest|vitest|mocha|ava|cypress|playwright|karma|rspec|phpunit|ctest|prove|behave"),
    (.long, "cargo test|build|check|clippy|bench|doc|nextest|run"), (.long, "go test|build|vet|generate"),
    (.long, "swift test|build|package"), (.long, "xcodebuild|msbuild|mvn|mvnw|gradle|gradlew|ant|sbt|bazel|buck|lein"),
    (.long, "dotnet build|test|publish"), (.long, "make|gmake|ninja|scons|meson|cmake|waf|rake|stack|cabal|mix|zig"),
    (.long, "docker|podman build|buildx|pull|push"), (.long, "docker compose build|pull"),
    (.long, "eslint|tsc|mypy|pyright|pylint|flake8|webpack|rollup|esbuild|parcel|tsup|turbo|nx|lerna|stylelint"),
    (.long, "vite|next|nuxt|astro|gatsby build"), (.long, "terraform|tofu apply|plan|destroy"),
    (.long, "ansible-playbook"),
    (.long, "php artisan test"), (.long, "rails test"), (.long, "debuild|dpkg-buildpackage|rpmbuild|nix-build"),
    // It depends on whether what they bring is needed at once.
    (.varying, "npm|pnpm|yarn|bun install|ci|i|add|update|audit|publish"), (.varying, "yarn"),
    (.varying, "pip|pip3|pipx|uv|poetry|conda|mamba install|sync|add|lock|update|create"),
    (.varying, "apt|apt-get|dnf|yum|pacman|brew|snap|apk install|update|upgrade|add"),
    (.varying, "cargo install|fetch|update|add"), (.varying, "go get|mod|install"),
    (.varying, "bundle|gem|composer install|update"),
    (.varying, "git clone|fetch|pull|push|submodule|gc|bisect"),
    (.varying, "curl|wget|rsync|scp|sftp|ping|dig|tar|zip|unzip|gzip"),
    (.varying, "find|du|rm|dd|xargs|ffmpeg|convert"), (.varying, "docker|podman run|exec"), (.varying, "ruff"),
    // They go on until they are ended.
    (.endless, "npm|pnpm|yarn|bun start|dev|serve|watch|preview|storybook"),
    (.endless, "npm|pnpm|yarn|bun run start|dev|serve|watch|preview|storybook"),
    (.endless, "vite|next|nuxt|astro|gatsby dev|start|preview|develop"),
    (.endless, "vite|nodemon|http-server|live-server"),
    (.endless, "http.server"), (.endless, "flask|hugo|jekyll|mkdocs run|server|serve"), (.endless, "rails server|s"),
    (.endless, "uvicorn|gunicorn|hypercorn|nginx|redis-server|postgres|mongod|caddy|celery"),
    (.endless, "tail -f"), (.endless, "tail -F"), (.endless, "tail --follow"), (.endless, "journalctl -f"),
    (.endless, "kubectl port-forward|proxy"), (.endless, "docker compose up"), (.endless, "docker-compose up"),
    (.endless, "cargo watch"), (.endless, "webpack|tsc|jest|vitest --watch"), (.endless, "webpack serve"),
    (.endless, "php artisan serve"), (.endless, "manage.py runserver"), (.endless, "inotifywait -m"),
    // They want a terminal.
    (.terminal, "vi|vim|nvim|nano|emacs|pico|joe|micro|less|more|most|man|info|top|htop|btop|watch|tig|lazygit|fzf"),
    (.terminal, "tmux|screen|mc|ranger|dialog|whiptail|passwd"),
    (.quick, "top -b"), (.varying, "emacs|vim|nvim -batch"), (.varying, "emacs --batch"), (.varying, "vim|nvim|vi -es"),
    (.terminal, "git rebase -i"), (.terminal, "git add -p"), (.terminal, "git commit --interactive"),
    // What they change is gone with the process that they ran in.
    (.shell, "cd|pushd|popd|export|unset|source|.|alias|unalias|set|shopt|declare|local|readonly|ulimit|umask|trap"),
    (.shell, "nvm use"), (.shell, "conda|mamba|pyenv activate|deactivate|shell"), (.shell, "workon|deactivate|module"),
    (.pause, "sleep|usleep"),
  ]

  private static let table: [Row] = rows.map { kind, words in
    Row(kind: kind, words: words.split(separator: " ").map { $0.split(separator: "|") })
  }

  /// The class of a command, and its words as far as they decide it; nil for one that nobody has heard of.
  static func lookUp(_ words: [String]) -> (kind: CommandClass, name: String)? {
    guard let first = words.first else { return nil }
    let program = first.split(separator: "/").last.map(String.init) ?? first
    var best: (kind: CommandClass, count: Int, name: String)?
    for row in table where row.words.count > best?.count ?? 0 {
      guard row.words[0].contains(where: { $0 == program }) else { continue }
      var name = program
      var rest = words.dropFirst()
      var matches = true
      for alternatives in row.words.dropFirst() {
        // An option that is asked for may stand anywhere behind; a word is the first that is no option.
        let isOption = alternatives[0].hasPrefix("-")
        guard let place = rest.firstIndex(where: { isOption ? alternatives.contains($0[...]) : !$0.hasPrefix("-") }),
          alternatives.contains(rest[place][...])
        else {
          matches = false
          break
        }
        name += " \(rest[place])"
        rest = rest[(place + 1)...]
      }
      if matches { best = (row.kind, row.words.count, name) }
    }
    return best.map { ($0.kind, $0.name) }
  }
}
