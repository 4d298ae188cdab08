import Glibc
import StateFiles
import Tasks

/// How much space is to be left on the file system of the state directory: one hundredth of it, at most 256 MiB, or what
/// `BGSH_DISK_FLOOR` says, which is for tests.
struct DiskFloor {
  let path: String
  private let stated = StateDirectory.environmentVariable("BGSH_DISK_FLOOR").flatMap { try? SizeText.bytes($0) }

  init(path: String) {
    self.path = path
  }

  var isReached: Bool {
    var information = statvfs()
    guard statvfs(path, &information) == 0 else { return false }
    let unit = Int64(information.f_frsize)
    let floor = stated ?? min(Int64(information.f_blocks) * unit / 100, 256 << 20)
    return Int64(information.f_bavail) * unit < floor
  }
}
