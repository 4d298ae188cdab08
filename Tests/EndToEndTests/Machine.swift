import TestSupport

/// What this machine lets a test do, in namespaces of its own.
enum Machine {
  static let canMount = may("-Urm", "mount -t tmpfs -o size=1m none /tmp")
  /// Whether system calls of another process can be made to fail.
  static let canInject = (try? Command("strace", ["-qq", "-o", "/dev/null", "true"]).run())?.status == .success
  static let canMakeNamespaces = may("-Urmpf", "mount -t proc none /proc")
  static let canDenyInotify = may("-Ur", "echo 0 >/proc/sys/user/max_inotify_instances")

  private static func may(_ namespaces: String, _ command: String) -> Bool {
    (try? Command("unshare", [namespaces, "sh", "-c", command]).run())?.status == .success
  }
}
