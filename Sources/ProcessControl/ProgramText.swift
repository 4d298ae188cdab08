import CProcess

/// The machine code of this program, as it is mapped.
package enum ProgramText {
  /// Unmaps the code that has been used so far. For each page that is used the kernel maps sixteen, and all count as this
  /// process's memory. Code that is needed again comes from the page cache.
  package static func release() {
    bgsh_release_program_text()
  }
}
