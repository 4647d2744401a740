import Tracking
import Vision

/// What a model said of a frame, as far as it bears on which groups of pictures are decoded. In the order of the frames.
struct SeenFrame: Codable, Sendable {
    /// In seconds.
    var time: Double
    /// A detector's objects, weak ones too; nil from classifiers.
    var objects: [SeenObject]?
    /// A classifier's best class.
    var best: Int?
    /// Whether the frame was looked at, and not passed over.
    var isComputed: Bool

    struct SeenObject: Codable, Sendable {
        var classID: Int
        var score: Float
        var box: Box
    }
}

extension SeenFrame.SeenObject {
    init(_ object: Detection) { self.init(classID: object.classID, score: object.score, box: object.box) }
}

extension Detection {
    init(_ seen: SeenFrame.SeenObject) { self.init(classID: seen.classID, label: "", score: seen.score, box: seen.box) }
}
