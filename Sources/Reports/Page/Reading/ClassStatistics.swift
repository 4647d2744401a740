import Results

/// How often the classes were seen, of a bounded number of them.
struct ClassStatistics: Sendable {
    struct Entry: Sendable {
        let label: String
        var frames = 0
        /// The largest number of objects in one frame.
        var most = 0
    }

    private(set) var classes: [Entry] = []
    /// Whether there were more classes than are counted.
    private(set) var isIncomplete = false
    private var indices: [String: Int] = [:]

    private static let mostClasses = 200

    /// - Parameter frames: number of frames with these objects.
    mutating func add(_ record: FrameRecord, frames: Int = 1) {
        var counts: [String: Int] = [:]
        for object in record.objects ?? [] { counts[object.label, default: 0] += 1 }
        // Of a classification, the likeliest class.
        if let best = record.classes?.first { counts[best.label, default: 0] += 1 }
        for (label, count) in counts {
            guard let index = index(of: label) else { continue }
            classes[index].frames += frames
            classes[index].most = max(classes[index].most, count)
        }
    }

    /// Adds a class of which no frames are known.
    mutating func add(_ event: EventRecord) { _ = index(of: event.label) }

    private mutating func index(of label: String) -> Int? {
        if let known = indices[label] { return known }
        guard classes.count < Self.mostClasses else {
            isIncomplete = true
            return nil
        }
        classes.append(Entry(label: label))
        indices[label] = classes.count - 1
        return classes.count - 1
    }
}
