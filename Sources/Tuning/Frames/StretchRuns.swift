import Concurrency
import DeepCache
import DeepVid
import Models
import Video
import Vision

/// Runs over stretches of consecutive frames of the user's clips, by several models at once: what reuse does depends on the frame before.
struct StretchRuns {
    let clips: [String]
    /// Frames of each clip, which tell the stretches.
    let counts: [Int]
    let options: VideoOptions
    let threads: Int
    let isStopped: () -> Bool

    /// A model as a run would have it.
    struct Runner {
        let model: LoadedModel
        let reuse: ReuseOptions
    }

    /// What one came to.
    struct Outcome {
        /// Mean of a frame with all that belongs to it but decoding.
        var milliseconds = 0.0
        /// With the first one's answers, 0…1; nil where nothing was found.
        var agreement: Double?
    }

    /// Frames of each stretch that are run over, and of its beginning those that are not timed: buffers are made, and reuse has no reference.
    private static let (perStretch, warmUp) = (40, 2)

    /// - Parameters:
    ///   - runners: the first is the one that the others are to agree with. All but the first may have other least scores.
    ///   - heldOut: whether the stretches are those to judge by, or those to tune on.
    /// - Returns: one for each, and how many frames were timed; nil where it was stopped.
    func run(_ runners: [Runner], heldOut: Bool) throws(DeepVidError) -> (outcomes: [Outcome], frames: Int)? {
        let truth = runners[0].model
        var analyzers: [ModelAnalyzer] = []
        for runner in runners {
            analyzers.append(
                try ModelAnalyzer(
                    runner.model, RunOptions(threads: threads, reuse: runner.reuse), minimumScore: runner.model.scores.audited))
        }
        var outcomes = runners.map { _ in Outcome() }, sums = runners.map { _ in 0.0 }, judged = runners.map { _ in 0 }, timed = 0
        for (clip, count) in zip(clips, counts) {
            let reader = try DeepVid.VideoReader(clip, options: options)
            for analyzer in analyzers { analyzer.begin() }
            var (index, inStretch) = (0, 0)
            while !isStopped(), let frame = try reader.next() {
                defer { index += 1 }
                guard SampledFrames.isHeldOut(index, of: count) == heldOut else {
                    if inStretch > 0 { for analyzer in analyzers { analyzer.reset() } }
                    inStretch = 0
                    continue
                }
                inStretch += 1
                guard inStretch <= Self.perStretch else { continue }
                // Each goes first in its turn: who comes later finds the frame's planes in the processor's caches.
                var results = [FrameResult?](repeating: nil, count: analyzers.count)
                for turn in analyzers.indices {
                    let place = (index + turn) % analyzers.count, busy = BusyTime(), watch = Stopwatch()
                    results[place] = try analyzers[place].process(frame, index: nil)
                    guard inStretch > Self.warmUp else { continue }
                    // Of one thread, what it computed: on a busy machine it waits for its turn as well.
                    outcomes[place].milliseconds += threads == 1 ? busy.milliseconds : watch.milliseconds
                }
                if inStretch > Self.warmUp { timed += 1 }
                for (place, runner) in runners.enumerated() {
                    guard
                        let agreement = Agreement.between(
                            results[place]!.answer.scoresScaled(by: truth.score / runner.model.score), results[0]!.answer,
                            score: truth.score, rule: .boxes)
                    else { continue }
                    (sums[place], judged[place]) = (sums[place] + agreement, judged[place] + 1)
                }
            }
        }
        guard timed > 0, !isStopped() else { return nil }
        for place in outcomes.indices {
            outcomes[place].milliseconds /= Double(timed)
            if judged[place] > 0 { outcomes[place].agreement = sums[place] / Double(judged[place]) }
        }
        return (outcomes, timed)
    }
}
