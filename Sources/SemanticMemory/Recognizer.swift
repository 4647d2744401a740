import Foundation

/// Decides at each tap whether the frame's class is known already, and learns from frames that are (paper, §4).
///
/// ```
/// tap's mean vector ──whiten──▶ nearly that of a frame just answered?  ──▶ its answer       (scene)
///                          └──▶ scores of classes + what was expected  ──▶ odds ≥ limit?    (classes)
/// ```
/// Among what the odds are against is a class that is not known. An exit by odds answers one frame: if the scene stays, the
/// next goes to the end, so that a wrong one does not last.
///
/// With `Settings.rule` `.paper` it decides by cumulative cosine similarity among the hot classes instead.
public final class Recognizer {
    public struct Settings: Sendable {
        public enum Rule: String, Sendable, CaseIterable {
            /// Scenes, and odds of whitened scores.
            case odds
            /// The paper's cosine and margin.
            case paper
        }

        public var rule = Rule.odds
        /// A fixed number of hot classes; nil adapts it to 95 % of the scores.
        public var hotClasses: Int?
        /// Whether centres, frequencies and new classes are learnt while running.
        public var learns = true
        /// Whether frequent classes are preferred; else every class is compared, and none is expected.
        public var prefersHot = true
        /// Whether frames may be answered as a frame just before them.
        public var remembersScenes = true
        /// Share of exits to be right; nil keeps the limits as they are.
        public var targetAgreement: Double?

        public init() {}
    }

    /// Where a frame was left, or would have been.
    public struct Exit: Sendable {
        public let tap: Int
        /// Index in `memory.classes`.
        public let index: Int
        public let evidence: Evidence
        /// How far the evidence was past the limit: logits (`classes`), a share of the distance (`scene`), or the paper's
        /// (SA₁ − SA₂) / SA₂ (`similarity`).
        public let margin: Double
        let chances: Chances?
        /// Of `memory.classes`; for `classes` only.
        public var probabilities: [Float]? { chances?.classes }
        /// The chance that the answer is wrong, as far as known.
        var risk = 0.0
    }

    /// What the whole network said.
    public struct Answer: Sendable {
        /// By falling probability.
        public let best: [(known: ClassMemory.KnownClass, probability: Float)]

        public init(_ best: [(known: ClassMemory.KnownClass, probability: Float)]) { self.best = best }

        /// How far ahead the first is, in logits.
        var margin: Float {
            guard let first = best.first?.probability, first > 0 else { return 0 }
            guard best.count > 1, best[1].probability > 0 else { return 20 }
            return log(first / best[1].probability)
        }
    }

    public private(set) var memory: ClassMemory
    public let settings: Settings
    /// Where this frame was left; nil when it went to the end.
    public private(set) var exit: Exit?
    private var wouldExit: Exit?
    private var isAudit = false
    /// How many exits by odds have to be right, run to the end, before any is taken. Without labels the odds were learnt of
    /// frames much like each other, and may mean nothing here.
    private var proofs: Int
    private static let wantedProofs = 3
    /// Frames for which odds count for nothing after a wrong exit, and for how many after the next one.
    private var suspended = 0
    private var suspension = 50
    private var goesToEnd = false
    private var isAgain = false
    private var expectation = Expectation()
    private var episodes = Episodes()
    private var expected = Chances.even(0)
    private var similarity = CumulativeSimilarity(count: 0)
    private var candidates: [Int] = []
    /// This frame's vectors, as they came and whitened, tap after tap.
    private var raw: [Float]
    private var whitened: [Float]
    private let offsets: [Int]
    private var scores: [Float] = []
    private var seen = 0
    /// The last frame's first vector, whitened: whether the scene is another.
    private var lastFirst: [Float] = []
    private var isNewScene = true
    /// What was expected when the scene came into view: frames of one scene tell the same, and do not add up.
    private var expectedOfScene = Chances.even(0)
    /// The best margin of a frame that went to the end.
    public private(set) var bestMargin = 0.0

    public init(_ memory: ClassMemory, _ settings: Settings = Settings()) {
        (self.memory, self.settings) = (memory, settings)
        proofs = memory.heldOut.networkAccuracy == nil && settings.targetAgreement != nil ? Self.wantedProofs : 0
        var offset = 0
        offsets = memory.taps.map { tap in
            defer { offset += tap.channels }
            return offset
        }
        raw = Array(repeating: 0, count: offset)
        whitened = Array(repeating: 0, count: offset)
    }

    /// Starts another input: the last scene is over. What is known of classes stays.
    public func reset() {
        expectation.forget()
        episodes.forget()
        lastFirst = []
    }

