import Video
import Vision

/// The frame that shows an object best, for a picture of it.
public struct BestView: Sendable, Codable, Equatable {
    /// As `FrameInfo` has them.
    public var frame: Int
    public var pts: Double?
    /// [x, y, width, height] in source pixels.
    public var box: [Double]
    public var score: Double
    /// What views of one object are compared by, 0…1.
    public var worth: Double

    init(_ object: Detection, in frame: FrameInfo) {
        (self.frame, pts, box, score) = (frame.index, frame.pts, object.box.list, Double(object.score))
        worth = Self.worth(object, width: frame.width, height: frame.height)
    }

    /// The detection's score × the side of a square as large as the box, in shares of the picture × 1/4 if the box touches the picture's
    /// border, where a part of the object is out of sight.
    static func worth(_ object: Detection, width: Int, height: Int) -> Double {
        let box = object.box, (width, height) = (Float(width), Float(height))
        let share = Double(max(0, box.width) * max(0, box.height) / max(1, width * height))
        return Double(object.score) * min(1, share).squareRoot() * (isCut(box, width: width, height: height) ? cutShare : 1)
    }

    /// Whether a box touches the picture's border, where a part of the object is out of sight.
    static func isCut(_ box: Box, width: Float, height: Float) -> Bool {
        box.x < border || box.y < border || box.x + box.width > width - border || box.y + box.height > height - border
    }

    /// Pixels from the picture's border within which a box touches it: boxes are not exact to the pixel.
    private static let border: Float = 2
    /// What a view is worth of which a part is out of sight. Less than a half, as an object that comes in is larger every frame.
    private static let cutShare = 0.25
    /// A view is better only if it is worth more by this share: else, of something that comes nearer, every frame would be the best.
    static let margin = 0.05

    /// Takes the view of a later frame if it is better.
    mutating func see(_ object: Detection, in frame: FrameInfo) {
        let view = BestView(object, in: frame)
        if view.worth > worth * (1 + Self.margin) { self = view }
    }
}

/// The frames of the best views of objects in sight, of input that cannot be read again: cameras, pipes, and what has no time stamps.
///
/// They are the decoder's own, by reference; objects that were seen best in the same frame share it. Where they come to more than
/// `mostBytes`, the view that is worth least is let go.
struct HeldViews {
    /// Enough for 80 frames of 1920×1080 pixels, or 20 of 3840×2160.
    static let mostBytes = 256 << 20

    private let limit: Int
    private var views: [Int: (frame: Frame, index: Int, worth: Double)] = [:]

    /// - Parameter limit: bytes that may be held.
    init(limit: Int = Self.mostBytes) { self.limit = limit }

    subscript(track: Int) -> Frame? { views[track]?.frame }

    /// - Parameters:
    ///   - frame: the one that was looked at, and its number.
    ///   - best: the best views of all objects that are followed, by id.
    mutating func update(_ frame: Frame, _ index: Int, best: [(track: Int, view: BestView)]) {
        for (track, view) in best where view.frame == index { views[track] = (frame, index, view.worth) }
        while bytes > limit, let least = views.min(by: { $0.value.worth < $1.value.worth }) { views[least.key] = nil }
    }

    mutating func drop(_ track: Int) { views[track] = nil }

    private var bytes: Int {
        var seen: Set<Int> = []
        return views.values.reduce(0) { seen.insert($1.index).inserted ? $0 + $1.frame.width * $1.frame.height * 3 / 2 : $0 }
    }
}

extension OutputOptions {
    /// Whether frames of best views have to be held while the input is read, because it cannot be read again.
    func holdsViews(of input: String, _ info: StreamInfo, isLive: Bool) -> Bool {
        snapshots != nil && (isLive || info.startSeconds == nil || !InputName(input).isRegularFile)
    }
}
