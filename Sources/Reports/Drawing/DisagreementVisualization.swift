import DeepCache
import DeepVid
import Results
import Video
import Vision

/// A frame on which dense and cached inference disagree: boxes of both, and what was computed again.
///
/// What was not computed again is dimmed. A pair of boxes is drawn thin, with one label that has both scores; a box without a
/// partner is drawn thick, and its label says which side it comes from.
struct DisagreementVisualization {
    let frame: Frame
    /// 0…1.
    let agreement: Double
    /// Share of the multiply-accumulates that were not computed, 0…1.
    let reused: Double
    /// Why nothing was reused; nil if something was.
    let reason: String?
    /// What changed, in pixels of the model's input; nil when the frame was not compared with an earlier one.
    let changed: (mask: ChangeMask, placement: Placement)?
    let dense: HeadResult
    let cached: HeadResult
    /// Boxes with at least this score need a partner on the other side.
    let score: Float

    var record: ComparisonRecord.WorstFrame {
        .init(frame: frame.index, ptsS: frame.ptsSeconds, agreement: agreement, reused: reused, reason: reason)
    }

    /// Labels cover the boxes of a picture whose longer side has fewer pixels: it is drawn two or three times as large.
    private static let leastSide = 480

    /// How many times as large as the frame the picture is.
    private var factor: Int {
        let side = max(frame.width, frame.height)
        return side >= Self.leastSide ? 1 : 2 * side >= Self.leastSide ? 2 : 3
    }

    private static let denseColor = Color.sky
    private static let cachedColor = Color.orange

    func png() throws(VideoError) -> [UInt8] {
        var canvas = try Canvas(frame, width: factor * frame.width, height: factor * frame.height)
        if reason == nil, let changed { canvas.highlight(changed.mask, ModelPixelMap(changed.placement, of: canvas)) }
        let caption = caption(canvas)
        canvas.draw(boxes(canvas.textScale), avoiding: [caption.area])
        caption.draw(on: &canvas)
        return try canvas.png()
    }

    private func caption(_ canvas: Canvas) -> Caption {
        var title = "frame \(frame.index)"
        if let pts = frame.ptsSeconds { title += "  \(Format.decimal(pts, 3)) s" }
        title += "  agreement \(Format.decimal(agreement, 3))  "
        title += reason.map { "in full: \($0)" } ?? "computed \(Format.decimal(100 * (1 - reused), 1)) %"
        var (lines, legend) = ([title], [LegendEntry]())
        switch (dense, cached) {
        case (.detections, _):
            lines.append("two scores: of the dense box / of the cached one")
            legend = [LegendEntry("dense", [Self.denseColor]), LegendEntry("cached", [Self.cachedColor])]
        case (.classes(let exact), .classes(let reusing)): lines += ["dense: \(best(exact))", "cached: \(best(reusing))"]
        default: break
        }
        if reason == nil { legend.append(LegendEntry("changed", [.yellow])) }
        return Caption(lines, legend: legend, width: canvas.width, bottom: canvas.height, scale: canvas.textScale)
    }

    private func best(_ classes: [Classification]) -> String { classes.first.map { text($0.label, $0.score) } ?? "nothing" }

    private func boxes(_ scale: Int) -> [LabeledBox] {
        guard case .detections(let exact) = dense, case .detections(let reusing) = cached else { return [] }
        let pairs = Agreement.Pairing(exact, reusing, score: score)
        var alone: [LabeledBox] = [], paired: [LabeledBox] = []
        func area(_ detection: Detection) -> PixelRect {
            let (box, times) = (detection.box, Float(factor))
            return PixelRect(Box(x: times * box.x, y: times * box.y, width: times * box.width, height: times * box.height))
        }
        func single(_ box: Detection, _ side: String, _ color: Color) {
            let label = "\(side) only: \(text(box.label, box.score))"
            alone.append(LabeledBox(area: area(box), label: label, color: color, thickness: 3 * scale))
        }
        func pair(_ a: Detection, _ b: Detection) {
            // The dense box lies around the cached one, which would hide it where both are the same.
            let label = "\(text(a.label, a.score))/\(Format.decimal(Double(b.score), 2))"
            paired.append(LabeledBox(area: area(a).widened(by: scale), label: "", color: Self.denseColor, thickness: scale))
            paired.append(LabeledBox(area: area(b), label: label, color: Self.cachedColor, thickness: scale))
        }
        for (box, partner) in zip(exact, pairs.first) {
            if let partner { pair(box, reusing[partner]) } else { single(box, "dense", Self.denseColor) }
        }
        // A partner with enough score of its own has been drawn with its pair above.
        for (box, partner) in zip(reusing, pairs.second) where partner ?? .max >= pairs.first.count {
            if let partner { pair(exact[partner], box) } else { single(box, "cached", Self.cachedColor) }
        }
        return alone + paired
    }

    private func text(_ label: String, _ score: Float) -> String { "\(label) \(Format.decimal(Double(score), 2))" }
}
