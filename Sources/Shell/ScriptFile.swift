import Glibc
import ProcessControl
import SystemPackage

/// What a script holds, as far as it is to be known before bash reads it.
enum ScriptFile {
  /// There is no such script, or it is no text. Bash says what is wrong with it.
  case unusable
  /// The beginning of the file, and whether that is all of it.
  case file([UInt8], isWhole: Bool)
  /// A pipe, which can be read only once.
  case pipe

  /// The most bytes that are read. A longer script carries something else, such as an archive.
  private static let bytesLookedAt = 4 << 20
  /// How many bytes bash reads to tell a script from a program.
  private static let bytesOfSample = 80

  /// Looks for it where bash would.
  init(named name: String) {
    var information = stat()
    guard let path = Self.path(of: name), stat(path, &information) == 0 else {
      self = .unusable
      return
    }
    switch information.st_mode & S_IFMT {
    case S_IFIFO, S_IFSOCK:
      self = .pipe
    case S_IFREG:
      guard let bytes = Self.beginning(of: path), !Self.isBinary(bytes.prefix(Self.bytesOfSample)) else {
        self = .unusable
        return
      }
      self = .file(bytes, isWhole: bytes.count >= Int(information.st_size))
    default:
      self = .unusable
    }
  }

  /// A name without a slash is looked up in `PATH`, unless it is in this directory.
  private static func path(of name: String) -> String? {
    if access(name, F_OK) == 0 || name.contains("/") { return name }
    guard let directories = getenv("PATH").map({ String(cString: $0) }) else { return nil }
    return directories.split(separator: ":", omittingEmptySubsequences: false)
      .map { $0.isEmpty ? "./\(name)" : "\($0)/\(name)" }
      .first { access($0, R_OK) == 0 }
  }

  private static func beginning(of path: String) -> [UInt8]? {
    guard let file = try? FileDescriptor.opening(path, O_RDONLY) else { return nil }
    defer { try? file.close() }
    var bytes: [UInt8] = []
    while bytes.count < bytesLookedAt {
      guard let more = try? file.readSome() else { return nil }
      if more.isEmpty { break }
      bytes += more
    }
    return bytes
  }

  /// Whether bash would refuse to run it.
  private static func isBinary(_ sample: ArraySlice<UInt8>) -> Bool {
    if sample.starts(with: [0x7F] + Array("ELF".utf8)) { return true }
    let isInterpreted = sample.starts(with: "#!".utf8)
    let judged = isInterpreted ? sample : sample.prefix { $0 != UInt8(ascii: "\n") }
    return judged.contains(0)
  }
}
