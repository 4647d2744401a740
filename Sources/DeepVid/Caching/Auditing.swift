import Models
import DeepCache
import Vision

extension LoadedModel {
    /// Scores from here on are measured; fainter ones tell little.
    private static let faint: Float = 0.1

    /// What comes of comparing the outputs of reuse with the dense ones of the same frame.
    func audit(_ reused: [NamedTensor], _ exact: [NamedTensor], placement: Placement) throws(VisionError) -> AuditedFrame {
        let (now, then) = (
            try head.decode(reused, placement: placement, minimumScore: scores.watched),
            try head.decode(exact, placement: placement, minimumScore: scores.watched)
        )
        switch (now, then) {
        case (.detections(let now), .detections(let then)): return audit(now, then)
        case (.classes, .classes):
            return AuditedFrame(agreement: Agreement.between(now, then, score: score), leads: try leads(reused, exact))
        default: return AuditedFrame(agreement: Agreement.between(now, then, score: score))
        }
    }

    /// How far ahead the class is that leads by reuse; nil for heads with more than one answer.
    func leads(_ reused: [NamedTensor], _ exact: [NamedTensor]) throws(VisionError) -> AuditedFrame.Leads? {
        guard let best = try head.margin(of: nil, reused), let truth = try head.margin(of: best.classID, exact) else { return nil }
        return AuditedFrame.Leads(reused: min(best.margin, Self.beyondDoubt), exact: max(truth.margin, -Self.beyondDoubt))
    }

    /// Logits; more is no more certain.
    private static let beyondDoubt: Float = 20

    private func audit(_ reused: [Detection], _ exact: [Detection]) -> AuditedFrame {
        let lenient = 0.75 * score
        var frame = AuditedFrame(
            agreement: Agreement.between(
                .detections(reused.filter { $0.score >= lenient }), .detections(exact.filter { $0.score >= lenient }), score: score))
        // Boxes without a partner tell nothing here: of two faint ones on one thing now one wins, now the other.
        for case (let box, let partner?) in zip(exact, Agreement.Pairing(exact, reused, score: Self.faint).first) {
            let (now, then) = (min(reused[partner].score, 0.99), min(box.score, 0.99))
            frame.errors.append(abs(ToleranceMap.logit(now) - ToleranceMap.logit(then)) / ToleranceMap.factor(box.score, score))
        }
        return frame
    }
}
