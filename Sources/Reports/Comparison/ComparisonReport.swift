import DeepCache
import DeepVid
import Models
import Results
import Video
import Vision

/// What a comparison came to, with the frames that agree least.
package struct ComparisonReport {
    package var record: ComparisonRecord
    /// Boxes with at least this score need a partner on the other side.
    private let score: Float
    /// Those of `record.worst`.
    private let worst: WorstFrames

    /// Compares over one input until it ends, fails or the run is stopped; what was compared until then counts.
    ///
    /// - Parameter count: how many of the frames that agree least are kept, with their pictures.
    package init(
        _ comparison: Comparison, _ input: String, options: RunOptions, worst count: Int, onProgress: (RunProgress) -> Void = { _ in }
    ) {
        let score = comparison.model.score, sums = Sums(ComparisonTally(score: score), WorstFrames(limit: count))
        let (summary, info) = comparison.run(input, onProgress: onProgress) { sums.add($0) }
        let begin = BeginRecord(source: displayName(of: input), model: Model(comparison.model), info: info, options: options)
        record = ComparisonRecord(
            begin: begin, reason: summary.reason, error: summary.error.map(EndRecord.Failure.init))
        sums.tally.fill(&record)
        record.worst = sums.worst.frames.map(\.record)
        (self.score, worst) = (score, sums.worst)
    }

    private final class Sums {
        private(set) var tally: ComparisonTally
        private(set) var worst: WorstFrames

        init(_ tally: ComparisonTally, _ worst: WorstFrames) { (self.tally, self.worst) = (tally, worst) }

        func add(_ compared: ComparedFrame) {
            tally.add(compared)
            worst.offer(compared)
        }
    }

    /// A name for the image of `record.worst[index]`: names sort from the worst frame on.
    package func pictureName(_ index: Int) -> String {
        "worst-\(Format.padded(index + 1, 2))-frame-\(Format.padded(worst.frames[index].frame.index, 6)).png"
    }

    /// The PNG file of `record.worst[index]`.
    package func picture(_ index: Int) throws(DeepVidError) -> [UInt8] {
        let kept = worst.frames[index]
        var changed: (ChangeMask, Placement)?
        if let match = kept.match, let placement = kept.placement {
            changed = (match.mask(width: placement.modelWidth, height: placement.modelHeight), placement)
        }
        let visualization = DisagreementVisualization(
            frame: kept.frame, agreement: kept.agreement, reused: kept.share, reason: kept.reason, changed: changed,
            dense: kept.dense, cached: kept.reused, score: score)
        do throws(VideoError) { return try visualization.png() } catch { throw DeepVidError(error) }
    }
}

/// The frames that agreed least, and what their pictures need. Keeps no more than `limit` decoded frames.
struct WorstFrames {
    struct Kept {
        let frame: Frame
        let agreement: Double
        let share: Double
        let reason: String?
        let dense: HeadResult
        let reused: HeadResult
        let placement: Placement?
        /// In pixels of the model's input; nil when the frame was not compared with an earlier one.
        let match: Match?

        var record: ComparisonRecord.WorstFrame {
            .init(frame: frame.index, ptsS: frame.ptsSeconds, agreement: agreement, reused: share, reason: reason)
        }
    }

    private let limit: Int
    /// The worst first; of equals, the earliest.
    private(set) var frames: [Kept] = []

    init(limit: Int) { self.limit = limit }

    /// A frame that agrees fully is none of the worst.
    mutating func offer(_ compared: ComparedFrame) {
        guard limit > 0, let agreement = compared.agreement, agreement < 0.99995 else { return }
        let place = frames.firstIndex { $0.agreement > agreement } ?? frames.count
        guard place < limit else { return }
        let reuse = compared.reused.reuse
        frames.insert(
            Kept(
                frame: compared.frame, agreement: agreement, share: reuse?.share ?? 0, reason: reuse?.reason?.rawValue,
                dense: compared.dense.answer, reused: compared.reused.answer, placement: compared.trace?.placement,
                match: compared.trace?.match), at: place)
        if frames.count > limit { frames.removeLast() }
    }
}
