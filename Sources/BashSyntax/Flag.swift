package import CProtocol

extension BackgroundOperator {
  /// A flag of the operator, as in `--name tests`.
  package struct Flag: Hashable, Sendable {
    /// Which flag it is.
    package let name: TaskFlag

    /// The value as it is written, quotes included; `nil` for a flag that takes none.
    package let value: Range<Int>?

    /// The value after quote removal, if it is known without running anything.
    ///
    /// It is `nil` if the word holds an expansion, a glob pattern, a tilde or a brace that bash might expand.
    package let literalValue: [UInt8]?

    /// The flag and its value.
    package let range: Range<Int>
  }
}
