import CFFmpeg
import Concurrency

/// Gives frames of a stream for the packets that it takes, and knows of each which group it is of and whether it was decoded.
protocol GroupwiseDecoder: AnyObject {
    /// Frames that were delivered, by who delivers them.
    var framesDelivered: Int { get set }
    /// Frames that were not decoded in their turn.
    var framesLeft: Int { get set }
    /// Nanoseconds that went by in deciding, which is no decoding.
    var deciding: UInt64 { get }
    var hasDecoded: Bool { get }
    /// The next frame in the order in which they are shown, not numbered; `nil` at the end.
    /// - Throws: as `StreamDecoder.next()`.
    func next() throws(VideoError) -> Frame?
}

/// Decodes key frames of a stream, and single frames after them, beside the decoder that its other pictures go through.
final class KeyFrameDecoder {
    private let main: StreamDecoder
    private let single: StreamDecoder
    /// Decodes a key frame and the next one at the same time; made when it is wanted first.
    private var pair: StreamDecoder?
    private let pairOptions: VideoOptions
    /// Not where there is one thread only, or the decoder holds back more than one.
    private var canPair: Bool
    /// The group whose key frame was sent to `pair` and did not come out.
    private var sent: PacketGroup?
    /// Of the group whose key frame was asked for last, and how many were asked for one after the other.
    private var (lastNumber, inRow) = (Int.min, 0)
    /// From so many in a row on, the next one is begun at the same time: where looking is given up after one or two, it would be for nothing.
    private static let leastInRow = 3
    /// The group whose key frame was sent to `single` last, if others can be sent after it.
    private weak var open: PacketGroup?

    var timeBase: Rational { main.timeBase }
    var interval: Int64 { main.interval }
    var hasDecoded: Bool { single.hasDecoded || pair?.hasDecoded ?? false }

    init(beside main: StreamDecoder, options: VideoOptions) throws(VideoError) {
        var own = options
        (own.threads, own.exportMotionVectors) = (1, false)
        self.main = main
        single = try StreamDecoder(container: main.container, stream: main.stream, options: own)
        own.threads = 2
        pairOptions = own
        canPair = options.live != true && (options.threads == 0 ? availableCPUs() > 1 : options.threads > 1)
    }

    /// The group's key frame, decoded by itself; `nil` if it is damaged. Costs nothing the second time.
    /// - Parameter next: the group after it. Where key frames are asked for one after the other, its key frame is begun at the same time.
    func keyFrame(of group: PacketGroup, next: PacketGroup? = nil) throws(VideoError) -> Frame? {
        if let key = group.keyFrame { return key }
        guard group.beginsWithKey, !group.pictures[0].isCorrupt else { return nil }
        let before = main.corruptPackets, begin = monotonicNanoseconds()
        // What is wrong with it is counted when it is decoded for good.
        defer { main.corruptPackets = before }
        (lastNumber, inRow) = (group.number, group.number == lastNumber &+ 1 ? inRow + 1 : 1)
        var key = inRow >= Self.leastInRow ? try pairedKey(of: group, next: next) : nil
        if key == nil { key = try singleKey(of: group) }
        guard var found = key, found.isKeyFrame, !found.isCorrupt, found.pts == group.pictures[0].pts else { return nil }
        (found.group, found.decodeMilliseconds) = (group.number, Double(monotonicNanoseconds() - begin) / 1e6)
        group.keyFrame = found
        return found
    }

    private func singleKey(of group: PacketGroup) throws(VideoError) -> Frame? {
        single.flush()
        try send(keyOf: group, to: single)
        // A decoder that gives it without being drained can go on from it.
        if case .frame(let frame) = try single.receive() {
            open = group
            return frame
        }
        open = nil
        single.drain()
        if case .frame(let frame) = try single.receive() { return frame }
        return nil
    }

    /// - Returns: `nil` also where it has to be decoded by itself.
    private func pairedKey(of group: PacketGroup, next: PacketGroup?) throws(VideoError) -> Frame? {
        guard canPair, let next, next.number == group.number + 1, next.beginsWithKey, next.keyFrame == nil, !next.pictures[0].isCorrupt
        else { return nil }
        let pair = if let pair { pair } else { try StreamDecoder(container: main.container, stream: main.stream, options: pairOptions) }
        self.pair = pair
        if sent !== group {
            pair.flush()
            try send(keyOf: group, to: pair)
        }
        try send(keyOf: next, to: pair)
        sent = next
        while case .frame(let frame) = try pair.receive() { if frame.pts == group.pictures[0].pts { return frame } }
        // This one holds more than one back, as streams with B pictures make it, or a picture is damaged.
        (self.pair, sent, canPair) = (nil, nil, false)
        return nil
    }

    private func send(keyOf group: PacketGroup, to decoder: StreamDecoder) throws(VideoError) {
        // What an edit list hides is not given otherwise.
        let packet = group.pictures[0].packet, flags = packet.pointee.flags
        packet.pointee.flags &= ~AV_PKT_FLAG_DISCARD
        defer { packet.pointee.flags = flags }
        try decoder.send(packet)
    }

    /// Decodes a group as far as some of its frames need it, and gives these in the order in which they are shown.
    /// - Parameters:
    ///   - places: of those frames, in `pictures`.
    ///   - take: says whether to go on.
    /// - Returns: whether all came; false if one of them is damaged.
    func frames(of group: PacketGroup, at places: [Int], _ take: (Frame) -> Bool) throws(VideoError) -> Bool {
        guard let last = places.max() else { return true }
        guard group.beginsWithKey, group.isRegular, group.leading == 0 else { return false }
        var wanted = Set(places.map { group.pictures[$0].pts }), place = open === group ? 1 : 0
        let before = main.corruptPackets
        defer {
            main.corruptPackets = before
            open = nil
        }
        if place == 0 { single.flush() }
        while !wanted.isEmpty {
            switch try single.receive() {
            case .frame(let frame):
                guard wanted.remove(frame.pts) != nil else { continue }
                guard !frame.isCorrupt else { return false }
                if !take(frame) { return true }
            case .ended: return false
            case .needsPacket:
                guard place <= last else {
                    single.drain()
                    continue
                }
                let picture = group.pictures[place]
                place += 1
                guard !picture.isCorrupt else { return false }
                if !picture.isDisposable || wanted.contains(picture.pts) { try single.send(picture) }
            }
        }
        return true
    }
}
