import CProtocol

/// Why no id could be had: as the shell is told, and in words for the log.
struct IDShortage: Error {
  let refusal: LaunchRefusal
  let words: String
}
