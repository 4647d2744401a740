import Hashing

/// Draws groups that would be passed over, to be decoded all the same, and adds up what shows in them: how much is missed in the others.
struct DrawnGroups: Codable, Sendable {
    private struct Draw: Codable {
        var start: Double
        var end: Double
        var probability: Double
    }

    private var random = SeededGenerator(seed: GroupConstants.Draws.seed)
    /// Groups that were to be passed over.
    private var candidates = 0
    /// The last ones that were drawn.
    private var draws: [Draw] = []
    private(set) var objects = RecallEstimate()
    private(set) var events = RecallEstimate()
    /// Since `restart`.
    private var recentObjects = RecallEstimate()
    private var recentEvents = RecallEstimate()

    /// Draws whether a group that is to be passed over is decoded.
    /// - Returns: with which probability, if so.
    mutating func draw() -> Double? {
        candidates += 1
        let probability = max(GroupConstants.Draws.share, GroupConstants.Draws.early(candidates))
        guard Double(random.next() >> 11) / Double(1 << 53) >= probability else { return probability }
        objects.pass()
        events.pass()
        recentObjects.pass()
        recentEvents.pass()
        return nil
    }

    /// Takes objects of a frame that was looked at.
    mutating func find(objects count: Int) {
        objects.find(count)
        recentObjects.find(count)
    }

    /// Takes that all results of a drawn group have come, and how many objects would have been missed in it.
    mutating func close(_ span: Range<Double>, probability: Double, missed: Int) {
        objects.draw(missed: missed, probability: probability)
        recentObjects.draw(missed: missed, probability: probability)
        draws = (draws + [Draw(start: span.lowerBound, end: span.upperBound, probability: probability)]).suffix(GroupConstants.Draws.memory)
        // Whether it has events is known when they end.
        events.draw(missed: 0, probability: probability)
        recentEvents.draw(missed: 0, probability: probability)
    }

    /// Takes an event that began at `start`, in seconds.
    mutating func find(eventFrom start: Double) {
        events.find(1)
        recentEvents.find(1)
        guard let draw = draws.last(where: { $0.start <= start && start < $0.end }) else { return }
        events.amend(missed: 1, probability: draw.probability)
        recentEvents.amend(missed: 1, probability: draw.probability)
    }

    /// What would have been found since `restart` if no group had been drawn, of objects or of events, whichever is less; nil where there was
    /// nothing to find.
    var leastRecall: Double? { [recentObjects.recallWithoutDraws, recentEvents.recallWithoutDraws].compactMap(\.self).min() }

    /// Begins to count anew for `leastRecall`.
    mutating func restart() { (recentObjects, recentEvents) = (RecallEstimate(), RecallEstimate()) }

    /// What comes has other times.
    mutating func breakOff() { draws = [] }
}
