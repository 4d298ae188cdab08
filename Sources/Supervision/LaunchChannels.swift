import CProcess
import CProtocol
import Connections
import Glibc
import ProcessControl
import StateFiles
import SystemPackage
import Tasks

/// Where shells take ids, and tasks ask to start, in the session's directory, which stays locked.
struct LaunchChannels {
  let state: StateDirectory
  let directory: SessionDirectory
  /// Holds the next ids, a packet each.
  let ids: FileDescriptor
  /// Accepts a connection of each task that asks to start.
  let launches: FileDescriptor
  /// The packets that another supervisor has left.
  let leftOver: [Packet]
  private let lock: FileDescriptor

  /// An id as eight bytes, or as sixteen where they do not hold it; or why there is none, as eight.
  struct Packet {
    let text: String

    init(_ id: TaskID) {
      let digits = String(id.rawValue)
      text = String(repeating: "0", count: Self.length(for: id) - digits.utf8.count) + digits
    }

    init(_ refusal: LaunchRefusal) {
      let word = String(cString: refusal.word)
      text = Self.refusalMark + word + String(repeating: " ", count: Self.length - 1 - word.utf8.count)
    }

    private static let refusalMark = String(decoding: [UInt8(bgsh_refusal_mark)], as: UTF8.self)

    init(_ bytes: [UInt8]) { text = String(decoding: bytes, as: UTF8.self) }

    var id: TaskID? { Int64(text).map { TaskID(rawValue: $0) } }

    static let length = bgsh_id_length
    static let greatestLength = bgsh_longest_id

    /// How long the packet of an id is.
    static func length(for id: TaskID) -> Int { id.rawValue < 100_000_000 ? length : greatestLength }
  }

  /// Takes the lock of the session, opens its FIFO and listens.
  init(session: SessionID, state: StateDirectory) throws(Errno) {
    self.state = state
    let directory = state.session(session)
    self.directory = directory
    guard let lock = try directory.takeLock() else { throw .wouldBlock }
    self.lock = lock
    ids = try FileDescriptor.opening(directory.idsPath, O_RDWR | O_NONBLOCK)
    leftOver = Self.takePackets(from: ids)
    let ids = ids
    try systemCall { bgsh_make_packet_fifo(ids.rawValue, 1) }
    // A supervisor that was killed has left its sockets; the lock says that there is no other.
    for path in [directory.controlPath, directory.launchesPath] { unlink(path) }
    launches = try Listener.socket(named: SessionDirectory.launchesName, inDirectory: directory.path)
    // Made here for its mode. Without it launches go on.
    if let list = try? FileDescriptor.opening(directory.launchedPath, O_WRONLY | O_CREAT, mode: 0o600) {
      try? list.close()
    }
  }

  /// Takes back what is in the FIFO.
  func takeBack() -> [Packet] { Self.takePackets(from: ids) }

  private static func takePackets(from ids: FileDescriptor) -> [Packet] {
    var packets: [Packet] = []
    while let bytes = try? ids.readSome(upTo: Packet.greatestLength), !bytes.isEmpty { packets.append(Packet(bytes)) }
    return packets
  }

  /// How many packets nobody has taken, where these ids are the last that were put in; nil where the kernel does not say.
  func packetsLeft(of offered: [TaskID]) -> Int? {
    guard var bytes = resultOrNil({ bgsh_readable_bytes(ids.rawValue) }).map(Int.init) else { return nil }
    var count = 0
    for id in offered.reversed() {
      let length = Packet.length(for: id)
      guard bytes >= length else { break }
      bytes -= length
      count += 1
    }
    return count + bytes / Packet.length
  }

  /// Gives the FIFO room for more packets, a power of two; says whether it has it.
  func makeRoom(for packets: Int) -> Bool { bgsh_make_packet_fifo(ids.rawValue, Int32(packets)) >= 0 }

  /// How long the list of what was confirmed is.
  var confirmedBytes: Int64 {
    var information = stat()
    return lstat(directory.launchedPath, &information) == 0 ? Int64(information.st_size) : 0
  }

  /// Forgets what stands in that list before an offset. What shells add meanwhile stays.
  func forgetConfirmed(before offset: Int64) {
    guard offset > 0, let list = try? FileDescriptor.opening(directory.launchedPath, O_WRONLY | O_NONBLOCK | O_NOFOLLOW)
    else { return }
    defer { try? list.close() }
    // Where that cannot be, it grows on.
    try? list.punchHole(from: 0, to: offset)
  }

  /// Removes what the session needed while it ran.
  func remove() { directory.remove() }
}
