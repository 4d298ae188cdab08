/// A word as the scanner has read it.
struct Word {
  let range: Range<Int>

  /// Whether it holds no quote or expansion, so that it stands for its own bytes, backslash-newline pairs apart.
  let isPlain: Bool

  /// Whether it assigns to a variable, as `a=1` and `a[i]+=(1 2)` do.
  let isAssignment: Bool
}

extension Word {
  /// Where a word stands, as far as that decides how it is read.
  enum Role {
    /// Where a command's name or an assignment may stand.
    case command

    /// After the name of a builtin that takes assignments, such as `declare`.
    case declaration

    /// Anywhere else.
    case argument
  }
}
