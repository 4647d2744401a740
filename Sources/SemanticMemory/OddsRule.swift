import Foundation

/// The default exit rule. A frame exits at the first layer where either holds:
/// - it is nearly an exemplar, a frame that the whole network answered just before (evidence `scene`);
/// - the odds of one class against all others and an unknown one pass the limit (evidence `classes`). The posterior combines
///   the layer's scores with a prior from the frames before, which is fixed while a scene stays: frames of one scene tell the
///   same, and do not add up. Such an exit answers one frame; if the scene stays the next goes to the end, so that a wrong
///   answer does not last.
public struct OddsRule {
    /// Chosen on the tuning half of CIFAR-10's test images, with resnet8 and resnet20 and seeds 7 to 9:
    /// benchmarks/results/2026-11-21-smtm.md has what they come to on the other half.
    public struct Parameters: Sendable {
        /// Prior probability that a new scene shows an unknown class.
        public var novelty: Float = 0.2
        /// A frame whose posterior probability of an unknown class is above this does not exit by odds. At a tenth of it 5 % of
        /// shuffled frames exit instead of 23 %.
        public var openSetThreshold: Float = 0.01
        /// Exemplars that are kept, the latest of each class; 0 turns exits by scene off.
        public var exemplarCount = 6
        /// Top-1 margin of the network's answer, in logits, from which frames nearby have the same. Shifts by a pixel change the
        /// answer in one of 200 of CIFAR-10's pictures there, in one of five at 2.
        public var sureMargin: Float = 8
        /// Squared distance per channel, in whitened coordinates, from which two frames are no one scene, however alike frames were that
        /// the memory was built of: frames of one class are 2 apart on average.
        public var farthestScene: Float = 2
        /// Exits by scene that the network has to confirm before any is taken: of classes that a memory built without labels has (of one with
        /// labels: has not), and of those that one built without labels has not, as nothing that it learnt speaks for them.
        public var confirmedScenes = 5
        public var confirmedNewScenes = 25
        /// Weight of the past, a new scene, in the share of scenes that have the class of the one before.
        public var persistenceDecay: Float = 0.98
        /// The prior never holds it more likely than this that the class stays.
        public var largestPersistence: Float = 0.97
        /// The network's probabilities are too sure: this much of them is spread evenly over the classes.
        public var answerDoubt: Float = 0.1
        /// Exits that the network has to confirm before any is taken, for memories built without labels.
        public var probationExits = 3
        /// Frames for which odds are not used after the network refuted an exit: of the first time, and at most.
        public var suspension = 50...10_000

        public init() {}
    }

    private struct Frame {
        /// Logarithms.
        var prior: ClassProbabilities
        var isNewScene = true
    }

    private let parameters: Parameters
    private let target: Double
    /// Whether exits are to be right as often as the network, and need not have its answer.
    private let goesByLabels: Bool
    private var prior: Prior
    private var exemplars: Exemplars
    private var probation: Probation
    /// Of scenes with classes that the memory was built with, and of others.
    private var sceneCredit: SceneCredit
    private var newSceneCredit: SceneCredit
    private let builtClasses: Int
    private var frame: Frame
    /// The last frame's vector at the first exit layer, whitened: tells whether the scene is another. Empty when unknown.
    private var lastFirst: [Float] = []
    /// The prior of the scene's first frame.
    private var scenePrior: ClassProbabilities
    /// The frame's vectors, an array for each exit layer.
    private(set) var whitened: [[Float]]
    private var scores: [Float] = []

    init(_ memory: ClassMemory, _ parameters: Parameters, targetAgreement: Double, goesByLabels: Bool) {
        (self.parameters, target, self.goesByLabels) = (parameters, targetAgreement, goesByLabels)
        (prior, exemplars) = (Prior(parameters), Exemplars(parameters))
        let isUnlabelled = memory.heldOut.networkAccuracy == nil
        probation = Probation(isNeeded: isUnlabelled, parameters)
        sceneCredit = SceneCredit(target: targetAgreement, confirmations: isUnlabelled ? parameters.confirmedScenes : 0)
        newSceneCredit = SceneCredit(
            target: targetAgreement, confirmations: isUnlabelled ? parameters.confirmedNewScenes : parameters.confirmedScenes)
        builtClasses = memory.classes.count
        scenePrior = .uniform(0, novelty: parameters.novelty)
        frame = Frame(prior: scenePrior)
        whitened = memory.exitLayers.map { Array(repeating: 0, count: $0.channels) }
    }

    mutating func reset() {
        prior.reset()
        exemplars.removeAll()
        sceneCredit.restart()
        newSceneCredit.restart()
        lastFirst.removeAll(keepingCapacity: true)
    }

