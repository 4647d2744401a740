import CFFmpeg
import Synchronization

/// The last packets of the video of a live input: what is needed to show any moment of the last seconds.
///
/// Kept are groups of pictures, whole: those in which something of the last ``seconds`` is shown, and never more than ``mostBytes``. The
/// thread that reads adds packets, and others take them; nobody waits for more than that.
public final class PacketRing: Sendable {
    /// Of video, before the newest packet.
    let seconds: Double
    /// Enough for 30 s of 40 Mbit/s. Where a stream has more, the oldest groups go earlier.
    static let mostBytes = 160 << 20
    /// A clock that goes back by more than this many seconds, or ahead by more than that, was set anew, as by a camera that starts again: what
    /// was before is of another time. Less than the first is the order of decoding; less than the second may be a gap.
    private static let (back, ahead) = (1.0, 600.0)

    private let state = Mutex(State())

    fileprivate struct State {
        var stream: CodedStream?
        /// Grows with every connection of the input, and where its clock was set anew.
        var connection = 0
        var packets: [Packet] = []
        /// The first one's number; numbers go on over all connections.
        var firstNumber = 0
        var bytes = 0
        var beganAt: UInt64?
        /// When the newest packet is decoded, in ticks.
        var newest: Int64?
    }

    /// - Parameter seconds: how far back one wants to go, at the least.
    package init(seconds: Double) { self.seconds = seconds }

    // MARK: The reading thread

    /// A connection begins; nothing is kept of the one before.
    func begin(_ stream: UnsafeMutablePointer<AVStream>, timeBase: Rational) throws(VideoError) {
        let coded = try CodedStream(stream, timeBase: timeBase.av)
        state.withLock { state in
            (state.stream, state.beganAt) = (coded, nil)
            state.beginAnew()
        }
    }

    /// - Parameter stampingArrivals: whether frames have the times of their arrival, in milliseconds, for want of others.
    func add(_ packet: UnsafePointer<AVPacket>, stampingArrivals: Bool) throws(VideoError) {
        let packet = try Packet(packet)
        state.withLock { state in
            if stampingArrivals {
                let now = monotonicNanoseconds(), began = state.beganAt ?? now
                state.beganAt = began
                let milliseconds = Int64((now - began) / 1_000_000)
                (packet.raw.pointee.pts, packet.raw.pointee.dts) = (milliseconds, milliseconds)
            }
            guard packet.hasTime, let stream = state.stream else { return }
            let time = packet.dts == dv_nopts ? packet.pts : packet.dts
            if let newest = state.newest {
                let step = Rational(stream.timeBase).seconds(of: time - newest)
                if step < -Self.back || step > Self.ahead { state.beginAnew() }
            }
            state.newest = time
            state.packets.append(packet)
            state.bytes += packet.bytes
            if packet.isKey || state.bytes > Self.mostBytes { state.evict(olderThan: seconds) }
        }
    }

    // MARK: Others

    /// Where a clip can begin, and what is known of the connection.
    struct Place {
        let connection: Int
        let stream: CodedStream
        /// Of the key frame.
        let number: Int
    }

    /// The last key frame at or before a time, or the first one that is kept.
    /// - Parameter time: presentation time in seconds.
    /// - Returns: nil before the first key frame.
    func place(before time: Double) -> Place? {
        state.withLock { state in
            guard let stream = state.stream else { return nil }
            let limit = Rational(stream.timeBase).ticks(of: time)
            let keys = state.packets.indices.filter { state.packets[$0].isKey }
            guard let index = keys.last(where: { state.packets[$0].pts <= limit }) ?? keys.first else { return nil }
            return Place(connection: state.connection, stream: stream, number: state.firstNumber + index)
        }
    }

    /// Packets from a number on.
    /// - Returns: nil when the connection is another by now. `missed`: how many were dropped before they were taken.
    func packets(from number: Int, of connection: Int) -> (packets: [Packet], missed: Int)? {
        state.withLock { state in
            guard state.connection == connection else { return nil }
            let index = max(0, number - state.firstNumber)
            return (Array(state.packets.dropFirst(index)), max(0, state.firstNumber - number))
        }
    }
}

extension PacketRing.State {
    /// Forgets what is kept, of a connection or a clock that is over.
    fileprivate mutating func beginAnew() {
        firstNumber += packets.count
        (packets, bytes, newest) = ([], 0, nil)
        connection += 1
    }

    /// Drops whole groups that nothing of the last `seconds` needs, and what comes before the first key frame.
    fileprivate mutating func evict(olderThan seconds: Double) {
        guard let stream, let newest = packets.last else { return }
        let limit = newest.pts - Rational(stream.timeBase).ticks(of: seconds)
        let keys = packets.indices.filter { packets[$0].isKey }
        var cut = keys.last { packets[$0].pts <= limit } ?? keys.first ?? 0
        var rest = packets[cut...].reduce(0) { $0 + $1.bytes }
        for key in keys where key > cut && rest > PacketRing.mostBytes {
            rest -= packets[cut..<key].reduce(0) { $0 + $1.bytes }
            cut = key
        }
        // One group that is too large by itself: its end alone cannot be shown.
        if rest > PacketRing.mostBytes { (cut, rest) = (packets.count, 0) }
        firstNumber += cut
        packets.removeFirst(cut)
        bytes = rest
    }
}

/// A clip that is written while its input is played.
package final class LiveClip {
    private let ring: PacketRing
    private let writer: PacketWriter
    private let connection: Int
    private let timeBase: Rational
    private var next: Int
    /// Presentation time of the newest picture that was written, in seconds of the input.
    package private(set) var newest: Double
    /// Packets that came and went before they could be written.
    package private(set) var missed = 0

    /// Begins with the last key frame at or before `time`, or with the first one that is kept.
    ///
    /// - Parameter name: of the file to write, without an ending.
    /// - Returns: nil while there is no key frame.
    package init?(_ ring: PacketRing, from time: Double, to name: String) throws(VideoError) {
        guard let place = ring.place(before: time) else { return nil }
        (self.ring, connection, next, timeBase) = (ring, place.connection, place.number, Rational(place.stream.timeBase))
        writer = try PacketWriter(name, [place.stream])
        newest = time
        _ = try advance()
    }

    /// Presentation time of the first picture, in seconds of the input.
    package var start: Double? { writer.start }
    package var seconds: Double { max(0, writer.end - (writer.start ?? writer.end)) }

    /// Writes what came meanwhile.
    /// - Returns: false when the connection is over, and nothing more will come.
    package func advance() throws(VideoError) -> Bool {
        guard let (packets, missed) = ring.packets(from: next, of: connection) else { return false }
        self.missed += missed
        for packet in packets {
            try writer.write(packet)
            newest = max(newest, timeBase.seconds(of: packet.pts))
        }
        next += missed + packets.count
        return true
    }

    /// Ends the file and gives it its name.
    /// - Returns: nil if there was no picture, and so is no file.
    package func finish() throws(VideoError) -> CutClip? {
        guard let bytes = try writer.finish(), let start = writer.start else { return nil }
        return CutClip(path: writer.path, start: start, end: writer.end, frames: writer.frames, bytes: bytes)
    }
}
