import Foundation
import Inference

/// Makes a memory of frames whose classes are known, by labels or by the network's own answers.
///
/// The last fifth of each source is kept apart: nothing is learnt of it, and the limits of exits are set on it.
public struct MemoryBuilder {
    private struct Sample {
        /// Index in `classes`: what the frame counts for.
        let index: Int
        /// Index in `classes` of the network's own answer.
        let answer: Int
        /// The answer's top-1 margin, in logits.
        let margin: Float
        let source: Int
    }

    private let exitPoints: [ExitPoint]
    private var classes: [ClassMemory.KnownClass] = []
    private var samples: [Sample] = []
    /// Channel means of all exit points, sample after sample.
    private var vectors: [Float] = []
    private let width: Int
    private var isLabelled = false

    /// Numbers of the distance thresholds were chosen with `OddsRule.Parameters`; the others bound what a build takes.
    private enum Constants {
        /// Frames that are taken; later ones are ignored.
        static let mostFrames = 50_000
        /// Frames to learn of without which there is no memory.
        static let fewestFrames = 20
        /// Inverse temperatures that are tried: from the first on, each this many times the one before.
        static let firstInverseTemperature: Float = 0.02
        static let inverseTemperatureFactor: Float = 1.18
        static let inverseTemperatures = 28
        /// Labelled images: share of pairs with different answers that may be nearer than the threshold, of pairs of which
        /// each answer leads by at least `sureMargin` logits.
        static let nearPairs = 0.002
        static let sureMargin: Float = 2
        /// Pairs that are drawn, and the fewest to choose a threshold by.
        static let mostPairs = 6_000
        static let fewestPairs = 500
        /// Squared distance per channel where there are fewer, and the least one.
        static let usualThreshold: Float = 0.2
        static let leastThreshold: Float = 0.02
        /// Clips: how many frames apart pairs are, and the fewest pairs to choose a threshold by.
        static let frameSteps = [1, 2, 4, 8, 16, 32]
        static let fewestClipPairs = 50
    }

    public init(_ exitPoints: [ExitPoint]) {
        self.exitPoints = exitPoints
        width = exitPoints.reduce(0) { $0 + $1.channels }
    }

    public var count: Int { samples.count }
    public var isFull: Bool { samples.count >= Constants.mostFrames }

    /// - Parameters:
    ///   - vectors: channel means of the exit points, one after the other.
    ///   - answer: the network's.
    ///   - label: what the frame shows; nil takes the network's answer.
    ///   - source: number of the folder or clip that it is from.
    public mutating func add(
        _ vectors: [Float], answer: Recognizer.Answer, label: ClassMemory.KnownClass?, source: Int
    ) {
        guard !isFull, let best = answer.best.first?.known, vectors.allSatisfy(\.isFinite) else { return }
        if label != nil { isLabelled = true }
        samples.append(Sample(index: index(of: label ?? best), answer: index(of: best), margin: answer.margin, source: source))
        self.vectors += vectors
    }

    private mutating func index(of known: ClassMemory.KnownClass) -> Int {
        if let index = classes.firstIndex(where: { $0.classID == known.classID }) { return index }
        classes.append(known)
        return classes.count - 1
    }

    /// - Parameter target: agreement to be held: with the network's answers, or, where frames are labelled, the share of its
    ///   right answers that is not lost.
    /// - Throws: when too little was shown.
    public func build(model name: String, sha256: String, targetAgreement target: Double) throws(MemoryError) -> ClassMemory {
        guard !exitPoints.isEmpty else { throw MemoryError(.tooLittle, "the model has no layer after which it could be left early") }
        let (shown, apart) = split()
        let used = Set(shown.map { samples[$0].index })
        guard shown.count >= Constants.fewestFrames, used.count >= 2 else {
            throw MemoryError(
                .tooLittle,
                "\(samples.count) usable frames of \(used.count) classes: a memory wants at least 25 frames of 2 classes; "
                    + "give more images or clips")
        }
        var memory = ClassMemory(
            modelSHA256: sha256, modelName: name, classes: classes, hot: HotClasses(count: classes.count), exitLayers: [],
            limits: ExitLimits(), targetAgreement: target, heldOut: ClassMemory.HeldOut())
        var offset = 0
        for point in exitPoints {
            memory.exitLayers.append(exitLayer(point, offset, shown, apart, target))
            offset += point.channels
        }
        Calibration(memory, apart.map { (vector($0), samples[$0].index, samples[$0].answer) }, isLabelled: isLabelled).set(
            &memory, target: target)
        memory.limits.risk = (1 - target).clamped(to: ExitLimits.Constants.risk)
        return memory
    }

    /// Indices of the frames that are learnt of, and of those that are kept apart.
    private func split() -> (shown: [Int], apart: [Int]) {
        let apart = Set(
            Dictionary(grouping: samples.indices) { samples[$0].source }.values.flatMap { $0.dropFirst($0.count * 4 / 5) })
        return (samples.indices.filter { !apart.contains($0) }, samples.indices.filter(apart.contains))
    }

    private func vector(_ sample: Int) -> ArraySlice<Float> { vectors[sample * width..<(sample + 1) * width] }

