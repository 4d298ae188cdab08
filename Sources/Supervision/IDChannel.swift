import SystemPackage
import Tasks

/// Where shells take ids: packets that one of them takes whole, in their order.
protocol IDChannel: AnyObject {
  /// The packets that another supervisor has left.
  var leftOver: [IDPacket] { get }

  func put(_ packet: IDPacket) throws(Errno)

  /// Takes back what nobody has taken.
  func takeBack() -> [IDPacket]

  /// How many packets nobody has taken, where these ids are the last that were put in; nil where that is not known.
  func packetsLeft(of offered: [TaskID]) -> Int?

  /// Makes room for more packets, a power of two; says whether there is.
  func makeRoom(for packets: Int) -> Bool

  /// Calls `handler` when a packet is taken from a channel that is full.
  func hearTakers(_ handler: @escaping () -> Void) throws(Errno)

  func ignoreTakers()
}