    mutating func begin(_ memory: ClassMemory) {
        frame = Frame(prior: prior.logarithms(memory.hot))
        probation.advance()
    }

    mutating func skip() {
        frame = Frame(prior: scenePrior)
        probation.advance()
        prior.reset()
        lastFirst.removeAll(keepingCapacity: true)
    }

    /// - Parameters:
    ///   - searches: false where the frame's vectors are of use to learn from only.
    ///   - bestMargin: rises to how far odds were past the limit.
    /// - Returns: the exit, if the class is known here.
    mutating func consider(
        _ layer: Int, _ means: UnsafeBufferPointer<Float>, _ memory: ClassMemory, searches: Bool, _ bestMargin: inout Double
    ) -> Recognizer.Exit? {
        whitened[layer].withUnsafeMutableBufferPointer { memory.exitLayers[layer].whitening.apply(means, to: $0.baseAddress!) }
        let threshold = memory.exitLayers[layer].distanceThreshold * Float(memory.limits.distanceScale)
        if layer == 0 { follow(threshold, compares: searches) }
        guard searches else { return nil }
        if let near = exemplars.nearest(whitened[layer], layer: layer, threshold: threshold) {
            let credit = self[keyPath: credit(of: near.index)]
            return Recognizer.Exit(
                layer: layer, index: near.index, evidence: .scene, margin: Double(1 - near.share), isOnProbation: !credit.allowsExits,
                isDoubted: credit.isCheckDue)
        }
        return frame.isNewScene && memory.limits.hasClassExits ? exitByOdds(layer, memory, &bestMargin) : nil
    }

    /// Finds out whether the scene is another, from a frame's vector at the first exit layer; while it stays, so does the prior.
    private mutating func follow(_ threshold: Float, compares: Bool) {
        let first = whitened[0]
        if compares, !lastFirst.isEmpty { frame.isNewScene = squaredDistance(first, lastFirst) > threshold * Float(first.count) }
        if frame.isNewScene || scenePrior.classes.count != frame.prior.classes.count {
            scenePrior = frame.prior
        } else {
            frame.prior = scenePrior
        }
        lastFirst.removeAll(keepingCapacity: true)
        lastFirst.append(contentsOf: first)
    }

    private mutating func exitByOdds(_ layer: Int, _ memory: ClassMemory, _ bestMargin: inout Double) -> Recognizer.Exit? {
        let count = memory.classes.count, remembered = memory.exitLayers[layer], limit = memory.limits.logOdds
        if scores.count != count { scores = Array(repeating: 0, count: count) }
        // The lead over the second class bounds the odds from above and costs no exponentials.
        var first = -Float.infinity, second = -Float.infinity
        scores.withUnsafeMutableBufferPointer { scores in
            whitened[layer].withUnsafeBufferPointer { remembered.centers.scores($0.baseAddress!, scores.baseAddress!) }
            frame.prior.classes.withUnsafeBufferPointer { prior in
                for k in 0..<count {
                    let value = remembered.inverseTemperature * scores[k] + prior[k]
                    second = max(second, min(first, value))
                    first = max(first, value)
                }
            }
        }
        let lead = first - second
        bestMargin = max(bestMargin, Double(min(lead, ClassProbabilities.certainLogOdds)) - limit)
        guard Double(lead) >= limit, !probation.isSuspended else { return nil }
        var posterior = ClassProbabilities.posterior(
            prior: frame.prior, scores: scores, unknown: whitened[layer].withUnsafeBufferPointer(remembered.background.score),
            inverseTemperature: remembered.inverseTemperature)
        let best = posterior.normalize()
        guard best.logOdds >= limit, posterior.unknown <= parameters.openSetThreshold else { return nil }
        return Recognizer.Exit(
            layer: layer, index: best.index, evidence: .classes, margin: best.logOdds - limit, posterior: posterior,
            risk: 1 / (1 + exp(min(best.logOdds, Double(ClassProbabilities.certainLogOdds)))), isOnProbation: probation.unconfirmed > 0)
    }

    private func credit(of index: Int) -> WritableKeyPath<OddsRule, SceneCredit> {
        index < builtClasses ? \.sceneCredit : \.newSceneCredit
    }

    /// The frame took this exit.
    mutating func finish(_ exit: Recognizer.Exit, _ memory: inout ClassMemory) {
        switch exit.evidence {
        case .classes: memory.limits.record(risk: exit.risk)
        case .scene: self[keyPath: credit(of: exit.index)].recordExit()
        case .similarity: break
        }
        prior.update(exit.index, exit.posterior, isNewScene: frame.isNewScene)
    }

