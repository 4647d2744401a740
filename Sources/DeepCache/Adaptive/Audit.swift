import Models
import Vision

extension LoadedModel {
    /// Scores from here on are measured; fainter ones tell little.
    private static let faint: Float = 0.1
    /// Margins in logits count up to this one: more does not make an answer more certain.
    private static let certain: Float = 20

    /// What comes of comparing the outputs of reuse with the dense ones of the same frame.
    func audit(
        _ reused: [NamedTensor], _ exact: [NamedTensor], placement: Placement, rule: Agreement.Rule
    ) throws(VisionError) -> AuditedFrame {
        let now = try head.decode(reused, placement: placement, minimumScore: scores.watched)
        let then = try head.decode(exact, placement: placement, minimumScore: scores.watched)
        switch (now, then) {
        case (.detections(let now), .detections(let then)): return audit(now, then, rule)
        case (.classes, .classes):
            return AuditedFrame(agreement: Agreement.between(now, then, score: score), margins: try margins(reused, exact))
        default: return AuditedFrame(agreement: Agreement.between(now, then, score: score))
        }
    }

    /// How two sets of outputs agree; nil when neither has anything.
    func agreement(
        _ a: [NamedTensor], _ b: [NamedTensor], placement: Placement, rule: Agreement.Rule
    ) throws(VisionError) -> Double? {
        let least = scores.least(for: rule)
        return Agreement.between(
            try head.decode(a, placement: placement, minimumScore: least), try head.decode(b, placement: placement, minimumScore: least),
            score: score, rule: rule)
    }

    /// What comes of comparing moved boxes with the dense outputs of the same frame.
    func audit(
        _ moved: [Detection], _ exact: [NamedTensor], placement: Placement, rule: Agreement.Rule
    ) throws(VisionError) -> AuditedFrame {
        let then = try head.decode(exact, placement: placement, minimumScore: scores.least(for: rule))
        return compare(.detections(moved), then, rule)
    }

    private func compare(_ now: HeadResult, _ then: HeadResult, _ rule: Agreement.Rule) -> AuditedFrame {
        AuditedFrame(
            agreement: Agreement.between(now, then, score: score, rule: rule),
            strict: Agreement.between(now, then, score: score, rule: .strict), objects: Agreement.objects(now, then, score: score))
    }

    /// The margins of the class that leads by reuse; nil for heads with more than one answer.
    func margins(_ reused: [NamedTensor], _ exact: [NamedTensor]) throws(VisionError) -> AuditedFrame.Margins? {
        guard let best = try head.margin(of: nil, reused), let truth = try head.margin(of: best.classID, exact) else { return nil }
        return AuditedFrame.Margins(reused: min(best.margin, Self.certain), exact: max(truth.margin, -Self.certain))
    }

    private func audit(_ reused: [Detection], _ exact: [Detection], _ rule: Agreement.Rule) -> AuditedFrame {
        var frame = compare(.detections(reused), .detections(exact), rule)
        // Boxes without a partner tell nothing here: of two faint ones on one thing now one wins, now the other.
        for case (let box, let partner?) in zip(exact, Agreement.Pairing(exact, reused, score: Self.faint).first) {
            let (now, then) = (min(reused[partner].score, 0.99), min(box.score, 0.99))
            frame.errors.append(abs(ToleranceMap.logit(now) - ToleranceMap.logit(then)) / ToleranceMap.factor(box.score, score))
        }
        return frame
    }
}
