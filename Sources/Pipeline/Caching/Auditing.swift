import DeepCache
import Vision

extension LoadedModel {
    /// Scores from here on are measured; fainter ones tell little.
    private static let faint: Float = 0.1

    /// What comes of comparing the outputs of reuse with the dense ones of the same frame.
    func audit(_ reused: [NamedTensor], _ exact: [NamedTensor], placement: Placement) throws(VisionError) -> AuditedFrame {
        let (now, then) = (
            try watchHead.decode(reused, placement: placement), try watchHead.decode(exact, placement: placement)
        )
        switch (now, then) {
        case (.detections(let now), .detections(let then)): return audit(now, then)
        case (.classes, .classes):
            let agreement = Agreement.between(now, then, score: score)
            guard case .margin(let before) = try watchHead.watch(exact), case .margin(let after) = try watchHead.watch(reused) else {
                return AuditedFrame(agreement: agreement)
            }
            let factor = ToleranceMap.factor(margin: before), moved = agreement == 1 ? abs(before - after) : before + after
            return AuditedFrame(agreement: agreement, answers: 1, distances: [before / factor], errors: [moved / factor])
        default: return AuditedFrame(agreement: Agreement.between(now, then, score: score))
        }
    }

    /// Distances and errors are divided by what the tolerance was multiplied by for such a score: all count alike.
    private func audit(_ reused: [Detection], _ exact: [Detection]) -> AuditedFrame {
        let lenient = 0.75 * score
        var frame = AuditedFrame(
            agreement: Agreement.between(
                .detections(reused.filter { $0.score >= lenient }), .detections(exact.filter { $0.score >= lenient }), score: score),
            answers: exact.count { $0.score >= score })
        let partners = Agreement.Pairing(exact, reused, score: Self.faint).first
        for (box, partner) in zip(exact, partners) {
            let factor = ToleranceMap.factor(box.score, score), logit = ToleranceMap.logit(min(box.score, 0.99))
            // Of two faint boxes on one thing now one wins, now the other; an answer that is gone is an error.
            if let partner {
                frame.errors.append(abs(logit - ToleranceMap.logit(min(reused[partner].score, 0.99))) / factor)
            } else if box.score > lenient {
                frame.errors.append((logit - ToleranceMap.logit(Float(Self.watchedScore))) / factor)
            }
            if box.score >= score { frame.distances.append((logit - ToleranceMap.logit(lenient)) / factor) }
            if box.score <= lenient { frame.distances.append((ToleranceMap.logit(score) - logit) / factor) }
        }
        return frame
    }
}
