import Video
import Vision

@testable import DeepVid

/// A grey frame.
func makeFrame(_ index: Int, width: Int = 320, height: Int = 240) -> Frame {
    var traits = Frame.Traits()
    (traits.index, traits.pts) = (index, Int64(index))
    return Frame(pixelFormat: "yuv420p", width: width, height: height, traits: traits) { _, bytes, _ in bytes.update(repeating: 128) }!
}

func makeBox(_ id: Int, _ score: Float, x: Float, y: Float = 60, width: Float = 60, height: Float = 80) -> Detection {
    Detection(classID: id, label: ["person", "car"][id], score: score, box: Box(x: x, y: y, width: width, height: height))
}

/// A frame as a comparison sees it; its agreement is what the boxes make it.
func makeCompared(
    _ index: Int, dense: [Detection], cached: [Detection], denseMs: Double = 4, cachedMs: Double = 1, reused: Double = 0.5,
    reason: String? = nil
) -> Comparison.ComparedFrame {
    let frame = makeFrame(index)
    return Comparison.ComparedFrame(
        figures: .init(
            frame: index, ptsSeconds: frame.ptsSeconds, denseMs: denseMs, cachedMs: cachedMs, matchMs: 0.1, reused: reused, reason: reason,
            agreement: Agreement.between(.detections(cached), .detections(dense), score: 0.4)),
        frame: frame, dense: .detections(dense), cached: .detections(cached), trace: nil)
}
