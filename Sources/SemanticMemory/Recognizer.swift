import Foundation

/// Lets frames leave a classifier at the first exit layer where their class is known, and learns from every frame (paper, §4).
///
/// For each frame: `begin` or `skip`; `consider` at each exit layer; then `finishEarly` if a layer was an exit, else
/// `finish(_:)` with the network's answer.
public final class Recognizer {
    public enum Rule: Sendable {
        /// Nearness to frames just answered, and odds of classes.
        case odds(OddsRule.Parameters = OddsRule.Parameters())
        /// SMTM's cumulative cosine similarity, as published.
        case paper

        /// As `--exit-rule` names it.
        public var name: String {
            switch self {
            case .odds: "odds"
            case .paper: "paper"
            }
        }
    }

    /// What an exit was decided by.
    public enum Evidence: String, Sendable, CaseIterable, Codable {
        /// The odds of one class against all others.
        case classes
        /// The layer's vector is nearly that of a frame whose answer is known.
        case scene
        /// The paper's cumulative cosine similarity.
        case similarity
    }

    /// Where a frame exits, or would.
    public struct Exit: Sendable {
        /// Index in `memory.exitLayers`.
        public let layer: Int
        /// Index in `memory.classes`.
        public let index: Int
        public let evidence: Evidence
        /// How far the evidence was past the limit: logits (`classes`), a share of the distance (`scene`), or the paper's
        /// (SA₁ − SA₂) / SA₂ (`similarity`).
        public let margin: Double
        var posterior: ClassProbabilities?
        /// Probability that the answer is wrong, by its odds.
        var risk = 0.0
        /// Whether it is not taken, so that the network can confirm it.
        var isOnProbation = false
        /// Whether it is not taken this time, so that the network says whether exits of its kind are right.
        var isDoubted = false
        /// Of `memory.classes`; nil unless the evidence is `classes`.
        public var probabilities: [Float]? { posterior?.classes }
    }

    /// What the whole network said.
    public struct Answer: Sendable {
        /// By falling probability.
        public let best: [(known: ClassMemory.KnownClass, probability: Float)]

        public init(_ best: [(known: ClassMemory.KnownClass, probability: Float)]) { self.best = best }

        /// The top-1 margin, in logits; 20 where the network names one class only.
        var margin: Float {
            guard let first = best.first?.probability, first > 0 else { return 0 }
            guard best.count > 1, best[1].probability > 0 else { return 20 }
            return log(first / best[1].probability)
        }
    }

    private struct Frame {
        var isAudit = false
        var mayExit = false
        /// By the paper's rule, and the classes that it compares.
        var similarity = CumulativeSimilarity(count: 0)
        var candidates: [Int] = []
        var bestMargin = -Double(ClassProbabilities.certainLogOdds)
        /// The network runs once more on this frame.
        var isRepeat = false
        /// Exit layers that were considered.
        var layers = 0
        var exit: Exit?
        /// An exit that was not taken.
        var withheld: Exit?
    }

    public private(set) var memory: ClassMemory
    /// Nil for the paper's rule.
    private var odds: OddsRule?
    private let target: Double
    private var frame = Frame()
    /// The frame's channel means as the network gives them, an array for each exit layer.
    private var means: [[Float]]

    /// - Parameter targetAgreement: share of exits to have the network's answer; nil is what the memory was built for. Where labels have set
    ///   the limits, that is to be right as often as the network, which it may be with its answer less often: exits are then held to the
    ///   agreement of the frames kept apart, and one odd frame of the network does not refute what frames before it have shown.
    public init(_ memory: ClassMemory, rule: Rule = .odds(), targetAgreement: Double? = nil) {
        self.memory = memory
        let goesByLabels = targetAgreement == nil && memory.heldOut.networkAccuracy != nil
        target =
            targetAgreement ?? (goesByLabels ? min(memory.targetAgreement, memory.heldOut.agreement) : memory.targetAgreement)
        if case .odds(let parameters) = rule {
            odds = OddsRule(memory, parameters, targetAgreement: target, goesByLabels: goesByLabels)
        }
        means = memory.exitLayers.map { Array(repeating: 0, count: $0.channels) }
    }