    /// Starts a frame.
    ///
    /// - Parameters:
    ///   - isAudit: the frame goes to the end even if it could be left, to see whether leaving would have been right.
    ///   - goesToEnd: the frame is not left, for other reasons.
    public func begin(isAudit: Bool, goesToEnd: Bool) {
        (self.isAudit, self.goesToEnd, isAgain) = (isAudit, goesToEnd, false)
        isNewScene = true
        suspended = max(0, suspended - 1)
        (exit, wouldExit, seen, bestMargin) = (nil, nil, 0, settings.rule == .paper ? 0 : -40)
        let count = memory.classes.count
        if settings.rule == .paper {
            similarity = CumulativeSimilarity(count: count)
            candidates = settings.prefersHot ? memory.hot.hot(fixed: settings.hotClasses) : Array(0..<count)
            if candidates.count < 2 { candidates = Array(0..<count) }
        } else {
            expected =
                settings.prefersHot
                ? expectation.logarithms(memory.hot.hot(fixed: settings.hotClasses), memory.hot)
                : .even(count)
        }
    }

    /// A frame that is not looked at: what it shows is not known, nor whether the next one's scene is still the last one seen.
    public func passOver() {
        (exit, wouldExit, seen, isAudit, bestMargin) = (nil, nil, 0, false, settings.rule == .paper ? 0 : -40)
        suspended = max(0, suspended - 1)
        expectation.forget()
        lastFirst.removeAll(keepingCapacity: true)
    }

    /// The same frame once more, computed in full: its vectors replace those from reuse, and what was found stays found.
    public func again() { (goesToEnd, isAgain, seen) = (true, seen > 0, 0) }

    /// Takes the mean vector of the next tap. - Returns: whether the frame is left here.
    public func consider(_ tap: Int, _ vector: UnsafeBufferPointer<Float>) -> Bool {
        let offset = offsets[tap]
        raw.withUnsafeMutableBufferPointer { ($0.baseAddress! + offset).update(from: vector.baseAddress!, count: vector.count) }
        seen = tap + 1
        guard wouldExit == nil && !isAgain || settings.rule == .odds else { return false }
        let found = settings.rule == .paper ? compare(tap, vector) : weigh(tap, vector)
        guard wouldExit == nil, let found, !goesToEnd else { return false }
        if found.evidence == .classes, suspended > 0 { return false }
        if isAudit || found.evidence == .classes && proofs > 0 {
            wouldExit = found
            return false
        }
        exit = found
        return true
    }

    private func compare(_ tap: Int, _ vector: UnsafeBufferPointer<Float>) -> Exit? {
        var similarities = [Float?](repeating: nil, count: memory.classes.count)
        for k in candidates { similarities[k] = memory.taps[tap].centres.cosine(vector, k) }
        similarity.add(similarities)
        guard let best = similarity.best(of: candidates) else { return nil }
        bestMargin = max(bestMargin, best.margin)
        guard best.margin > memory.limits.tau else { return nil }
        return Exit(tap: tap, index: best.index, evidence: .similarity, margin: best.margin, chances: nil)
    }

    private func weigh(_ tap: Int, _ vector: UnsafeBufferPointer<Float>) -> Exit? {
        let channels = vector.count, offset = offsets[tap]
        return whitened.withUnsafeMutableBufferPointer { buffer -> Exit? in
            let z = buffer.baseAddress! + offset
            memory.taps[tap].whitening.apply(vector, to: z)
            if tap == 0 { follow(z, channels) }
            // An audited frame is looked at once more for its vectors only.
            guard wouldExit == nil, !isAgain else { return nil }
            if settings.remembersScenes {
                let limit = memory.taps[tap].nearness * Float(memory.limits.reach)
                if let near = episodes.nearest(z, channels: channels, offset: offset, limit: limit) {
                    return Exit(tap: tap, index: near.index, evidence: .scene, margin: Double(1 - near.share), chances: nil)
                }
            }
            return isNewScene && memory.limits.hasClassExits ? odds(tap, UnsafeBufferPointer(start: z, count: channels)) : nil
        }
    }

    /// Takes a frame's first vector: what is expected stays, if the scene does.
    private func follow(_ z: UnsafePointer<Float>, _ channels: Int) {
        if lastFirst.count == channels, !isAgain {
            let limit = memory.taps[0].nearness * Float(memory.limits.reach) * Float(channels)
            isNewScene = lastFirst.withUnsafeBufferPointer { squaredDistance(z, $0.baseAddress!, channels) } > limit
        }
        if isNewScene || expectedOfScene.classes.count != expected.classes.count {
            expectedOfScene = expected
        } else {
            expected = expectedOfScene
        }
        lastFirst.removeAll(keepingCapacity: true)
        lastFirst.append(contentsOf: UnsafeBufferPointer(start: z, count: channels))
    }

