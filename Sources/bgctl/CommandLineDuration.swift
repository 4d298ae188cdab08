import ArgumentParser
import Tasks

/// A duration as an option's value.
enum CommandLineDuration {
  static func milliseconds(_ text: String) throws -> Int64 {
    do {
      return try DurationText.milliseconds(text)
    } catch {
      throw ValidationError(error.description)
    }
  }
}
