import CFFmpeg

/// Decides which groups of pictures are decoded. All calls come from the thread that reads.
public protocol GroupDecider: AnyObject {
    func decide(_ group: CodedGroup) -> GroupDecision
    /// Of recordings: of how many seconds of groups to come is known, beyond the next one (``CodedGroup/next``).
    var secondsAhead: Double { get }
    /// Of live input: whether the group that begins is decoded whatever it is like, so that its pictures need not wait for its end.
    var wantsNext: Bool { get }
    /// Of live input: takes a group that was decoded as it came.
    func note(_ group: CodedGroup)
}

public enum GroupDecision: Sendable {
    /// All frames of the group.
    case decode
    /// Its frames of so many seconds, or a few more; then the question is asked again about the rest (``CodedGroup/isRest``). All of them
    /// where it cannot be divided, and of live input.
    case decodeBeginning(seconds: Double)
    /// Only the key frame; the others, and all of a rest, are delivered with its picture (``Frame/isDecoded``).
    case pass
    /// Nothing, not even the key frame: all are delivered with the last key frame's picture that was. Not the first group, nor a rest.
    case passUnseen
}

/// A group of pictures before it is decoded: from a key frame up to the next.
public final class CodedGroup {
    /// What is known of a picture by its packet.
    public struct Picture: Sendable, Equatable {
        public enum Kind: Int, Sendable, Codable, CaseIterable {
            /// Begins the group.
            case key
            /// Shown after all that were decoded before it.
            case forward
            /// Shown before another that was decoded before it.
            case backward
            /// No other picture is predicted from it.
            case disposable
        }

        public var kind: Kind
        /// Of its packet, without what only fills it up.
        public var bytes: Int
    }

    /// From 0, in the order of the file.
    public var number: Int { group.number }
    /// Whether its beginning has been sent to the decoder, and this is the rest: the last frames of the beginning may not be out yet.
    public var isRest: Bool { group.whole != nil }
    /// Those that are shown, in the order in which they are decoded; and how many of the group came before them.
    public let pictures: [Picture]
    public var picturesBefore: Int { group.whole.map { $0.pictures.count - group.pictures.count } ?? 0 }
    /// The first frame's time stamp, of a whole group the key frame's, in seconds; and the time from one frame to the next, about.
    public let startSeconds: Double
    /// The key frame's time stamp, also of a rest.
    public var groupSeconds: Double { keys.timeBase.seconds(of: (group.whole ?? group).pictures.first?.pts ?? 0) }
    public let frameSeconds: Double
    /// Of a picture, as the container says; 0 if it does not.
    public var pixels: Int { keys.pixels }
    /// Whether it can be passed over: it begins with a key frame that is shown or is a rest, has its end, and its frames can be counted.
    public let canBePassed: Bool
    /// Frames before it that have been delivered.
    public let framesDelivered: Int
    /// The group after it, of live input its key frame only; `nil` at the end, and for the last that was read.
    public let next: CodedGroup?
    let group: PacketGroup
    private let keys: KeyFrameDecoder

    init(_ group: PacketGroup, next: CodedGroup?, canBePassed: Bool, delivered: Int, keys: KeyFrameDecoder) {
        (self.group, self.next, self.canBePassed, framesDelivered, self.keys) = (group, next, canBePassed, delivered, keys)
        pictures = group.sizes
        let timeBase = keys.timeBase
        startSeconds = timeBase.seconds(of: (group.whole == nil ? group.pictures.first?.pts : group.times.first) ?? 0)
        frameSeconds = group.frameSeconds(timeBase, interval: keys.interval)
    }

    /// The group's key frame, also of a rest, decoded by itself; `nil` if it cannot be. Costs nothing the second time.
    public func keyFrame() throws(VideoError) -> Frame? {
        try keys.keyFrame(of: group.whole ?? group)
    }

    /// Begins to decode its key frame on another thread, if there is one, so that `keyFrame()` need not wait as long.
    public func beginKeyFrame() { keys.begin(keyOf: group.whole ?? group) }

    /// Begins to decode its key frame and some of its frames on another thread, if there is one, so that `keyFrame()` and `frames(at:)` need not
    /// wait as long. Not of a rest.
    public func beginFrames(at places: [Int]) {
        if !isRest { keys.begin(framesOf: group, at: pictures(at: places)) }
    }

    /// Decodes the group as far as some of its frames need it, beside what is decoded in its turn, and gives these in the order in which they
    /// are shown. Not of a rest.
    /// - Parameters:
    ///   - places: of those frames, in `pictures`.
    ///   - take: says whether to go on.
    /// - Returns: whether all came that were gone on to; false also where pictures are shown before the key frame.
    public func frames(at places: [Int], _ take: (Frame) -> Bool) throws(VideoError) -> Bool {
        guard !isRest else { return false }
        return try keys.frames(of: group, at: pictures(at: places), take)
    }

    /// From places in `pictures` to those of the group's.
    private func pictures(at places: [Int]) -> [Int] {
        let shown = group.pictures.indices.filter { !group.pictures[$0].isHidden }
        return places.map { shown[$0] }
    }
}

extension PacketGroup {
    /// What is known by their packets of the pictures that are shown, in the order in which they are decoded.
    func makeSizes() -> [CodedGroup.Picture] {
        var latest = Int64.min
        return pictures.filter { !$0.isHidden }.map { picture in
            let pts = picture.pts ?? .min
            defer { latest = max(latest, pts) }
            let kind: CodedGroup.Picture.Kind =
                picture.isKey ? .key : picture.isDisposable ? .disposable : pts < latest ? .backward : .forward
            return CodedGroup.Picture(kind: kind, bytes: picture.size - picture.traits.fillerBytes)
        }
    }

    /// Seconds from one frame to the next, about.
    /// - Parameter interval: ticks that a frame lasts where the group does not tell.
    func frameSeconds(_ timeBase: Rational, interval: Int64) -> Double {
        guard times.count > 1, let first = times.first, let last = times.last else { return timeBase.seconds(of: interval) }
        return timeBase.seconds(of: last - first) / Double(times.count - 1)
    }
}
