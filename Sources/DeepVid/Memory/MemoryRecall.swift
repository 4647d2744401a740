import Models
import DeepCache
import Inference
import Results
import SemanticMemory
import Vision

/// Semantic memory beside a network: watches its runs, leaves them early, answers for what was left, learns from the rest.
///
/// Now and then a frame that could be left is run to the end all the same (`AuditSchedule`, a twentieth of the work at
/// most): what the network says then moves the limits of exits towards the target.
final class MemoryRecall {
    private let recognizer: Recognizer
    private let model: LoadedModel
    private let taps: [Tap]
    /// The network's answer in full: what is reported may leave classes out.
    private let answers: any Head
    private var schedule = AuditSchedule()
    private var looks = LookSchedule()
    private var isLooking = true
    private var probes: [TapProbe] = []
    private let isAudited: Bool
    /// No exit is certain to be right: where all have to be, there is none.
    private let neverLeaves: Bool
    /// Whether the frame goes to the end to see whether leaving would have been right.
    private(set) var auditIsDue = false
    /// The first frame of an input goes to the end: there is nothing yet to resume.
    private var isFirst = true
    /// What the network said of each class's latest scene.
    private var results: [Int: HeadResult] = [:]
    private(set) var counts = Counts()
    private let saveTo: String?

    struct Counts {
        var frames = 0
        var exits = 0
        var depth = 0.0
        var audits = 0
        var agreed = 0
    }

    init(_ model: LoadedModel, _ options: MemoryOptions) throws(DeepVidError) {
        let memory = try MemoryStore.read(options.file)
        guard model.card.head == .classification else {
            throw DeepVidError(
                .invalidOptions,
                "--memory is for classifiers: the answer of \(model.name), head \(model.card.head.rawValue), is more than a class")
        }
        let cuts = model.plan.cuts()
        do throws(MemoryError) {
            try memory.check(sha256: model.sha256, model: model.name) { step in
                cuts.first { $0.step == step }.map { ($0.name, $0.channels) }
            }
        } catch {
            throw DeepVidError(named: error.code.rawValue, "\(options.file): \(error.message)", cause: error)
        }
        let steps = Set(memory.tapSteps)
        taps = cuts.filter { steps.contains($0.step) }
        answers = try model.makeAnswerHead()
        var settings = options.settings
        let target = options.targetAgreement ?? memory.targetAgreement
        // Where labels have set the limits, exits are right as often as the network, and so not always with it.
        let expected = memory.heldOut.networkAccuracy == nil ? target : min(target, memory.heldOut.agreement)
        settings.targetAgreement = options.isAudited ? options.targetAgreement ?? expected : nil
        neverLeaves = target >= 1
        recognizer = Recognizer(memory, settings)
        (self.model, isAudited, saveTo) = (model, options.isAudited, options.saveTo)
    }

    /// A probe for one session.
    func makeProbe() -> TapProbe {
        let probe = TapProbe(taps)
        probe.decide = { [recognizer] tap, means in recognizer.consider(tap, means) }
        probes.append(probe)
        return probe
    }

    /// Starts another input, or another view of it.
    func reset() {
        recognizer.reset()
        results = [:]
        isFirst = true
        looks = LookSchedule()
        counts = Counts()
    }

    /// Before the network runs once more, in full, on the frame that it did not leave.
    func again() { recognizer.again() }

    /// Before the network runs.
    func begin() {
        // The paper's rule is there to be measured as it is.
        isLooking = looks.isDue() || auditIsDue || recognizer.settings.rule == .paper
        for probe in probes { probe.isLooking = isLooking }
        guard isLooking else { return recognizer.passOver() }
        recognizer.begin(isAudit: auditIsDue, goesToEnd: isFirst || neverLeaves)
    }

    /// After the network ran: the answer, if it was left; nil when it went to the end.
    func exit() -> (result: HeadResult, exit: Exit)? {
        guard let exit = recognizer.exit else { return nil }
        looks.looked(couldLeave: true)
        recognizer.left()
        let tap = taps[exit.tap]
        counts.exits += 1
        count(depth: tap.depthShare)
        let record = Exit(tap: tap.name, depthShare: tap.depthShare, margin: exit.margin, evidence: exit.evidence.rawValue)
        if exit.evidence == .scene, let result = results[exit.index] { return (result, record) }
        return (.classes(classes(exit)), record)
    }

    /// After a run that went to the end.
    func finish(_ outputs: [NamedTensor], _ result: HeadResult, placement: Placement) throws(VisionError) -> Exit {
        isFirst = false
        count(depth: 1)
        let record = Exit(tap: nil, depthShare: 1, margin: recognizer.bestMargin)
        guard isLooking else { return record }
        guard case .classes(let best) = try answers.decode(outputs, placement: placement, minimumScore: 0), let first = best.first else {
            return record
        }
        let agreed = recognizer.finished(Recognizer.Answer(best))
        looks.looked(couldLeave: agreed != nil)
        if let agreed {
            counts.audits += 1
            if agreed { counts.agreed += 1 }
            schedule.audited()
            auditIsDue = false
        }
        if let index = recognizer.memory.classes.firstIndex(where: { $0.classID == first.classID }) { results[index] = result }
        return record
    }

    /// The frame's answer is the last one's, for nothing changed.
    func unchanged() { counts.frames += 1 }

    /// An exit tells something however early it is.
    private static let telling = 0.05
    /// Exits that cost next to nothing are audited as if they cost this: else they would hardly ever be.
    private static let cost = 0.4

    private func count(depth: Double) {
        counts.frames += 1
        counts.depth += depth
        if isAudited, !auditIsDue {
            auditIsDue = schedule.isDue(cost: max(depth, Self.cost), computed: depth < 1 ? max(depth, Self.telling) : 0)
        }
    }

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

    var summary: EndRecord.Exits? {
        guard counts.frames > 0 else { return nil }
        return EndRecord.Exits(
            share: Double(counts.exits) / Double(counts.frames), meanDepth: counts.depth / Double(counts.frames),
            agreement: counts.audits > 0 ? Double(counts.agreed) / Double(counts.audits) : nil,
            audits: isAudited ? counts.audits : nil)
    }

    /// Writes what was learnt, if that was asked for.
    func save() throws(DeepVidError) {
        if let saveTo { try MemoryStore.write(recognizer.memory, to: saveTo) }
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
