/// Remembers when each packet was received, until its picture comes out of the decoder.
///
/// FFmpeg carries a number from packet to frame, but under a name that changed between its versions; time stamps serve all.
struct ArrivalLog {
    /// More than any decoder holds back.
    private static let capacity = 64
    private var entries: [(pts: Int64, monotonic: UInt64)] = []
    private var next = 0
    private var last: UInt64 = monotonicNanoseconds()

    mutating func add(pts: Int64) {
        last = monotonicNanoseconds()
        if entries.count < Self.capacity {
            entries.append((pts, last))
        } else {
            entries[next] = (pts, last)
        }
        next = (next + 1) % Self.capacity
    }

    /// When the packet with this time stamp came; without one, the last packet.
    func arrival(pts: Int64?) -> Arrival {
        Arrival(monotonic: pts.flatMap { pts in entries.last { $0.pts == pts }?.monotonic } ?? last)
    }
}
