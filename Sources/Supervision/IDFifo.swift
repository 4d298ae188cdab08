import CProcess
import Connections
import Glibc
import ProcessControl
import StateFiles
import SystemPackage
import Tasks

/// The FIFO in a session's directory that holds the next ids, a packet each.
final class IDFifo: IDChannel {
  private let loop: EventLoop
  private let descriptor: FileDescriptor
  private var watch: EventLoop.WatchID?
  let leftOver: [IDPacket]

  init(_ directory: SessionDirectory, loop: EventLoop) throws(Errno) {
    self.loop = loop
    let descriptor = try FileDescriptor.opening(directory.idsPath, O_RDWR | O_NONBLOCK)
    self.descriptor = descriptor
    leftOver = Self.takePackets(from: descriptor)
    try systemCall { bgsh_make_packet_fifo(descriptor.rawValue, 1) }
  }

  func put(_ packet: IDPacket) throws(Errno) { try descriptor.writeWhole(packet.text.utf8) }

  func takeBack() -> [IDPacket] { Self.takePackets(from: descriptor) }

  private static func takePackets(from descriptor: FileDescriptor) -> [IDPacket] {
    var packets: [IDPacket] = []
    while let bytes = try? descriptor.readSome(upTo: IDPacket.greatestLength), !bytes.isEmpty {
      packets.append(IDPacket(bytes))
    }
    return packets
  }

  func packetsLeft(of offered: [TaskID]) -> Int? {
    guard var bytes = resultOrNil({ bgsh_readable_bytes(descriptor.rawValue) }).map(Int.init) else { return nil }
    var count = 0
    for id in offered.reversed() {
      let length = IDPacket.length(for: id)
      guard bytes >= length else { break }
      bytes -= length
      count += 1
    }
    return count + bytes / IDPacket.length
  }

  func makeRoom(for packets: Int) -> Bool { bgsh_make_packet_fifo(descriptor.rawValue, Int32(packets)) >= 0 }

  func hearTakers(_ handler: @escaping () -> Void) throws(Errno) {
    watch = try loop.watch(descriptor, for: .writable) { _ in handler() }
  }

  func ignoreTakers() {
    if let watch { loop.forget(watch) }
    watch = nil
  }
}