    /// The frame went to the end.
    ///
    /// - Parameters:
    ///   - index: of the network's answer in `memory.classes`.
    ///   - withheld: the exit that was not taken.
    ///   - isWhole: whether every exit layer was considered.
    mutating func finish(
        _ index: Int, _ answer: Recognizer.Answer, withheld: Recognizer.Exit?, isWhole: Bool, _ memory: inout ClassMemory
    ) {
        var posterior = posterior(of: answer, memory)
        let likeliest = posterior.normalize().index
        if let withheld {
            let agrees = withheld.index == index
            // Where labels say what is right, the exit and the network's answer are to be the same under the same prior: one odd frame
            // of the network does not refute what frames before it have shown.
            let isLenient = withheld.evidence == .classes && goesByLabels
            if withheld.evidence == .classes, !isLenient { probation.record(isConfirmed: agrees) }
            if withheld.evidence == .scene { self[keyPath: credit(of: withheld.index)].record(isConfirmed: agrees) }
            memory.limits.record(withheld.evidence, agreed: agrees || isLenient && withheld.index == likeliest, target: target)
        }
        prior.update(index, posterior, isNewScene: frame.isNewScene)
        if isWhole { exemplars.add(index, whitened, margin: answer.margin) }
        if frame.isNewScene { memory.limits.record(risk: 0) }
    }

    /// Logarithms of the prior times what the network says.
    private func posterior(of answer: Recognizer.Answer, _ memory: ClassMemory) -> ClassProbabilities {
        let count = memory.classes.count, doubt = parameters.answerDoubt
        var classes = [Float](repeating: 0, count: count), others: Float = 0
        for (known, probability) in answer.best {
            if let k = memory.index(of: known) { classes[k] = probability } else { others += probability }
        }
        let prior = frame.prior
        func logarithm(_ probability: Float) -> Float { log((1 - doubt) * probability + doubt / Float(max(1, count))) }
        return ClassProbabilities(
            // A class that is new had the prior of an unknown one.
            classes: classes.indices.map { logarithm(classes[$0]) + ($0 < prior.classes.count ? prior.classes[$0] : prior.unknown) },
            unknown: logarithm(others) + prior.unknown)
    }
}

/// The last frames that the whole network answered, one of each of the latest classes: a scene that is still in view is known
/// from the first exit layers on.
struct Exemplars {
    private struct Exemplar {
        let index: Int
        /// Whitened, an array for each exit layer.
        let vectors: [[Float]]
        /// Of squared distances, for the top-1 margin of the network's answer.
        let allowance: Float
    }

    /// Latest last.
    private var all: [Exemplar] = []
    private let parameters: OddsRule.Parameters

    init(_ parameters: OddsRule.Parameters) { self.parameters = parameters }

    /// - Parameter margin: of the network's answer, in logits.
    mutating func add(_ index: Int, _ vectors: [[Float]], margin: Float) {
        guard parameters.exemplarCount > 0 else { return }
        all.removeAll { $0.index == index }
        if all.count == parameters.exemplarCount { all.removeFirst() }
        all.append(Exemplar(index: index, vectors: vectors, allowance: Self.allowance(margin: margin, parameters)))
    }

    mutating func removeAll() { all.removeAll() }

    /// What fraction of the distance threshold holds near a frame whose answer leads by `margin`: 1 from a sure one on.
    static func allowance(margin: Float, _ parameters: OddsRule.Parameters) -> Float {
        let sureness = min(1, max(0, margin) / parameters.sureMargin)
        return sureness * sureness
    }

    /// The nearest exemplar, and its squared distance as a share of what it may be; nil when none is within that.
    ///
    /// - Parameter threshold: squared distance per channel.
    func nearest(_ z: [Float], layer: Int, threshold: Float) -> (index: Int, share: Float)? {
        var best: (index: Int, share: Float)?
        for exemplar in all {
            let allowed = min(threshold * exemplar.allowance, parameters.farthestScene) * Float(z.count)
            guard allowed > 0 else { continue }
            let share = squaredDistance(z, exemplar.vectors[layer]) / allowed
            if share <= 1, share < best?.share ?? .infinity { best = (exemplar.index, share) }
        }
        return best
    }
}

/// Of two vectors of the same length.
func squaredDistance(_ a: [Float], _ b: [Float]) -> Float {
    a.withUnsafeBufferPointer { a in
        b.withUnsafeBufferPointer { b in
            var lanes = SIMD8<Float>(), c = 0
            while c + 8 <= a.count {
                var difference = SIMD8<Float>()
                for i in 0..<8 { difference[i] = a[c + i] - b[c + i] }
                lanes += difference * difference
                c += 8
            }
            var sum = lanes.sum()
            while c < a.count {
                sum += (a[c] - b[c]) * (a[c] - b[c])
                c += 1
            }
            return sum
        }
    }
}
