import Foundation
import Inference

/// Makes a memory of frames whose classes are known, by labels or by the network's own sure answers.
///
/// The last fifth of each source is kept apart: nothing is learnt of it, and the limits of exits are set on it.
public struct MemoryBuilder {
    private struct Sample {
        /// Index in `classes`: what the frame counts for.
        let index: Int
        /// Index in `classes` of the network's own answer.
        let answer: Int
        /// How far that is ahead of the next, in logits.
        let margin: Float
        let source: Int
    }

    private let taps: [ExitPoint]
    private var classes: [ClassMemory.KnownClass] = []
    private var samples: [Sample] = []
    /// Vectors of all taps, sample after sample.
    private var vectors: [Float] = []
    private let width: Int
    private var isLabelled = false
    /// Frames beyond these tell nothing new.
    public static let limit = 50_000

    public init(_ taps: [ExitPoint]) {
        self.taps = taps
        width = taps.reduce(0) { $0 + $1.channels }
    }

    public var count: Int { samples.count }
    public var isFull: Bool { samples.count >= Self.limit }
    public var classCount: Int { Set(samples.map(\.index)).count }

    /// - Parameters:
    ///   - vectors: the taps' means, one after the other.
    ///   - answer: the network's.
    ///   - label: what the frame shows; nil takes the network's word.
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
        guard !taps.isEmpty else { throw MemoryError(.tooLittle, "the model has no place where it could be left early") }
        let (shown, apart) = split()
        let used = Set(shown.map { samples[$0].index })
        guard shown.count >= 20, used.count >= 2 else {
            throw MemoryError(
                .tooLittle,
                "\(samples.count) usable frames of \(used.count) classes: a memory wants at least 25 frames of 2 classes; "
                    + "give more images or clips")
        }
        // Classes that only the frames kept apart have are not known.
        var memory = ClassMemory(
            modelSHA256: sha256, modelName: name, classes: classes, hot: HotClasses(count: classes.count), taps: [],
            limits: ExitLimits(), targetAgreement: target, heldOut: ClassMemory.HeldOut())
        var offset = 0
        for tap in taps {
            memory.taps.append(tapMemory(tap, offset, shown, apart, target))
            offset += tap.channels
        }
        Calibration(memory, apart.map { (vector($0), samples[$0].index, samples[$0].answer) }, isLabelled: isLabelled).set(
            &memory, target: target)
        memory.limits.risk = min(max(1 - target, ExitLimits.riskRange.lowerBound), ExitLimits.riskRange.upperBound)
        return memory
    }

    /// Indices of the frames that are learnt of, and of those that are kept apart.
    private func split() -> (shown: [Int], apart: [Int]) {
        var counts: [Int: Int] = [:], place: [Int: Int] = [:]
        for sample in samples { counts[sample.source, default: 0] += 1 }
        var shown: [Int] = [], apart: [Int] = []
        for (i, sample) in samples.enumerated() {
            let at = place[sample.source, default: 0]
            place[sample.source] = at + 1
            if at < counts[sample.source]! * 4 / 5 { shown.append(i) } else { apart.append(i) }
        }
        return (shown, apart)
    }

    private func vector(_ sample: Int) -> ArraySlice<Float> { vectors[sample * width..<(sample + 1) * width] }

    private func tapMemory(_ tap: ExitPoint, _ offset: Int, _ shown: [Int], _ apart: [Int], _ target: Double) -> ClassMemory.TapMemory {
        let n = tap.channels
        var sums = [[Double]](repeating: [Double](repeating: 0, count: n), count: classes.count),
            counts = Array(repeating: 0, count: classes.count)
        vectors.withUnsafeBufferPointer { vectors in
            for i in shown {
                let k = samples[i].index, x = vectors.baseAddress! + i * width + offset
                counts[k] += 1
                sums[k].withUnsafeMutableBufferPointer { sum in for c in 0..<n { sum[c] += Double(x[c]) } }
            }
        }
        let means: [[Float]?] = zip(sums, counts).map { sum, count in count > 0 ? sum.map { Float($0 / Double(count)) } : nil }
        var scatter = [Double](repeating: 0, count: n * n), difference = [Double](repeating: 0, count: n)
        vectors.withUnsafeBufferPointer { vectors in
            scatter.withUnsafeMutableBufferPointer { scatter in
                for i in shown {
                    let x = vectors.baseAddress! + i * width + offset, mean = means[samples[i].index]!
                    for c in 0..<n { difference[c] = Double(x[c] - mean[c]) }
                    for a in 0..<n {
                        let value = difference[a]
                        guard value != 0 else { continue }
                        for b in 0..<n { scatter[a * n + b] += value * difference[b] }
                    }
                }
            }
        }
        let whitening = Whitening(means: means.compactMap(\.self), scatter: scatter, count: shown.count)
        var centres = Centres(channels: n)
        for (mean, count) in zip(means, counts) { centres.append(mean, count: count, whitening) }
        func whitened(_ i: Int) -> [Float] { whitening.apply(Array(vectors[i * width + offset..<i * width + offset + n])) }
        let background = Background(centres: means.compactMap(\.self).map(whitening.apply), channels: n)
        var tap = ClassMemory.TapMemory(
            name: tap.name, step: tap.step, depthShare: tap.macsFraction, whitening: whitening, centres: centres, sharpness: 1,
            nearness: isLabelled ? nearness(shown, whitened) : steadiness(target, whitened), background: background)
        tap.sharpness = sharpness(
            (apart.isEmpty ? shown : apart).map {
                (samples[$0].answer, tap.scores(Array(vectors[$0 * width + offset..<$0 * width + offset + n])))
            })
        return tap
    }

    /// What makes scores the likeliest logarithms of probabilities of the network's answers, and of a class that is not known:
    /// each frame is taken twice, the second time as if its class had never been seen.
    private func sharpness(_ frames: [(answer: Int, scores: (classes: [Float], unknown: Float))]) -> Float {
        var best: (loss: Double, value: Float) = (.infinity, 1)
        for step in 0..<28 {
            let value = 0.02 * pow(1.18, Float(step))
            var loss = 0.0
            for (answer, scores) in frames where scores.classes[answer].isFinite {
                var known = Chances(classes: scores.classes.map { $0 * value }, unknown: scores.unknown * value + log(Float(classes.count)))
                var stranger = known
                stranger.classes[answer] = -.infinity
                _ = known.normalize()
                _ = stranger.normalize()
                loss -= log(Double(max(known.classes[answer], 1e-9))) + log(Double(max(stranger.unknown, 1e-9)))
            }
            if loss < best.loss { best = (loss, value) }
        }
        return best.value
    }

    /// The squared distance per channel below which one in 500 pairs of frames with different, sure answers is.
    private func nearness(_ shown: [Int], _ whitened: (Int) -> [Float]) -> Float {
        let sure = shown.filter { samples[$0].margin >= 2 }
        guard sure.count > 1 else { return Self.usualNearness }
        // A fixed sequence: the same frames give the same memory.
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15
        func draw() -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return sure[Int((state >> 33) % UInt64(sure.count))]
        }
        var cache: [Int: [Float]] = [:], distances: [Float] = []
        func known(_ i: Int) -> [Float] {
            if let z = cache[i] { return z }
            let z = whitened(i)
            cache[i] = z
            return z
        }
        var tries = 0
        while distances.count < 6_000, tries < 60_000 {
            tries += 1
            let (a, b) = (draw(), draw())
            guard samples[a].answer != samples[b].answer else { continue }
            let (p, q) = (known(a), known(b))
            distances.append(zip(p, q).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } / Float(p.count))
        }
        guard distances.count >= 500 else { return Self.usualNearness }
        return max(quantile(distances, 0.002)!, Self.leastNearness)
    }

    /// The squared distance per channel up to which frames of a clip have the answer of one before as often as wanted, next to
    /// an answer that is beyond doubt: what cameras show next is near, and here answers change.
    private func steadiness(_ target: Double, _ whitened: (Int) -> [Float]) -> Float {
        let all = samples.indices.map(whitened)
        var pairs: [(distance: Float, agrees: Bool)] = []
        for step in Self.steps {
            for i in samples.indices.dropLast(step) where samples[i].source == samples[i + step].source {
                let allowance = Episodes.allowance(margin: samples[i].margin)
                guard allowance > 0 else { continue }
                let distance = zip(all[i], all[i + step]).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } / Float(all[i].count)
                pairs.append((distance / allowance, samples[i].answer == samples[i + step].answer))
            }
        }
        pairs.sort { $0.distance < $1.distance }
        var agreed = 0, steady: Float = 0
        for (i, pair) in pairs.enumerated() {
            if pair.agrees { agreed += 1 }
            if i >= Self.fewPairs, Double(agreed) >= target * Double(i + 1) { steady = pair.distance }
        }
        return steady / Float(ExitLimits().reach)
    }

    /// How many frames apart.
    private static let steps = [1, 2, 4, 8, 16, 32]
    private static let fewPairs = 50
    /// Where too few pairs were seen to tell.
    private static let usualNearness: Float = 0.2
    private static let leastNearness: Float = 0.02
}

/// Nil of nothing.
func quantile(_ values: [Float], _ share: Double) -> Float? {
    let sorted = values.sorted()
    return sorted.isEmpty ? nil : sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]
}
