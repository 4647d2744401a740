import CFFmpeg

/// Decides which groups of pictures are decoded. All calls come from the thread that reads.
public protocol GroupDecider: AnyObject {
    /// - Parameter mayWait: whether all frames before the group have been delivered, so that what comes of them can be waited for.
    func decide(_ group: CodedGroup, mayWait: Bool) -> GroupDecision
}

public enum GroupDecision: Sendable {
    /// All frames of the group.
    case decode
    /// Only the key frame; the others are delivered with its picture (``Frame/isDecoded``).
    case pass
    /// Ask again when all frames before the group have been delivered. Not where `mayWait` was set.
    case afterResults
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
        /// Of its packet.
        public var bytes: Int
    }

    /// From 0, in the order of the file.
    public var number: Int { group.number }
    /// Those that are shown, in the order in which they are decoded.
    public let pictures: [Picture]
    /// The key frame's time stamp, in seconds; and the time from one frame to the next, about.
    public let startSeconds: Double
    public let frameSeconds: Double
    /// Whether it can be passed over: it begins with a key frame that is shown, is whole, and its frames can be counted.
    public let canBePassed: Bool
    /// Frames before it that have been delivered.
    public let framesDelivered: Int
    /// The group after it; `nil` at the end.
    public let next: CodedGroup?
    let group: PacketGroup
    private let decoder: SparseDecoder

    init(_ group: PacketGroup, next: CodedGroup?, canBePassed: Bool, delivered: Int, decoder: SparseDecoder) {
        (self.group, self.next, self.canBePassed, framesDelivered, self.decoder) = (group, next, canBePassed, delivered, decoder)
        var latest = Int64.min
        pictures = group.pictures.filter { !$0.isHidden }.map { picture in
            let pts = picture.pts ?? .min
            defer { latest = max(latest, pts) }
            let kind: Picture.Kind =
                picture.isKey ? .key : picture.isDisposable ? .disposable : pts < latest ? .backward : .forward
            return Picture(kind: kind, bytes: picture.size)
        }
        let timeBase = decoder.timeBase
        startSeconds = timeBase.seconds(of: group.pictures.first?.pts ?? 0)
        let first = group.times.first ?? 0, last = group.times.last ?? 0
        frameSeconds =
            group.times.count > 1
            ? timeBase.seconds(of: last - first) / Double(group.times.count - 1) : timeBase.seconds(of: decoder.interval)
    }

    /// The key frame, decoded by itself; `nil` if it cannot be. Costs nothing the second time.
    public func keyFrame() throws(VideoError) -> Frame? { try decoder.keyFrame(of: group) }
}