    private func exitLayer(
        _ point: ExitPoint, _ offset: Int, _ shown: [Int], _ apart: [Int], _ target: Double
    ) -> ClassMemory.ExitLayer {
        let n = point.channels
        func means(_ i: Int) -> ArraySlice<Float> { vectors[i * width + offset..<i * width + offset + n] }
        var sums = [[Double]](repeating: [Double](repeating: 0, count: n), count: classes.count)
        var counts = Array(repeating: 0, count: classes.count)
        for i in shown {
            let k = samples[i].index
            counts[k] += 1
            for (c, value) in means(i).enumerated() { sums[k][c] += Double(value) }
        }
        // Nil for classes that only the frames kept apart show.
        let centers: [[Float]?] = zip(sums, counts).map { sum, count in count > 0 ? sum.map { Float($0 / Double(count)) } : nil }
        var scatter = [Double](repeating: 0, count: n * n)
        scatter.withUnsafeMutableBufferPointer { scatter in
            for i in shown {
                let difference = zip(means(i), centers[samples[i].index]!).map { Double($0 - $1) }
                difference.withUnsafeBufferPointer { difference in
                    for a in 0..<n where difference[a] != 0 {
                        for b in 0..<n { scatter[a * n + b] += difference[a] * difference[b] }
                    }
                }
            }
        }
        let known = centers.compactMap(\.self), whitening = Whitening(means: known, scatter: scatter, count: shown.count)
        var classCenters = ClassCenters(channels: n)
        for (center, count) in zip(centers, counts) { classCenters.append(center, count: count, whitening) }
        func whitened(_ i: Int) -> [Float] { whitening.apply(Array(means(i))) }
        var layer = ClassMemory.ExitLayer(
            name: point.name, step: point.step, macsFraction: point.macsFraction, whitening: whitening, centers: classCenters,
            inverseTemperature: 1,
            distanceThreshold: isLabelled ? thresholdByLabels(shown, whitened) : thresholdByTime(target, whitened),
            background: BackgroundModel(centers: known.map(whitening.apply), channels: n))
        layer.inverseTemperature = inverseTemperature(
            (apart.isEmpty ? shown : apart).map { (samples[$0].answer, layer.scores(Array(means($0)))) })
        return layer
    }

    /// What makes scores the likeliest logarithms of probabilities of the network's answers, and of an unknown class: each frame is
    /// taken twice, the second time as if its class were not in the memory.
    private func inverseTemperature(_ frames: [(answer: Int, scores: (classes: [Float], unknown: Float))]) -> Float {
        var best: (loss: Double, value: Float) = (.infinity, 1)
        for step in 0..<Constants.inverseTemperatures {
            let value = Constants.firstInverseTemperature * pow(Constants.inverseTemperatureFactor, Float(step))
            var loss = 0.0
            for (answer, scores) in frames where scores.classes[answer].isFinite {
                var known = ClassProbabilities(
                    classes: scores.classes.map { $0 * value }, unknown: scores.unknown * value + log(Float(classes.count)))
                var unknown = known
                unknown.classes[answer] = -.infinity
                _ = known.normalize()
                _ = unknown.normalize()
                loss -= log(Double(max(known.classes[answer], 1e-9))) + log(Double(max(unknown.unknown, 1e-9)))
            }
            if loss < best.loss { best = (loss, value) }
        }
        return best.value
    }

    /// The distance threshold of labelled images, which show no scene twice: below it lie hardly any pairs of frames with different,
    /// sure answers.
    private func thresholdByLabels(_ shown: [Int], _ whitened: (Int) -> [Float]) -> Float {
        let sure = shown.filter { samples[$0].margin >= Constants.sureMargin }.map { (answer: samples[$0].answer, z: whitened($0)) }
        guard sure.count > 1 else { return Constants.usualThreshold }
        // A fixed sequence: the same frames give the same memory.
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15, distances: [Float] = []
        func draw() -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(sure.count))
        }
        for _ in 0..<10 * Constants.mostPairs where distances.count < Constants.mostPairs {
            let (a, b) = (sure[draw()], sure[draw()])
            if a.answer != b.answer { distances.append(meanSquaredDifference(a.z, b.z)) }
        }
        guard distances.count >= Constants.fewestPairs else { return Constants.usualThreshold }
        return max(quantile(distances, Constants.nearPairs)!, Constants.leastThreshold)
    }

    /// The distance threshold of clips: up to it frames have the answer of one shortly before as often as `target` asks, next to an
    /// answer with a large top-1 margin.
    private func thresholdByTime(_ target: Double, _ whitened: (Int) -> [Float]) -> Float {
        let all = samples.indices.map(whitened), parameters = OddsRule.Parameters()
        var pairs: [(distance: Float, agrees: Bool)] = []
        for step in Constants.frameSteps {
            for i in samples.indices.dropLast(step) where samples[i].source == samples[i + step].source {
                let allowance = Exemplars.allowance(margin: samples[i].margin, parameters)
                guard allowance > 0 else { continue }
                let distance = meanSquaredDifference(all[i], all[i + step])
                pairs.append((distance / allowance, samples[i].answer == samples[i + step].answer))
            }
        }
        pairs.sort { $0.distance < $1.distance }
        var agreed = 0, threshold: Float = 0
        for (i, pair) in pairs.enumerated() {
            if pair.agrees { agreed += 1 }
            if i >= Constants.fewestClipPairs, Double(agreed) >= target * Double(i + 1) { threshold = pair.distance }
        }
        return threshold / Float(ExitLimits().distanceScale)
    }
}

private func meanSquaredDifference(_ a: [Float], _ b: [Float]) -> Float {
    zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } / Float(a.count)
}