    private func odds(_ tap: Int, _ z: UnsafeBufferPointer<Float>) -> Exit? {
        let count = memory.classes.count, sharpness = memory.taps[tap].sharpness
        if scores.count != count { scores = Array(repeating: 0, count: count) }
        // Whether the best is far ahead is soon told; probabilities are for those that are.
        var first = -Float.infinity, second = -Float.infinity
        scores.withUnsafeMutableBufferPointer { scores in
            memory.taps[tap].centres.scores(z.baseAddress!, scores.baseAddress!)
            expected.classes.withUnsafeBufferPointer { expected in
                for k in 0..<count {
                    let value = sharpness * scores[k] + expected[k]
                    second = max(second, min(first, value))
                    first = max(first, value)
                }
            }
        }
        bestMargin = max(bestMargin, Double(min(first - second, 40)) - memory.limits.logOdds)
        guard Double(first - second) >= memory.limits.logOdds else { return nil }
        var chances = Chances.weighing(expected, scores, unknown: memory.taps[tap].background.score(z), sharpness: sharpness)
        let best = chances.normalize()
        guard best.logOdds >= memory.limits.logOdds, chances.unknown <= Self.strangeness else { return nil }
        return Exit(
            tap: tap, index: best.index, evidence: .classes, margin: best.logOdds - memory.limits.logOdds, chances: chances,
            risk: 1 / (1 + exp(min(best.logOdds, 40))))
    }

    /// The chance that a frame is of no class that is known, up to which it may leave.
    static let strangeness: Float = 0.01

    /// Ends a frame that was left.
    public func left() {
        guard let exit else { return }
        if exit.evidence == .classes, settings.targetAgreement != nil { memory.limits.spent(exit.risk) }
        answered(exit.index, exit.chances, learns: exit.evidence != .scene)
    }

    /// Ends a frame that went to the end.
    ///
    /// - Returns: for an audited frame that could have been left, whether its answer would have been the network's.
    @discardableResult
    public func finished(_ answer: Answer) -> Bool? {
        guard let best = answer.best.first else { return nil }
        var index = memory.classes.firstIndex { $0.classID == best.known.classID }
        if index == nil, settings.learns { index = memory.append(best.known) }
        guard let index else { return nil }
        var chances = weighed(answer)
        let together = chances.normalize().index
        defer {
            answered(index, chances, learns: true)
            if settings.rule == .odds {
                if seen == memory.taps.count { episodes.remember(index, whitened, margin: answer.margin) }
                if isNewScene, settings.targetAgreement != nil { memory.limits.spent(0) }
            }
        }
        guard let wouldExit else { return nil }
        let agrees = wouldExit.index == index
        if let target = settings.targetAgreement {
            // Where labels say what is right, what was expected counts for the network's answer as it did for the exit's: one odd frame does not refute it.
            let isLenient = wouldExit.evidence == .classes && memory.heldOut.networkAccuracy != nil
            let isRight = agrees || (isLenient && wouldExit.index == together)
            if wouldExit.evidence == .classes, !isLenient { prove(agrees) }
            memory.limits.learn(wouldExit.evidence, agreed: isRight, target: target)
        }
        return agrees
    }

    private func prove(_ isRight: Bool) {
        if isRight {
            (proofs, suspension) = (max(0, proofs - 1), max(50, suspension / 2))
        } else {
            (proofs, suspended, suspension) = (Self.wantedProofs, suspension, min(2 * suspension, 10_000))
        }
    }

    /// The logarithms of what was expected and of what the network says, together. Networks are surer than they are right.
    private func weighed(_ answer: Answer) -> Chances {
        let count = memory.classes.count, doubt = 0.1 / Float(max(1, count))
        var said = [Float](repeating: 0, count: count), others: Float = 0
        for (known, probability) in answer.best {
            if let k = memory.classes.firstIndex(where: { $0.classID == known.classID }) {
                said[k] = probability
            } else {
                others += probability
            }
        }
        // A class that is new was expected as one that is not known.
        return Chances(
            classes: said.indices.map {
                log(0.9 * said[$0] + doubt) + ($0 < expected.classes.count ? expected.classes[$0] : expected.unknown)
            },
            unknown: log(0.9 * others + doubt) + expected.unknown)
    }

    private func answered(_ index: Int, _ chances: Chances?, learns: Bool) {
        expectation.saw(index, chances, isNewScene: isNewScene)
        guard settings.learns else { return }
        memory.hot.answered(index)
        guard learns else { return }
        let whitens = settings.rule == .odds
        raw.withUnsafeBufferPointer { raw in
            whitened.withUnsafeBufferPointer { whitened in
                for tap in 0..<seen {
                    memory.taps[tap].centres.add(
                        raw.baseAddress! + offsets[tap], whitened: whitens ? whitened.baseAddress! + offsets[tap] : nil, to: index)
                }
            }
        }
    }
}
