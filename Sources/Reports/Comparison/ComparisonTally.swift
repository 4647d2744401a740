import DeepCache
import DeepVid
import Results
import Vision

/// Adds up a comparison's frames. Grows by three numbers a frame, which the medians need.
final class ComparisonTally {
    private let score: Float
    private let limit: Int
    /// The frames that agreed least, no more than `limit`, the worst first; of equals, the earliest.
    private(set) var worst: [DisagreementVisualization] = []
    private var (dense, cached, match) = (Times(), Times(), Times())
    /// Milliseconds of the network alone, comparing included.
    private var network = (dense: 0.0, cached: 0.0)
    private var reused = 0.0
    private var unchanged = 0
    private var propagated = 0
    private var reasons: [String: Int] = [:]
    private var agreement = (sum: 0.0, strict: 0.0, frames: 0)
    private var floor = NoiseFloor()
    private var classes: [Int: ClassCount] = [:]

    /// Milliseconds.
    private struct Times {
        var values: [Float] = []
        var sum = 0.0

        mutating func add(_ value: Double) {
            values.append(Float(value))
            sum += value
        }

        var spread: ComparisonRecord.Spread {
            let sorted = values.sorted(), middle = sorted.count / 2
            let median = sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
            return .init(mean: sum / Double(values.count), median: Double(median))
        }
    }

    private struct ClassCount {
        let label: String
        var dense = 0
        var cached = 0
        /// Of both.
        var found = 0
    }

    init(score: Float, worst limit: Int) { (self.score, self.limit) = (score, limit) }

    func add(_ compared: ComparedFrame) {
        dense.add(compared.denseMilliseconds)
        cached.add(compared.reusedMilliseconds)
        match.add(compared.reused.timing.match ?? 0)
        network.dense += compared.dense.timing.infer
        network.cached += compared.reused.timing.infer + (compared.reused.timing.match ?? 0)
        let reuse = compared.reused.reuse
        reused += reuse?.share ?? 0
        if reuse?.reason == .propagated {
            propagated += 1
        } else if let reason = reuse?.reason {
            reasons[reason.rawValue, default: 0] += 1
        } else if reuse?.share == 1 {
            unchanged += 1
        }
        if let share = compared.agreement {
            agreement = (agreement.sum + share, agreement.strict + (compared.strict ?? 0), agreement.frames + 1)
            offer(compared, share)
        }
        if let measured = compared.floor { floor.add(measured) }
        count(compared.dense.answer, compared.reused.answer)
    }

    /// A frame that agrees fully is none of the worst.
    private func offer(_ compared: ComparedFrame, _ agreement: Double) {
        let place = worst.firstIndex { $0.agreement > agreement } ?? worst.count
        guard agreement < 0.99995, place < limit else { return }
        let reuse = compared.reused.reuse
        worst.insert(
            DisagreementVisualization(
                frame: compared.frame, agreement: agreement, reused: reuse?.share ?? 0, reason: reuse?.reason?.rawValue,
                changed: compared.trace.flatMap { trace in trace.changed.map { ($0, trace.placement) } },
                dense: compared.dense.answer, cached: compared.reused.answer, score: score), at: place)
        if worst.count > limit { worst.removeLast() }
    }

    /// Boxes are pooled over the frames: a class that is seen once in a while counts as often as it is seen.
    private func count(_ dense: HeadResult, _ cached: HeadResult) {
        switch (dense, cached) {
        case (.detections(let exact), .detections(let reusing)):
            let pairs = Agreement.Pairing(exact, reusing, score: score)
            for (box, partner) in zip(exact, pairs.first) { count(box.classID, box.label, \.dense, found: partner != nil) }
            for (box, partner) in zip(reusing, pairs.second) { count(box.classID, box.label, \.cached, found: partner != nil) }
        case (.classes(let exact), .classes(let reusing)):
            let same = exact.first?.classID == reusing.first?.classID
            if let best = exact.first { count(best.classID, best.label, \.dense, found: same) }
            if let best = reusing.first { count(best.classID, best.label, \.cached, found: same) }
        default: break
        }
    }

    private func count(_ id: Int, _ label: String, _ side: WritableKeyPath<ClassCount, Int>, found: Bool) {
        classes[id, default: ClassCount(label: label)][keyPath: side] += 1
        if found { classes[id]!.found += 1 }
    }

    func fill(_ record: inout ComparisonRecord) {
        let frames = dense.values.count
        (record.frames, record.unchanged, record.propagated) = (frames, unchanged, propagated > 0 ? propagated : nil)
        record.agreementFrames = agreement.frames
        record.worst = worst.map(\.record)
        record.fullRecomputes = reasons.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { .init(reason: $0.key, frames: $0.value) }
        record.classes = classes.sorted { ($1.value.dense, $0.key) < ($0.value.dense, $1.key) }.map { id, count in
            .init(
                label: count.label, classID: id, dense: count.dense, cached: count.cached,
                agreement: Double(count.found) / Double(count.dense + count.cached))
        }
        record.floor = FloorRecord(floor)
        if agreement.frames > 0 {
            record.agreement = agreement.sum / Double(agreement.frames)
            // Faint objects only: neither side reports any.
            record.agreementStrict = agreement.strict / Double(agreement.frames)
        }
        guard frames > 0 else { return }
        let (denseMs, cachedMs) = (dense.spread, cached.spread)
        (record.denseMs, record.cachedMs, record.matchMs) = (denseMs, cachedMs, match.spread)
        record.speedup = cached.sum > 0 ? dense.sum / cached.sum : nil
        record.speedupNetwork = network.cached > 0 ? network.dense / network.cached : nil
        record.speedupMedian = cachedMs.median > 0 ? denseMs.median / cachedMs.median : nil
        record.reused = reused / Double(frames)
    }
}
