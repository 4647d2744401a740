import Vision

/// What is really to be seen in a video, as people or a renderer labelled it.
public struct Truth: Sendable, Equatable {
    public struct Object: Sendable, Equatable {
        /// Nil where the file does not tell classes.
        public var label: String?
        /// Source pixels.
        public var box: Box
        /// The same object has the same number in every frame; nil where the file does not follow it.
        public var id: Int?
        /// To find it is no mistake, and to miss it neither: crowds, reflections, what is too far away.
        public var isIgnored = false

        public init(label: String?, box: Box, id: Int? = nil, isIgnored: Bool = false) {
            (self.label, self.box, self.id, self.isIgnored) = (label, box, id, isIgnored)
        }
    }

    /// By the number of the frame, from 0. A frame that was looked at and is empty has an empty list; others are not judged.
    public var frames: [Int: [Object]]
    /// The video that the file says it is of; nil where it names none, and where it was chosen among several by its name.
    public var video: String?

    public init(frames: [Int: [Object]], video: String? = nil) { (self.frames, self.video) = (frames, video) }

    /// The classes that are labelled; empty where the file does not tell classes. What a model finds of others is not judged.
    public var labels: Set<String> { Set(frames.values.joined().lazy.filter { !$0.isIgnored }.compactMap(\.label)) }
    /// Objects that count, over all frames.
    public var count: Int { frames.values.joined().count { !$0.isIgnored } }
    /// Whether objects are followed.
    public var hasTracks: Bool { frames.values.joined().contains { $0.id != nil && !$0.isIgnored } }

    /// Leaves out the objects of other classes, as a model's are that reports these only. What has no class stays.
    ///
    /// - Parameter classes: names, in upper or lower case.
    public mutating func keep(classes: [String]) {
        let kept = Set(classes.map { $0.lowercased() })
        frames = frames.mapValues { $0.filter { object in object.label.map { kept.contains($0.lowercased()) } ?? true } }
    }
}

extension Truth.Object {
    /// A box that lies in an ignored one by this share of itself is not judged.
    private static let ignoredShare: Float = 0.5

    /// Whether it is ignored, and a box that is found there is no mistake.
    func excuses(_ found: Box) -> Bool { isIgnored && found.share(within: box) >= Self.ignoredShare }
}

extension Box {
    /// The share of the box that lies in another one, 0…1.
    fileprivate func share(within other: Box) -> Float {
        let w = min(x + width, other.x + other.width) - max(x, other.x), h = min(y + height, other.y + other.height) - max(y, other.y)
        return w > 0 && h > 0 && width * height > 0 ? w * h / (width * height) : 0
    }
}
