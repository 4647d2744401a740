import DeepCache
import Inference
import Models
import SemanticMemory
import Vision

/// Semantic memory beside a classifier: watches its runs, ends them early, answers for those, and learns from the others.
///
/// For each frame: `begin`, a run of the network with a probe of `makeProbe`, then `takeExit`, and `finish` if that was nil.
final class MemoryRecall {
    private let recognizer: Recognizer
    private let model: LoadedModel
    private let exitPoints: [ExitPoint]
    /// Decodes the network's answer in full: what is reported may leave classes out.
    private let answerHead: any Head
    private let saveTo: String?
    /// No exit is certain to be right: where all have to be, there is none.
    private let mayExit: Bool
    /// Share of exits that are to have the network's answer.
    private let target: Double
    private var probes: [ExitProbe] = []
    /// Whether this frame's exit points are looked at.
    private var isLooking = true { didSet { for probe in probes { probe.isEnabled = isLooking } } }
    private var looks = LookSchedule()
    private var audits = ExitAudits()
    /// Of the input so far.
    private(set) var counts: ExitCounts
    /// The first frame after a break goes to the end: there is nothing yet for reuse to go on from.
    private var isFirst = true
    /// What the network said of each class's latest scene, by index in the memory.
    private var results: [Int: HeadResult] = [:]

    /// - Throws: `DeepVidError` for an unusable file, a memory of another model, or a model that is no classifier.
    init(_ model: LoadedModel, _ options: MemoryOptions) throws(DeepVidError) {
        let memory = try MemoryStore.read(options.file)
        guard model.card.head == .classification else {
            throw DeepVidError(
                .invalidOptions,
                "--memory is for classifiers: the answer of \(model.name), head \(model.card.head.rawValue), is more than a class")
        }
        let cuts = model.plan.allExitPoints()
        do throws(MemoryError) {
            try memory.check(sha256: model.sha256, model: model.name, cuts)
        } catch {
            throw DeepVidError(named: error.code.rawValue, "\(options.file): \(error.message)", cause: error)
        }
        let steps = Set(memory.exitLayers.map(\.step))
        exitPoints = cuts.filter { steps.contains($0.step) }
        answerHead = try model.makeAnswerHead()
        target = options.targetAgreement ?? memory.targetAgreement
        mayExit = target < 1
        counts = ExitCounts(target: target)
        recognizer = Recognizer(memory, rule: options.rule, targetAgreement: options.targetAgreement)
        (self.model, saveTo) = (model, options.saveTo)
    }

    /// A probe for one session.
    func makeProbe() -> ExitProbe {
        let probe = ExitProbe(exitPoints)
        probe.decide = { [recognizer] layer, means in recognizer.consider(layer, means) }
        probes.append(probe)
        return probe
    }

    /// Whether this frame goes to the end to see whether an exit would have been right.
    var auditIsDue: Bool { audits.isDue }

    /// Starts another input.
    func beginInput() {
        reset()
        counts = ExitCounts(target: target)
    }

    /// Starts another view of the same input, which may have broken off. Counts go on.
    func reset() {
        recognizer.reset()
        (results, isFirst, looks) = ([:], true, LookSchedule())
    }

    /// Starts a frame, before the network runs.
    func begin() {
        isLooking = looks.advance() || audits.isDue || !recognizer.canSkipFrames
        guard isLooking else { return recognizer.skip() }
        recognizer.begin(isAudit: audits.isDue, mayExit: mayExit && !isFirst)
    }

    /// The network runs once more, in full, on the frame that did not exit.
    func restart() { recognizer.restart() }

    /// Ends a frame that exited. - Returns: its answer; nil, and nothing done, for a frame that went to the end.
    func takeExit() -> (answer: HeadResult, exit: FrameResult.Exit)? {
        guard let exit = recognizer.exit else { return nil }
        looks.record(couldExit: true)
        recognizer.finishEarly()
        let point = exitPoints[exit.layer]
        record(depth: point.macsFraction)
        let record = FrameResult.Exit(
            layer: point.name, macsFraction: point.macsFraction, margin: Double(exit.margin), evidence: exit.evidence.rawValue)
        if exit.evidence == .scene, let result = results[exit.index] { return (result, record) }
        return (.classes(classes(exit)), record)
    }

