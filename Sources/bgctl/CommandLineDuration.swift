import ArgumentParser
import Tasks

/// A duration as an option's value.
enum CommandLineDuration {
  static func parsed(_ text: String) throws -> Duration {
    do {
      return .milliseconds(try DurationText.milliseconds(text))
    } catch {
      throw ValidationError(error.description)
    }
  }
}
