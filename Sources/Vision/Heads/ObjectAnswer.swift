/// What second models say of an object.
public struct ObjectAnswer: Sendable, Hashable {
    /// Of classifiers: the classes of one model after the other, each by falling probability; nil where none was asked.
    public var classes: [ObjectClass]?
    /// Of an embedding; nil where none was asked.
    public var embedding: [Float]?
    /// Where the answer is from if no model had to run for it; nil where one ran.
    public var reused: Source?

    /// The raw values stand in records.
    public enum Source: String, Codable, Sendable {
        /// The same object was asked about in an earlier frame.
        case track
        /// Crops that look like this one were, in this run or in one that wrote the same file.
        case cache
        /// The same, on another device: the edge had it.
        case edge
    }

    public init(classes: [ObjectClass]? = nil, embedding: [Float]? = nil, reused: Source? = nil) {
        (self.classes, self.embedding, self.reused) = (classes, embedding, reused)
    }
}

/// A class that an object may be of, as a second model has it.
public struct ObjectClass: Codable, Sendable, Hashable {
    /// Name of the model; nil where there is only one classifier.
    public var model: String?
    public var label: String
    /// Its index in that model's output.
    public var classID: Int
    /// Probability, 0…1.
    public var score: Double

    public init(model: String? = nil, label: String, classID: Int, score: Double) {
        (self.model, self.label, self.classID, self.score) = (model, label, classID, score)
    }

    enum CodingKeys: String, CodingKey {
        case model, label, classID = "class_id", score
    }
}
