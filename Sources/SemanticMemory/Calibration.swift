import Foundation

/// Sets the limits of exits on frames that nothing was learnt of.
struct Calibration {
    /// A frame's evidence, tap after tap: the class and the strength.
    private struct Trace {
        let label: Int
        let answer: Int
        let odds: [(index: Int, value: Double)]
        let similarity: [(index: Int, value: Double)]
        /// The same odds, were the frame's class not known.
        let strange: [Double]
    }

    private let traces: [Trace]
    private let depths: [Double]
    private let isLabelled: Bool

    init(_ memory: ClassMemory, _ frames: [(vector: ArraySlice<Float>, label: Int, answer: Int)], isLabelled: Bool) {
        self.isLabelled = isLabelled
        depths = memory.taps.map(\.depthShare)
        let even = Chances.even(memory.classes.count)
        traces = frames.map { frame in
            var at = frame.vector.startIndex
            var odds: [(Int, Double)] = [], similarity: [(Int, Double)] = [], strange: [Double] = []
            var sums = CumulativeSimilarity(count: memory.classes.count)
            for tap in memory.taps {
                let x = Array(frame.vector[at..<at + tap.channels]), scores = tap.scores(x)
                at += tap.channels
                func weighed(without class: Int? = nil) -> (Int, Double) {
                    var chances = Chances.weighing(even, scores.classes, unknown: scores.unknown, sharpness: tap.sharpness)
                    if let `class` { chances.classes[`class`] = -.infinity }
                    let best = chances.normalize()
                    return (best.index, chances.unknown <= Recognizer.strangeness ? best.logOdds : -.infinity)
                }
                odds.append(weighed())
                strange.append(weighed(without: frame.label).1)
                sums.add(memory.classes.indices.map { k in x.withUnsafeBufferPointer { tap.centres.cosine($0, k) } })
                let known = memory.classes.indices.filter { tap.centres.counts[$0] > 0 }
                let leader = sums.best(of: known)
                similarity.append((leader?.index ?? 0, leader?.margin ?? -1))
            }
            return Trace(label: frame.label, answer: frame.answer, odds: odds, similarity: similarity, strange: strange)
        }
    }

    /// The laxest limits that hold the target, coming from strict ones; where even these miss it, none.
    func set(_ memory: inout ClassMemory, target: Double) {
        guard !traces.isEmpty else { return }
        let range = ExitLimits.logOddsRange
        let odds = stride(from: range.upperBound, through: range.lowerBound, by: -0.1)
        (memory.limits.logOdds, memory.heldOut) = laxest(odds, target, \.odds)
        let margins = traces.flatMap { $0.similarity.map { Float($0.value) } }
        let taus = (0...200).compactMap { quantile(margins, 1 - Double($0) / 200) }.map { max(Double($0), ExitLimits.tauRange.lowerBound) }
        memory.limits.tau = laxest(taus, target, \.similarity).limit
    }

    private func laxest(
        _ limits: some Sequence<Double>, _ target: Double, _ evidence: KeyPath<Trace, [(index: Int, value: Double)]>
    ) -> (limit: Double, ClassMemory.HeldOut) {
        var best = (limit: ExitLimits.closed, outcome(ExitLimits.closed, evidence))
        for limit in limits {
            let outcome = outcome(limit, evidence)
            let held = isLabelled ? 1 - (outcome.networkAccuracy! - outcome.accuracy!) : outcome.agreement
            if held >= target { best = (limit, outcome) }
            // A few frames more or less decide at the edge; far below nothing comes back.
            if held < target - 0.01 { break }
        }
        return best
    }

    private func outcome(_ limit: Double, _ evidence: KeyPath<Trace, [(index: Int, value: Double)]>) -> ClassMemory.HeldOut {
        var result = ClassMemory.HeldOut(frames: traces.count, exits: 0, depth: 0, agreement: 0)
        var right = 0.0, networkRight = 0.0
        for trace in traces {
            let tap = trace[keyPath: evidence].firstIndex { $0.value >= limit }
            let answer = tap.map { trace[keyPath: evidence][$0].index } ?? trace.answer
            if tap != nil { result.exits += 1 }
            if evidence == \.odds, trace.strange.contains(where: { $0 >= limit }) { result.strangers += 1 }
            result.depth += tap.map { depths[$0] } ?? 1
            if answer == trace.answer { result.agreement += 1 }
            if answer == trace.label { right += 1 }
            if trace.answer == trace.label { networkRight += 1 }
        }
        let count = Double(traces.count)
        result.exits /= count
        result.depth /= count
        result.agreement /= count
        result.strangers /= count
        if isLabelled { (result.networkAccuracy, result.accuracy) = (networkRight / count, right / count) }
        return result
    }
}

extension ClassMemory.TapMemory {
    /// Of a vector as the network gives it: of each class, and of one that is not known.
    func scores(_ vector: [Float]) -> (classes: [Float], unknown: Float) {
        let z = whitening.apply(vector)
        return z.withUnsafeBufferPointer { z in
            let classes = [Float](unsafeUninitializedCapacity: centres.counts.count) { buffer, count in
                centres.scores(z.baseAddress!, buffer.baseAddress!)
                count = centres.counts.count
            }
            return (classes, background.score(z))
        }
    }
}
