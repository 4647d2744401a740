import Foundation

/// Chooses the limits of exits on frames that nothing was learnt of: for both rules the laxest that hold a target.
struct Calibration {
    /// A frame's best class at each exit layer, and how strong the evidence for it is.
    private struct Trace {
        let label: Int
        /// The network's.
        let answer: Int
        /// By the odds rule: logarithms of odds.
        var odds: [(index: Int, value: Double)] = []
        /// By the paper's rule: margins.
        var similarity: [(index: Int, value: Double)] = []
        /// Logarithms of the odds, were the frame's class not in the memory.
        var openSetOdds: [Double] = []
    }

    private let traces: [Trace]
    private let macsFractions: [Double]
    private let isLabelled: Bool
    /// Step of the logarithm of odds, and number of quantiles of the paper's margins, that are tried.
    private static let oddsStep = 0.1
    private static let quantiles = 200
    /// A limit may miss the target by this before laxer ones are no longer tried: near the target a few frames more or less decide.
    private static let tolerance = 0.01

    /// - Parameter frames: channel means, exit layer after exit layer; the labelled class; the network's class.
    init(_ memory: ClassMemory, _ frames: [(vector: ArraySlice<Float>, label: Int, answer: Int)], isLabelled: Bool) {
        self.isLabelled = isLabelled
        macsFractions = memory.exitLayers.map(\.macsFraction)
        let parameters = OddsRule.Parameters()
        let prior = ClassProbabilities.uniform(memory.classes.count, novelty: parameters.novelty)
        traces = frames.map { frame in
            var trace = Trace(label: frame.label, answer: frame.answer), start = frame.vector.startIndex
            var sums = CumulativeSimilarity(count: memory.classes.count)
            for layer in memory.exitLayers {
                let means = Array(frame.vector[start..<start + layer.channels]), scores = layer.scores(means)
                start += layer.channels
                func best(without class: Int? = nil) -> (Int, Double) {
                    var posterior = ClassProbabilities.posterior(
                        prior: prior, scores: scores.classes, unknown: scores.unknown, inverseTemperature: layer.inverseTemperature)
                    if let `class` { posterior.classes[`class`] = -.infinity }
                    let best = posterior.normalize()
                    return (best.index, posterior.unknown <= parameters.openSetThreshold ? best.logOdds : -.infinity)
                }
                trace.odds.append(best())
                trace.openSetOdds.append(best(without: frame.label).1)
                sums.add(memory.classes.indices.map { k in means.withUnsafeBufferPointer { layer.centers.cosine($0, k) } })
                let leader = sums.best
                trace.similarity.append((leader?.index ?? 0, leader?.margin ?? -1))
            }
            return trace
        }
    }

    /// Sets the laxest limits that hold the target, coming from strict ones; where even these miss it there are no exits.
    func set(_ memory: inout ClassMemory, target: Double) {
        guard !traces.isEmpty else { return }
        let range = ExitLimits.Constants.logOdds
        let odds = stride(from: range.upperBound, through: range.lowerBound, by: -Self.oddsStep)
        (memory.limits.logOdds, memory.heldOut) = laxest(odds, target, \.odds)
        let margins = traces.flatMap { $0.similarity.map { Float($0.value) } }
        let taus = (0...Self.quantiles).compactMap { quantile(margins, 1 - Double($0) / Double(Self.quantiles)) }
        memory.limits.tau = laxest(taus.map { max(Double($0), ExitLimits.Constants.tau.lowerBound) }, target, \.similarity).limit
    }

    private func laxest(
        _ limits: some Sequence<Double>, _ target: Double, _ evidence: KeyPath<Trace, [(index: Int, value: Double)]>
    ) -> (limit: Double, ClassMemory.HeldOut) {
        var best = (limit: ExitLimits.Constants.unreachable, outcome(ExitLimits.Constants.unreachable, evidence))
        for limit in limits {
            let outcome = outcome(limit, evidence)
            let held = isLabelled ? 1 - (outcome.networkAccuracy! - outcome.accuracy!) : outcome.agreement
            if held >= target { best = (limit, outcome) }
            if held < target - Self.tolerance { break }
        }
        return best
    }

    /// What exits at a limit come to.
    private func outcome(_ limit: Double, _ evidence: KeyPath<Trace, [(index: Int, value: Double)]>) -> ClassMemory.HeldOut {
        var result = ClassMemory.HeldOut(frames: traces.count, exits: 0, depth: 0, agreement: 0)
        var right = 0.0, networkRight = 0.0
        for trace in traces {
            let layer = trace[keyPath: evidence].firstIndex { $0.value >= limit }
            let answer = layer.map { trace[keyPath: evidence][$0].index } ?? trace.answer
            if layer != nil { result.exits += 1 }
            if evidence == \.odds, trace.openSetOdds.contains(where: { $0 >= limit }) { result.openSetErrors += 1 }
            result.depth += layer.map { macsFractions[$0] } ?? 1
            if answer == trace.answer { result.agreement += 1 }
            if answer == trace.label { right += 1 }
            if trace.answer == trace.label { networkRight += 1 }
        }
        let count = Double(traces.count)
        for part in [\ClassMemory.HeldOut.exits, \.depth, \.agreement, \.openSetErrors] { result[keyPath: part] /= count }
        if isLabelled { (result.networkAccuracy, result.accuracy) = (networkRight / count, right / count) }
        return result
    }
}

/// Nil for no values.
func quantile(_ values: [Float], _ share: Double) -> Float? {
    let sorted = values.sorted()
    return sorted.isEmpty ? nil : sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]
}
