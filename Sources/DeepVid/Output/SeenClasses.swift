import Vision

/// How much of a class an input has shown.
public struct SeenClass: Codable, Sendable, Equatable {
    public var label: String
    /// Frames that show it; of classifiers, those whose best class it is.
    public var frames = 0
    /// Most objects of it in one frame; nil of classifiers.
    public var most: Int?
    /// Objects of it that were followed; nil without tracking.
    public var tracks: Int?
    /// Those of them that never moved; nil where there were none, and where such objects count as any others.
    public var staticTracks: Int?

    package init(label: String, frames: Int = 0, most: Int? = nil, tracks: Int? = nil, staticTracks: Int? = nil) {
        (self.label, self.frames, self.most, self.tracks, self.staticTracks) = (label, frames, most, tracks, staticTracks)
    }

    enum CodingKeys: String, CodingKey {
        case label, frames, most, tracks, staticTracks = "static"
    }
}

/// What was seen so far. Constant in size but for the number of classes.
struct SeenClasses: Codable, Sendable {
    private var classes: [String: SeenClass] = [:]
    /// Whether a frame had objects or classes, or might have had.
    private var isKnown = false
    /// Objects are numbered in the order in which they are confirmed: one with a higher number is new.
    private var lastTrack = 0

    /// - Parameters:
    ///   - isTracking: whether objects have ids; those without are not counted then.
    ///   - moved: the objects that have moved since this frame, by id; nil where it does not matter whether they do.
    mutating func add(_ answer: HeadResult, isTracking: Bool, moved: [Int]? = nil) {
        let objects: [Detection]
        switch answer {
        case .detections(let all): (isKnown, objects) = (true, all)
        case .classes(let all):
            isKnown = true
            if let best = all.first { classes[best.label, default: SeenClass(label: best.label)].frames += 1 }
            return
        default: return
        }
        var inFrame: [String: Int] = [:], newest = lastTrack
        for object in objects {
            guard isTracking else {
                inFrame[object.label, default: 0] += 1
                continue
            }
            guard let id = object.trackID else { continue }
            inFrame[object.label, default: 0] += 1
            if id > lastTrack {
                classes[object.label, default: SeenClass(label: object.label)].tracks = (classes[object.label]?.tracks ?? 0) + 1
                if moved != nil { classes[object.label]!.staticTracks = (classes[object.label]!.staticTracks ?? 0) + 1 }
                newest = max(newest, id)
            }
            if moved?.contains(id) == true { classes[object.label]!.staticTracks! -= 1 }
        }
        lastTrack = newest
        for (label, count) in inFrame {
            classes[label, default: SeenClass(label: label)].frames += 1
            classes[label]!.most = max(classes[label]!.most ?? 0, count)
        }
    }

    /// The most frequent first; nil of models that give neither objects nor classes.
    var sorted: [SeenClass]? {
        guard isKnown else { return nil }
        return classes.values.map { seen in
            var seen = seen
            if seen.staticTracks == 0 { seen.staticTracks = nil }
            return seen
        }.sorted { ($0.tracks ?? 0, $0.frames, $1.label) > ($1.tracks ?? 0, $1.frames, $0.label) }
    }
}
