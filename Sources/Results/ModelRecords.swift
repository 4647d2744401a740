import DeepVid
import Vision

/// What stands in a record under the name of each of several models.
public struct ByModel<Value: Codable & Sendable & Equatable>: Codable, Sendable, Equatable {
    /// In the models' order; of a record that was read back, in that of the names.
    public var names: [String]
    public var values: [Value]

    package init(_ entries: [(name: String, value: Value)]) { (names, values) = (entries.map(\.name), entries.map(\.value)) }

    public subscript(name: String) -> Value? { names.firstIndex(of: name).map { values[$0] } }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Name.self)
        names = container.allKeys.map(\.stringValue).sorted()
        values = try names.map { try container.decode(Value.self, forKey: Name($0)) }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Name.self)
        for (name, value) in zip(names, values) { try container.encode(value, forKey: Name(name)) }
    }

    private struct Name: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(_ name: String) { stringValue = name }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }
}

/// What one of several models says of a frame; as the same fields of a frame record.
public struct ModelAnswerRecord: Codable, Sendable, Equatable {
    public var objects: [DetectedObject]?
    public var classes: [ClassScore]?
    public var embedding: [Float]?
    public var segments: [SegmentRecord]?
    public var depth: DepthRecord?
    public var cache: Cache?
    /// Which variant of the model answered; nil of one that has none.
    public var variant: String?
    /// At which capacity it answered, of a model whose capacities are chosen among.
    public var capacity: String?
}

extension ModelAnswerRecord {
    init(_ answer: HeadResult, _ reuse: FrameResult.Reuse?) {
        switch answer {
        case .detections(let all): objects = all.map(DetectedObject.init)
        case .classes(let all): classes = all.map { ClassScore(label: $0.label, classID: $0.classID, score: Double($0.score)) }
        case .embedding(let vector): embedding = vector
        case .semantic(let map): segments = map.segments.map { SegmentRecord(label: $0.label, classID: $0.classID, share: $0.share) }
        case .depth(let map):
            depth = DepthRecord(least: Double(map.least), median: Double(map.median), greatest: Double(map.greatest))
        }
        cache = reuse.map { Cache(policy: $0.policy.rawValue, reused: $0.share, reason: $0.reason?.rawValue) }
    }
}

/// What one of several models came to; as the same fields of an end record.
public struct ModelEndRecord: Codable, Sendable, Equatable {
    public var cache: EndRecord.Reuse?
    public var seen: [SeenClass]?
    /// Which variants answered, with their frames; nil of a model that has none.
    public var variants: [VariantFrames]?
    /// The same of capacities.
    public var capacities: [VariantFrames]?
}

/// How many frames a variant, or a capacity, answered.
public struct VariantFrames: Codable, Sendable, Equatable {
    public var name: String
    public var frames: Int
}

extension ModelEndRecord {
    init(_ seen: [SeenClass]?, _ reuse: RunSummary.Reuse?, _ frames: [(name: String, frames: Int)]) {
        self.seen = seen
        variants = frames.isEmpty ? nil : frames.map { VariantFrames(name: $0.name, frames: $0.frames) }
        cache = reuse.map { .init(policy: $0.policy.rawValue, reused: $0.share, agreement: $0.agreement.map(AgreementRecord.init)) }
    }
}
