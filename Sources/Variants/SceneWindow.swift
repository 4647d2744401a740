/// Which classes a scene has shown in the last minutes: MCDNN's context (section 4 of the paper).
struct SceneWindow: Codable, Sendable {
    /// Seconds that count, as in the paper.
    private static let span = 300.0
    /// Seconds that are let go together, so that memory stays constant.
    private static let slot = 5.0
    /// Observations from which shares mean anything: a detector's single mistake must not make a scene.
    private static let least = 20

    private struct Slot: Codable, Sendable {
        let number: Int
        var counts: [String: Int]
    }
    private var slots: [Slot] = []

    /// Takes what was seen in a frame, a label for each object.
    /// - Parameter time: in seconds, of the stream; where it jumps back, what was seen before is let go.
    mutating func add(_ labels: [String], at time: Double) {
        let number = time.isFinite ? Int((min(max(time, -1e15), 1e15) / Self.slot).rounded(.down)) : 0
        slots.removeAll { $0.number > number || Double(number - $0.number) * Self.slot >= Self.span }
        guard !labels.isEmpty else { return }
        if slots.last?.number != number { slots.append(Slot(number: number, counts: [:])) }
        for label in labels { slots[slots.count - 1].counts[label, default: 0] += 1 }
    }

    /// Share of what was seen that is of these classes, 0…1; nil where too little was seen.
    func share(of classes: Set<String>) -> Double? {
        var (own, all) = (0, 0)
        for slot in slots {
            for (label, count) in slot.counts {
                all += count
                if classes.contains(label) { own += count }
            }
        }
        return all >= Self.least ? Double(own) / Double(all) : nil
    }
}
