import CFFmpeg

/// `GroupDecider` for live input: where nothing seems to happen, the packets of a group are held back until its end tells whether they are
/// decoded or passed over. Nothing of them is lost either way.
///
/// ```
///           ┌─ as it comes ◀── the decider wants it, or packets do not tell frames ───────────────┐
/// key frame ┤                                                                                     │
///           └─ held back ─▶ next key frame ─▶ decide ─┬─▶ decode: all its packets, at once        │
///                                                     └─▶ pass: frames with the key frame's picture
/// ```
package final class HeldDecoder: GroupwiseDecoder {
    private let decoder: StreamDecoder
    private let parser: PictureParser
    private let keys: KeyFrameDecoder
    private weak var decider: (any GroupDecider)?
    /// Of the group that comes in, as far as it was received; and whether it waits for its end.
    private var pictures: [CodedPicture] = []
    private var bytes = 0
    private var isHeld = false
    /// When the first of them came.
    private var began: UInt64 = 0
    private var number = 0
    /// The key frame of the group that comes in, if it was decoded by itself.
    private var key: Frame?
    /// Packets that are to be sent.
    private var feed: [CodedPicture] = []
    /// A group that is passed over as soon as all before it is out of the decoder.
    private var passing: (group: PacketGroup, key: Frame)?
    /// Frames that were passed over and not delivered yet.
    private var passed: [Frame] = []
    private var isDraining = false
    private var isAtEnd = false
    /// The last time stamp of the groups that are complete.
    private var lastTime: Int64?
    /// Pictures that are shown before the key frame that they come after were seen: they need the group before, so none is passed over.
    private var isOpen = false

    var framesDelivered = 0
    var framesLeft = 0
    private(set) var deciding: UInt64 = 0
    /// Seconds for which a picture was held back, at most.
    private(set) var longestHold = 0.0
    var hasDecoded: Bool { decoder.hasDecoded || keys.hasDecoded }

    /// A group that is longer than this is decoded as it comes from there on: nobody waits for longer.
    package static let longestSeconds = 12.0
    private static let (mostPictures, mostBytes) = (1200, 64 << 20)

    /// - Returns: `nil` for input whose packets do not tell its frames.
    init?(_ decoder: StreamDecoder, options: VideoOptions, decider: any GroupDecider) throws(VideoError) {
        guard !decoder.container.hasNoClock, !decoder.usesArrivalTimes, let parser = PictureParser(decoder.stream.pointee.codecpar) else {
            return nil
        }
        (self.decoder, self.parser, self.decider) = (decoder, parser, decider)
        keys = try KeyFrameDecoder(beside: decoder, options: options)
    }

    func next() throws(VideoError) -> Frame? {
        while true {
            if !passed.isEmpty { return passed.removeFirst() }
            switch try decoder.receive() {
            case .frame(var frame):
                frame.group = number
                return frame
            case .ended:
                if !isDraining { return nil }
                isDraining = false
                decoder.flush()
                if let (group, key) = passing.take() { pass(group, key) } else if isAtEnd { return nil }
            case .needsPacket:
                // What is sent after a group that is passed over comes after its frames.
                if passing != nil || feed.isEmpty && isAtEnd {
                    decoder.drain()
                    isDraining = true
                } else if !feed.isEmpty {
                    try decoder.send(feed.removeFirst())
                } else {
                    try receive()
                }
            }
        }
    }

    /// Takes the next packet.
    private func receive() throws(VideoError) {
        guard !decoder.hasGivenUp, let packet = try decoder.read() else {
            // What is held back has no end that could tell of it.
            release()
            isAtEnd = true
            return
        }
        guard let picture = CodedPicture(moving: packet, parser) else {
            throw VideoError(.internalFailure, "out of memory", url: decoder.container.url)
        }
        if picture.isKey { try complete(before: picture) }
        if pictures.isEmpty { (began, bytes) = (monotonicNanoseconds(), 0) }
        if let key = pictures.first?.pts, let pts = picture.pts, pts < key { isOpen = true }
        pictures.append(picture)
        bytes += picture.size
        guard isHeld else {
            feed.append(picture)
            // Of a group without an end nothing can be told.
            if pictures.count > Self.mostPictures || bytes > Self.mostBytes { pictures = [] }
            return
        }
        // Pictures do come.
        decoder.lastPicture = monotonicNanoseconds()
        if isOpen || pictures.count >= Self.mostPictures || bytes >= Self.mostBytes
            || Double(monotonicNanoseconds() - began) / 1e9 > Self.longestSeconds
        {
            release()
        }
    }

    /// Decodes what was held back, and what comes of its group.
    private func release() {
        if isHeld { feed += pictures }
        isHeld = false
    }

    /// A key frame ends the group before it, and begins another.
    private func complete(before next: CodedPicture) throws(VideoError) {
        guard !pictures.isEmpty else { return }
        let group = PacketGroup(number: number, pictures, isContinued: false)
        defer { lastTime = group.times.last }
        let canBePassed =
            group.beginsWithKey && group.isOrdered(after: lastTime) && !isOpen && next.pts.map { $0 > group.times.last ?? .max } ?? false
        let wasHeld = isHeld
        (group.keyFrame, key, pictures) = (key, nil, [])
        guard let decider else {
            feed += wasHeld ? group.pictures : []
            return isHeld = false
        }
        let begin = monotonicNanoseconds()
        if wasHeld { longestHold = max(longestHold, Double(begin - began) / 1e9) }
        defer { deciding += monotonicNanoseconds() - begin }
        number += 1
        if group.beginsWithKey {
            let end = CodedGroup(
                PacketGroup(number: number, [next], isContinued: true), next: nil, canBePassed: false, delivered: framesDelivered,
                keys: keys)
            let coded = CodedGroup(group, next: end, canBePassed: canBePassed, delivered: framesDelivered, keys: keys)
            if !wasHeld {
                decider.note(coded)
            } else if case .pass = decider.decide(coded), canBePassed, let key = try keys.keyFrame(of: group) {
                passing = (group, key)
            } else {
                feed += group.pictures
            }
            key = end.group.keyFrame
        }
        isHeld = !isOpen && group.beginsWithKey && !decider.wantsNext
    }

    private func pass(_ group: PacketGroup, _ key: Frame) {
        for (place, index) in group.shown.enumerated() {
            let pts = group.times[place]
            var frame = index == 0 ? key : Frame(storage: key.storage, pts: pts, timeBase: decoder.timeBase)
            (frame.presence, frame.beginsGroup, frame.group) = (index == 0 ? .passedKey : .passed, index == 0, group.number)
            frame.arrival = decoder.arrival(pts: pts)
            passed.append(frame)
        }
        framesLeft += passed.count
    }
}
