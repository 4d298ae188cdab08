import BashSyntax

/// The shell files of this machine: those of the packages that the tests install, of `/etc`, and what else there is.
package enum Corpus {
  package struct Script: Sendable {
    package let path: String
    package let source: [UInt8]
  }

  /// A command of a script, up to the line after which bash prompts for another one.
  package struct TopLevelCommand: Sendable {
    package let path: String
    package let source: [UInt8]

    package init(path: String, source: [UInt8]) {
      self.path = path
      self.source = source
    }

    /// The offsets behind its newlines.
    package var lineEnds: [Int] { source.indices.filter { source[$0] == UInt8(ascii: "\n") }.map { $0 + 1 } }
  }

  /// The scripts that bash itself accepts: in a soak every one, else a sample.
  package static let scripts: [Script] = {
    let found = Bash.output(of: "bash -c '\(search)' 2>/dev/null").compactMap { path -> Script? in
      guard let source = Bash.contents(of: path), !source.contains(0), source.count < 400_000 else { return nil }
      return Script(path: path, source: source)
    }
    var random = RandomSource(seed: 4)
    let taken = Soak.isOn ? found : Array(found.shuffled(using: &random).prefix(sampleSize))
    return zip(taken, Bash.verdicts(on: taken.map(\.source))).filter { $1 == .complete }.map(\.0)
  }()

  /// The commands of all scripts as an interactive bash reads them.
  package static let commands: [TopLevelCommand] = {
    // A byte that is a prompt would be taken for one.
    let readable = scripts.filter { !$0.source.contains(1) && !$0.source.contains(2) }
    return zip(readable, Bash.prompts(in: readable.map(\.source))).flatMap { script, prompts in
      var commands: [TopLevelCommand] = []
      var lines: [UInt8] = []
      for (line, isNewCommand) in zip(script.source.split(separator: 10, omittingEmptySubsequences: false), prompts) {
        lines += line + [10]
        guard isNewCommand else { continue }
        commands.append(TopLevelCommand(path: script.path, source: lines))
        lines = []
      }
      return commands
    }
  }()

  private static let sampleSize = 250

  private static let search = """
    shopt -s nullglob globstar
    {
      for package in bash-completion git autoconf automake debhelper autotools-dev; do
        dpkg -L $package
      done | grep -E "^/usr/share/bash-completion/|^/etc/|\\\\.sh\\$|autoscripts/"
      printf "%s\\\\n" /etc/profile /etc/bash.bashrc /etc/skel/.[bp]* /etc/profile.d/*.sh /etc/init.d/* /etc/cron.*/*
      grep -rlIE "^#! ?/(usr/)?bin/(env )?(ba|da|k)?sh" /etc
      dpkg -L bash-completion git autoconf automake debhelper autotools-dev | while IFS= read -r path; do
        [[ -f $path ]] && printf "%s\\\\n" "$path"
      done | xargs grep -lIE "^#! ?/(usr/)?bin/(env )?(ba|da|k)?sh" --
      grep -lIE "^#! ?/(usr/)?bin/(env )?(ba|da)?sh" /usr/bin/* /usr/sbin/* /usr/lib/git-core/* /usr/share/doc/*/*
    } | sort -u | while IFS= read -r path; do
      [[ -f $path && ! -L $path && $path != *.py ]] && printf "%s\\\\n" "$path"
    done
    """
}