    /// Where this frame was left; nil when it was not.
    public var exit: Exit? { frame.exit }
    /// How far the best evidence of this frame was past its limit, or, negative, short of it.
    public var bestMargin: Double { frame.bestMargin }
    /// Whether the exit that this frame did not take was one that the network had to confirm first: it would not have been taken anyway.
    public var wasOnProbation: Bool { frame.withheld?.isOnProbation ?? false }
    /// Whether frames may be skipped; the published rule looks at every one.
    public var canSkipFrames: Bool { odds != nil }

    /// Starts another input: the last scene is over. What is known of classes stays.
    public func reset() { odds?.reset() }

    /// Starts a frame.
    ///
    /// - Parameters:
    ///   - isAudit: the frame goes to the end even if it could exit, to see whether the exit would have been right.
    ///   - mayExit: whether exits are of use at all.
    public func begin(isAudit: Bool, mayExit: Bool) {
        frame = Frame(isAudit: isAudit, mayExit: mayExit)
        odds?.begin(memory)
        if odds == nil {
            frame.similarity = CumulativeSimilarity(count: memory.classes.count)
            (frame.candidates, frame.bestMargin) = (memory.hot.indices(), 0)
        }
    }

    /// Passes a frame over, of which no layer is considered: whether the next one shows the scene last seen is not known.
    public func skip() {
        frame = Frame()
        odds?.skip()
    }

    /// The network runs once more on this frame, in full: its vectors replace those from reuse, and what was found stays found.
    public func restart() { (frame.mayExit, frame.isRepeat, frame.layers) = (false, frame.layers > 0, 0) }

    /// Takes the channel means of the next exit layer. - Returns: whether the frame exits here.
    public func consider(_ layer: Int, _ vector: UnsafeBufferPointer<Float>) -> Bool {
        means[layer].withUnsafeMutableBufferPointer { $0.baseAddress!.update(from: vector.baseAddress!, count: vector.count) }
        frame.layers = layer + 1
        let searches = frame.withheld == nil && !frame.isRepeat
        let found =
            odds != nil
            ? odds!.consider(layer, vector, memory, searches: searches, &frame.bestMargin)
            : searches ? considerSimilarity(layer, vector) : nil
        guard let found, frame.mayExit else { return false }
        if frame.isAudit || found.isOnProbation || found.isDoubted { frame.withheld = found } else { frame.exit = found }
        return frame.exit != nil
    }

    private func considerSimilarity(_ layer: Int, _ means: UnsafeBufferPointer<Float>) -> Exit? {
        var similarities = [Float?](repeating: nil, count: memory.classes.count)
        for k in frame.candidates { similarities[k] = memory.exitLayers[layer].centers.cosine(means, k) }
        frame.similarity.add(similarities)
        guard let best = frame.similarity.best else { return nil }
        frame.bestMargin = max(frame.bestMargin, best.margin)
        return best.margin > memory.limits.tau ? Exit(layer: layer, index: best.index, evidence: .similarity, margin: best.margin) : nil
    }

    /// Ends a frame that exited.
    public func finishEarly() {
        guard let exit = frame.exit else { return }
        odds?.finish(exit, &memory)
        memory.hot.record(exit.index)
        if exit.evidence != .scene { learn(exit.index) }
    }

    /// Ends a frame that went to the end. A class that the memory does not have is added to it.
    ///
    /// - Returns: for an audited frame that could have exited, whether its answer would have been the network's.
    @discardableResult
    public func finish(_ answer: Answer) -> Bool? {
        guard let best = answer.best.first?.known else { return nil }
        let index = memory.index(of: best) ?? memory.append(best), withheld = frame.withheld
        odds?.finish(index, answer, withheld: withheld, isWhole: frame.layers == means.count, &memory)
        if odds == nil, let withheld { memory.limits.record(.similarity, agreed: withheld.index == index, target: target) }
        memory.hot.record(index)
        learn(index)
        return withheld.map { $0.index == index }
    }

    /// Moves a class's centers toward the frame.
    private func learn(_ index: Int) {
        for layer in 0..<frame.layers {
            memory.exitLayers[layer].centers.add(means[layer], whitened: odds?.whitened[layer], to: index)
        }
    }
}
