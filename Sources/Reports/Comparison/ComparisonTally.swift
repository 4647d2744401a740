import DeepCache
import DeepVid
import Evaluation
import Results
import Vision

/// Adds up a comparison's frames. Grows by three numbers a frame, which the medians need, and by two a second.
final class ComparisonTally {
    private let score: Float
    /// Of a box that can be the partner of one with that score.
    private let leastPartner: Float
    private let limit: Int
    /// The frames that agreed least, no more than `limit`, the worst first; of equals, the earliest.
    private(set) var worst: [DisagreementVisualization] = []
    private var (dense, cached, match) = (Times(), Times(), Times())
    /// Milliseconds of the network alone, comparing included.
    private var network = (dense: 0.0, cached: 0.0)
    private var reused = 0.0
    private var unchanged = 0
    private var propagated = 0
    private var hits: Int?
    private var reasons: [String: Int] = [:]
    private var agreement = (sum: 0.0, strict: 0.0, frames: 0)
    private var bootstrap = BlockBootstrap()
    private var frameMAP = (sum: 0.0, frames: 0)
    /// Frames with an object on either side, and those of them with as many of each class.
    private var counts = (frames: 0, same: 0)
    /// Nil without a truth.
    private var truth: (dense: Evaluation, cached: Evaluation)?
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

    init(score: Float, rule: Agreement.Rule = .boxes, worst limit: Int, truth: Truth? = nil) {
        (self.score, leastPartner, self.limit) = (score, rule.leastPartner(score), limit)
        self.truth = truth.map { (Evaluation($0, score: score), Evaluation($0, score: score)) }
    }

    func add(_ compared: ComparedFrame) {
        dense.add(compared.denseMilliseconds)
        cached.add(compared.reusedMilliseconds)
        match.add(compared.reused.timing.match ?? 0)
        network.dense += compared.dense.timing.infer
        network.cached += compared.reused.timing.infer + (compared.reused.timing.match ?? 0)
        let reuse = compared.reused.reuse
        // What comes after an early exit is not computed, either.
        reused += reuse?.share ?? compared.reused.exit.map { 1 - $0.macsFraction } ?? 0
        if let route = compared.reused.route { hits = (hits ?? 0) + (route.hit ? 1 : 0) }
        if reuse?.reason == .propagated {
            propagated += 1
        } else if let reason = reuse?.reason {
            reasons[reason.rawValue, default: 0] += 1
        } else if reuse?.share == 1 {
            unchanged += 1
        }
        if let share = compared.agreement {
            agreement = (agreement.sum + share, agreement.strict + (compared.strict ?? 0), agreement.frames + 1)
            bootstrap.add(share, at: Self.time(of: compared.dense.frame))
            offer(compared, share)
        }
        if let measured = compared.floor { floor.add(measured) }
        count(compared.dense.answer, compared.reused.answer)
        if case (.detections(let exact), .detections(let reusing)) = (compared.dense.answer, compared.reused.answer) {
            judge(exact, reusing, compared.dense.frame)
        }
    }

    private func judge(_ exact: [Detection], _ reusing: [Detection], _ frame: FrameInfo) {
        var precision = AveragePrecision(hasLabels: true)
        let reported = (exact.filter { $0.score >= score }, reusing.filter { $0.score >= score })
        precision.add(reported.1, reported.0.map { Truth.Object(label: $0.label, box: $0.box) })
        if !reported.0.isEmpty || !reported.1.isEmpty {
            frameMAP = (frameMAP.sum + (precision.at50 ?? 0), frameMAP.frames + 1)
            let isSame = reported.0.map(\.classID).sorted() == reported.1.map(\.classID).sorted()
            counts = (counts.frames + 1, counts.same + (isSame ? 1 : 0))
        }
        let time = Self.time(of: frame)
        truth?.dense.add(exact, frame: frame.index, time: time)
        truth?.cached.add(reusing, frame: frame.index, time: time)
    }

    /// In seconds; frames without a time stamp are taken to be as far apart as in most videos.
    private static func time(of frame: FrameInfo) -> Double { frame.pts ?? Double(frame.index) / 30 }

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
            let (exact, reusing) = (exact.filter { $0.score >= leastPartner }, reusing.filter { $0.score >= leastPartner })
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

    /// Nil where the truth tells no classes.
    private static func byClass(
        _ dense: Evaluation, _ cached: Evaluation
    ) -> [ComparisonRecord.TruthRecord.ClassFigures]? {
        let found = Dictionary(uniqueKeysWithValues: cached.classes.map { ($0.label, $0.averagePrecision50) })
        let all = dense.classes.map { (label, objects, precision) in
            ComparisonRecord.TruthRecord.ClassFigures(
                label: label, objects: objects, denseAP50: precision, cachedAP50: found[label] ?? 0)
        }
        return all.isEmpty ? nil : all
    }

    func fill(_ record: inout ComparisonRecord) {
        let frames = dense.values.count
        (record.frames, record.unchanged, record.propagated) = (frames, unchanged, propagated > 0 ? propagated : nil)
        record.hits = hits
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
            record.agreementInterval = bootstrap.interval.map { [$0.lowerBound, $0.upperBound] }
            // Faint objects only: neither side reports any.
            record.agreementStrict = agreement.strict / Double(agreement.frames)
        }
        if let reached = record.agreement, let target = record.options.targetAgreement {
            record.target = .init(target, reached: reached, interval: record.agreementInterval)
        }
        if counts.frames > 0 { record.sameCounts = Double(counts.same) / Double(counts.frames) }
        if frameMAP.frames > 0 { record.frameMAP = frameMAP.sum / Double(frameMAP.frames) }
        record.truth = truth.map { dense, cached in
            .init(
                frames: dense.frames, objects: dense.objects, dense: .init(dense.figures), cached: .init(cached.figures),
                byClass: Self.byClass(dense, cached))
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

extension ComparisonRecord.TruthRecord.Figures {
    init(_ figures: Evaluation.Figures) {
        self.init(
            ap50: figures.averagePrecision50, ap: figures.averagePrecision, mota: figures.mota, idf1: figures.idf1,
            idSwitches: figures.switches)
    }
}
