@testable import BashSyntax

/// The shell scripts of this machine.
enum Corpus {
  struct Script: Sendable {
    let path: String
    let source: [UInt8]
  }

  /// Every script that bash itself accepts.
  static let scripts: [Script] = {
    let found = Bash.output(of: "bash -c '\(search)' 2>/dev/null").compactMap { path -> Script? in
      guard let source = Bash.contents(of: path), !source.contains(0), source.count < 400_000 else { return nil }
      return Script(path: path, source: source)
    }
    let verdicts = Bash.verdicts(on: found.map(\.source))
    return zip(found, verdicts).filter { $1 == .complete }.map(\.0)
  }()

  private static let search = """
    shopt -s nullglob
    {
      printf "%s\\\\n" /usr/share/bash-completion/completions/* /usr/share/bash-completion/bash_completion
      printf "%s\\\\n" /etc/profile /etc/bash.bashrc /etc/profile.d/*.sh /etc/init.d/* /usr/lib/git-core/git-sh-*
      printf "%s\\\\n" /usr/share/debhelper/autoscripts/* /etc/cron.*/*
      grep -lIE "^#! ?/(usr/)?bin/(env )?(ba|da)?sh" /usr/bin/* /usr/sbin/* /usr/lib/git-core/* /usr/share/doc/*/*
    } | sort -u | while IFS= read -r path; do
      [[ -f $path && ! -L $path ]] && printf "%s\\\\n" "$path"
    done
    """
}