    /// Ends a frame that went to the end.
    func finish(_ outputs: [NamedTensor], _ result: HeadResult, placement: Placement) throws(VisionError) -> FrameResult.Exit {
        isFirst = false
        record(depth: 1)
        let record = FrameResult.Exit(layer: nil, macsFraction: 1, margin: Double(recognizer.bestMargin))
        guard isLooking else { return record }
        guard case .classes(let best) = try answerHead.decode(outputs, placement: placement, minimumScore: 0), let first = best.first else {
            return record
        }
        let answer = Recognizer.Answer(best), agreed = recognizer.finish(answer)
        looks.record(couldExit: agreed != nil)
        if let agreed {
            // What the network had to confirm first says nothing of the exits that are taken.
            if !recognizer.wasOnProbation { counts.record(audit: agreed) }
            if audits.isDue { audits.finish() }
        }
        if let index = recognizer.memory.index(of: .init(classID: first.classID, label: first.label)) { results[index] = result }
        return record
    }

    /// Ends a frame with the answer of the last one, as nothing changed.
    func finishUnchanged() { counts.record(depth: 0, isExit: false) }

    private func record(depth: Double) {
        counts.record(depth: depth, isExit: depth < 1)
        audits.record(depth: depth)
    }

    /// The classes of an exit by their probabilities, as the model reports its own.
    private func classes(_ exit: Recognizer.Exit) -> [Classification] {
        let known = recognizer.memory.classes
        guard let probabilities = exit.probabilities else {
            return [Classification(classID: known[exit.index].classID, label: known[exit.index].label, score: 1)]
        }
        let sorted = probabilities.indices.sorted {
            probabilities[$0] != probabilities[$1] ? probabilities[$0] > probabilities[$1] : known[$0].classID < known[$1].classID
        }
        let limit = model.filter.classes == nil ? model.filter.topK ?? 5 : .max
        return sorted.prefix(limit).filter { probabilities[$0] >= model.score }
            .map { Classification(classID: known[$0].classID, label: known[$0].label, score: min(probabilities[$0], 1)) }
    }

    /// Writes what was learnt, if that was asked for.
    func save() throws(DeepVidError) {
        if let saveTo { try MemoryStore.write(recognizer.memory, to: saveTo) }
    }
}

/// What early exits came to.
public struct ExitCounts: Sendable {
    public private(set) var frames = 0
    public private(set) var exits = 0
    /// Exits that were run to the end all the same, and those of them with the network's answer.
    public private(set) var audits = 0
    public private(set) var agreed = 0
    private var depth = 0.0
    /// What exits are held to.
    public let target: Double

    public init(target: Double) { self.target = target }

    /// Share of the audited exits with the network's answer; nil where none was audited.
    public var agreement: Double? { audits > 0 ? Double(agreed) / Double(audits) : nil }
    /// 95 % interval of that of all exits.
    public var interval: ClosedRange<Double>? { agreement.map { Agreement.wilson($0, trials: Double(audits)) } }

    /// Mean fraction of the multiply-accumulates up to where frames left; a frame in which nothing changed counts 0.
    public var meanDepth: Double { frames > 0 ? depth / Double(frames) : 0 }

    /// - Parameter depth: fraction of the multiply-accumulates up to where the frame was left.
    mutating func record(depth: Double, isExit: Bool) {
        frames += 1
        self.depth += depth
        if isExit { exits += 1 }
    }

    /// Takes whether an audited exit would have had the network's answer.
    mutating func record(audit agrees: Bool) {
        audits += 1
        if agrees { agreed += 1 }
    }
}

/// When a frame that could exit is run to the end all the same (`AuditSchedule`: a twentieth of the work at most): what the network
/// says then moves the limits of exits towards the target.
struct ExitAudits {
    private var schedule = AuditSchedule()
    /// Stays until an exit was audited.
    private(set) var isDue = false
    /// Fraction of the multiply-accumulates that an exit counts as at least: as something to be seen, however early it is; and as
    /// work, as exits that cost next to nothing would hardly ever be audited. benchmarks/results/2026-11-21-smtm.md, "no audit".
    private static let leastComputed = 0.05
    private static let leastCost = 0.4

    /// - Parameter depth: fraction of the multiply-accumulates up to where the frame was left; 1 at the end.
    mutating func record(depth: Double) {
        guard !isDue else { return }
        isDue = schedule.record(cost: max(depth, Self.leastCost), computed: depth < 1 ? max(depth, Self.leastComputed) : 0)
    }

    /// An exit was audited.
    mutating func finish() {
        schedule.recordAudit()
        isDue = false
    }
}

extension LoadedModel {
    /// The likeliest classes whatever their scores, for a memory to learn from.
    func makeAnswerHead() throws(DeepVidError) -> any Head {
        var card = card
        card.topK = 20
        do throws(VisionError) {
            return try card.makeHead(labels: labels, modelWidth: input.width, modelHeight: input.height)
        } catch {
            throw DeepVidError(.unusableModel, "\(name): \(error.description)")
        }
    }
}

extension Recognizer.Answer {
    init(_ best: [Classification]) {
        self.init(best.map { (known: ClassMemory.KnownClass(classID: $0.classID, label: $0.label), probability: $0.score) })
    }
}
