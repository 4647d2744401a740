import DeepCache
import DeepVid
import Models
import Video
import Vision

/// What a run of consecutive frames comes to, with all that belongs to it but decoding, for the untouched and the tuned model, dense and
/// with `adaptive` reuse.
package struct RunFigures: Codable, Sendable {
    /// Mean of a frame.
    package let originalMilliseconds, tunedMilliseconds: Double
    package let adaptiveOriginalMilliseconds, adaptiveTunedMilliseconds: Double
    /// With the untouched model's dense answers, 0…1; nil where nothing was found.
    package let tunedAgreement, adaptiveOriginalAgreement, adaptiveTunedAgreement: Double?
    package let frames: Int

    enum CodingKeys: String, CodingKey {
        case frames
        case originalMilliseconds = "original_ms"
        case tunedMilliseconds = "tuned_ms"
        case adaptiveOriginalMilliseconds = "adaptive_original_ms"
        case adaptiveTunedMilliseconds = "adaptive_tuned_ms"
        case tunedAgreement = "tuned_agreement"
        case adaptiveOriginalAgreement = "adaptive_original_agreement"
        case adaptiveTunedAgreement = "adaptive_tuned_agreement"
    }

    /// Frames of each stretch that is judged by, and of its beginning those that are not timed: buffers are made, and reuse has no reference.
    private static let (perStretch, warmUp) = (20, 2)

    /// - Parameter counts: frames of each clip, which tell the stretches.
    init?(
        _ clips: [String], _ counts: [Int], _ options: VideoOptions, _ original: LoadedModel, _ tuned: LoadedModel, threads: Int,
        isStopped: () -> Bool
    ) throws(DeepVidError) {
        func analyzer(_ model: LoadedModel, _ reuse: ReuseOptions) throws(DeepVidError) -> ModelAnalyzer {
            try ModelAnalyzer(model, RunOptions(threads: threads, reuse: reuse), minimumScore: model.scores.audited)
        }
        let analyzers = [
            try analyzer(original, .off), try analyzer(tuned, .off), try analyzer(original, ReuseOptions()),
            try analyzer(tuned, ReuseOptions()),
        ]
        var (times, sums) = ([0.0, 0, 0, 0], [0.0, 0, 0, 0])
        var (judged, timed) = ([0, 0, 0, 0], 0)
        for (clip, count) in zip(clips, counts) {
            let reader = try DeepVid.VideoReader(clip, options: options)
            for analyzer in analyzers { analyzer.begin() }
            var (index, inStretch) = (0, 0)
            while !isStopped(), let frame = try reader.next() {
                defer { index += 1 }
                guard SampledFrames.isHeldOut(index, of: count) else {
                    if inStretch > 0 { for analyzer in analyzers { analyzer.reset() } }
                    inStretch = 0
                    continue
                }
                inStretch += 1
                guard inStretch <= Self.perStretch else { continue }
                // Each goes first in its turn: who comes later finds the frame's planes in the processor's caches.
                var results = [FrameResult?](repeating: nil, count: analyzers.count)
                for turn in analyzers.indices {
                    let place = (index + turn) % analyzers.count
                    results[place] = try analyzers[place].process(frame, index: nil)
                }
                if inStretch > Self.warmUp {
                    timed += 1
                    for place in results.indices { times[place] += results[place]!.timing.total - results[place]!.timing.decode }
                }
                for place in 1..<analyzers.count {
                    // The tuned models are those at odd places.
                    let scale = place % 2 == 1 ? original.score / tuned.score : 1
                    guard
                        let agreement = Agreement.between(
                            results[place]!.answer.scoresScaled(by: scale), results[0]!.answer, score: original.score, rule: .boxes)
                    else { continue }
                    (sums[place], judged[place]) = (sums[place] + agreement, judged[place] + 1)
                }
            }
        }
        guard timed > 0, !isStopped() else { return nil }
        func mean(_ place: Int) -> Double { times[place] / Double(timed) }
        func agreement(_ place: Int) -> Double? { judged[place] > 0 ? sums[place] / Double(judged[place]) : nil }
        (originalMilliseconds, tunedMilliseconds) = (mean(0), mean(1))
        (adaptiveOriginalMilliseconds, adaptiveTunedMilliseconds) = (mean(2), mean(3))
        (tunedAgreement, adaptiveOriginalAgreement, adaptiveTunedAgreement) = (agreement(1), agreement(2), agreement(3))
        frames = timed
    }
}
