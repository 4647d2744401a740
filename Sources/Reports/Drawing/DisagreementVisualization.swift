import Models
import DeepCache
import Pictures
import Video
import Vision

/// A frame on which dense and cached inference disagree: boxes of both, and what was computed again.
///
/// What rested is dimmed. Pairs have thin boxes and one label with both scores; a box without a partner is thick, and its
/// label says whose it is.
struct WorstPicture {
    private let kept: WorstFrames.Kept
    private let score: Float
    private static let dense = Colour.sky
    private static let cached = Colour.orange

    init(_ kept: WorstFrames.Kept, score: Float) { (self.kept, self.score) = (kept, score) }

    func png() throws(DeepVidError) -> [UInt8] {
        do throws(VideoError) {
            var canvas = try Canvas(kept.frame)
            if kept.figures.reason == nil, let match = kept.match, let placement = kept.placement {
                let (mask, grid) = (
                    match.mask(width: placement.modelWidth, height: placement.modelHeight), ModelGrid(placement, of: canvas)
                )
                canvas.spotlight(.yellow, thickness: canvas.textScale) { x, y in grid.pixel(x: x, y: y).map { mask[$0.y, $0.x] } ?? false }
            }
            let caption = self.caption(canvas)
            canvas.draw(boxes(canvas.textScale), avoiding: [caption.area])
            caption.draw(on: &canvas)
            return try canvas.png()
        } catch {
            throw DeepVidError(error)
        }
    }

    private func caption(_ canvas: Canvas) -> Caption {
        let figures = kept.figures
        var title = "frame \(figures.frame)"
        if let pts = figures.ptsSeconds { title += "  \(decimal(pts, 3)) s" }
        title += "  agreement \(decimal(figures.agreement ?? 1, 3))  "
        title += figures.reason.map { "in full: \($0)" } ?? "computed \(decimal(100 * (1 - figures.reused), 1)) %"
        var keys: [Caption.Key] = []
        if case .detections = kept.dense { keys = [Caption.Key("dense", Self.dense), Caption.Key("cached", Self.cached)] }
        if figures.reason == nil { keys.append(Caption.Key("changed", .yellow)) }
        return Caption(title: title, lines: answers, keys: keys, on: canvas)
    }

    /// What there is to say of answers without boxes.
    private var answers: [String] {
        guard case .classes(let exact) = kept.dense, case .classes(let reusing) = kept.cached else { return [] }
        func best(_ classes: [Classification]) -> String {
            classes.first.map { "\($0.label) \(decimal(Double($0.score), 2))" } ?? "nothing"
        }
        return ["dense: \(best(exact))", "cached: \(best(reusing))"]
    }

    private func boxes(_ scale: Int) -> [LabelledBox] {
        guard case .detections(let exact) = kept.dense, case .detections(let reusing) = kept.cached else { return [] }
        let pairs = Agreement.Pairing(exact, reusing, score: score)
        var alone: [LabelledBox] = [], paired: [LabelledBox] = []
        func pair(_ a: Detection, _ b: Detection) {
            // Around the other, which would hide it where both are the same.
            paired.append(LabelledBox(a.box.pixels.widened(by: scale), label: "", colour: Self.dense, thickness: scale))
            paired.append(
                LabelledBox(
                    b.box.pixels, label: "\(a.label) \(hundredths(a.score))/\(hundredths(b.score))", colour: Self.cached, thickness: scale))
        }
        for (box, partner) in zip(exact, pairs.first) {
            if let partner {
                pair(box, reusing[partner])
            } else {
                alone.append(LabelledBox(box.box.pixels, label: label("dense only", box), colour: Self.dense, thickness: 3 * scale))
            }
        }
        for (box, partner) in zip(reusing, pairs.second) {
            guard let partner else {
                alone.append(LabelledBox(box.box.pixels, label: label("cached only", box), colour: Self.cached, thickness: 3 * scale))
                continue
            }
            // A partner whose own score is enough has been drawn with its pair.
            if partner >= pairs.first.count { pair(exact[partner], box) }
        }
        return alone + paired
    }

    private func label(_ side: String, _ box: Detection) -> String { "\(side): \(box.label) \(hundredths(box.score))" }
    private func hundredths(_ score: Float) -> String { decimal(Double(score), 2) }
}

extension Box {
    /// The nearest whole pixels.
    var pixels: PixelRectangle {
        let (left, top) = (Int(x.rounded()), Int(y.rounded()))
        return PixelRectangle(x: left, y: top, width: Int((x + width).rounded()) - left, height: Int((y + height).rounded()) - top)
    }
}
