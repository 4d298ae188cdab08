import CProcess

/// The machine code of this program, as it is mapped.
package enum ProgramText {
  /// Gives back what was needed only to start: the kernel maps sixteen pages around each one that is used, which are
  /// counted as this process's memory from then on. What is needed again is in the page cache.
  package static func release() {
    bgsh_release_program_text()
  }
}
