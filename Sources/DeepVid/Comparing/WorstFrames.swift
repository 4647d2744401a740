import DeepCache
import Results
import Video
import Vision

/// The frames that agreed least, and what their pictures need. Keeps no more than `limit` decoded frames.
package struct WorstFrames {
    /// One of them.
    package struct Kept {
        package let figures: Comparison.FrameFigures
        package let frame: Frame
        package let dense: HeadResult
        package let cached: HeadResult
        package let placement: Placement?
        /// In pixels of the model's input; nil when the frame was not compared with an earlier one.
        package let match: Match?

        var record: ComparisonRecord.WorstFrame {
            .init(
                frame: figures.frame, ptsS: figures.ptsSeconds, agreement: figures.agreement ?? 1, reused: figures.reused,
                reason: figures.reason)
        }
    }

    private let limit: Int
    /// The worst first; of equals, the earliest.
    private(set) var frames: [Kept] = []

    init(limit: Int) { self.limit = limit }

    /// A frame that agrees fully is none of the worst.
    mutating func offer(_ compared: Comparison.ComparedFrame) {
        guard limit > 0, let agreement = compared.figures.agreement, agreement < 0.99995 else { return }
        let place = frames.firstIndex { $0.figures.agreement! > agreement } ?? frames.count
        guard place < limit else { return }
        frames.insert(
            Kept(
                figures: compared.figures, frame: compared.frame, dense: compared.dense, cached: compared.cached,
                placement: compared.trace?.placement, match: compared.trace?.match), at: place)
        if frames.count > limit { frames.removeLast() }
    }
}
