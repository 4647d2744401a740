import DeepCache
import DeepVid
import FoundationEssentials
import Hashing
import Inference
import Models
import Video
import Vision

/// Makes a model faster on the clips of its user, without the data that it was trained on.
///
/// AdaDeep (MobiSys 2018) as far as trained files allow it: combinations of input size, channel pruning, decomposition into low rank and
/// precision are tried on this machine and these clips, and judged by time, memory and agreement with the untouched model.
package final class Tuning {
    package struct Options: Sendable {
        package var model = ModelOptions()
        package var clips: [String] = []
        package var video = VideoOptions()
        package var limits = TuneLimits()
        package var threads = 1
        /// What models may be computed in, of what this CPU has; nil is all of that.
        package var precision: Precision?
        /// Combinations that are tried at most.
        package var trials = 40
        /// Frames of all clips together, half of which are tuned on.
        package var frames = 160

        package init() {}
    }

    /// What came of it.
    package struct Outcome {
        package let report: TuneReport
        /// The file and the card of the chosen model.
        package let bytes: Data
        package let card: String
        /// Of the file's bytes, in hexadecimal.
        package var sha256: String { bytes.withUnsafeBytes { SHA256.hex(of: $0) } }
    }

    private let options: Options
    private let control: RunControl
    private var editor: ModelEditor
    private let onProgress: (String) -> Void

    /// Frames that layers are fitted on at most, of those to tune on. Late layers have some fifty places a frame and a thousand weights for each output.
    private static let calibrationFrames = 120
    /// A model that is not as much faster is measured no better than the untouched one.
    private static let leastSpeedup = 1.02
    /// Sides of detectors' inputs are multiples of their largest stride; those of classifiers of this, too.
    private static let step = 32

    /// - Throws: `DeepVidError` for a model that cannot be tuned.
    package init(_ options: Options, control: RunControl, onProgress: @escaping (String) -> Void = { _ in }) throws(DeepVidError) {
        (self.options, self.control, self.onProgress) = (options, control, onProgress)
        editor = try ModelEditor(options.model, threads: options.threads)
    }

    /// The untouched model in one line, for people.
    package var summary: String { editor.original.summary }

    /// Searches until no combination promises anything, as many were tried as may be, or the run is stopped: then the best so far counts.
    ///
    /// - Throws: where a clip cannot be read, or nothing keeps the limits.
    package func run() throws(DeepVidError) -> Outcome {
        let isStopped = { [control] in control.isStopped }
        let frames = try SampledFrames(
            options.clips, options.video, wanted: options.frames, isStopped: isStopped, onProgress: onProgress)
        if let first = frames.sizes.first { self.editor = try self.editor.shaped(for: first) }
        onProgress("asking the untouched model about \(frames.tuning.count + frames.heldOut.count) frames")
        let judge = try Judge(editor.original, frames, threads: options.threads, isStopped: isStopped)
        guard judge.hasFound else {
            throw DeepVidError(
                .tooLittle,
                "\(editor.original.name): finds nothing in the clips, so nothing tells whether a faster model agrees with it; "
                    + "name clips that show what it is for, or give a card with a lower score")
        }
        let every = max(1, frames.tuning.count / Self.calibrationFrames)
        let editor = self.editor.fitting(
            on: frames.tuning.enumerated().filter { $0.offset.isMultiple(of: every) }.map(\.element), isStopped: isStopped)
        let (search, refusals) = try search(editor, judge, frames, isStopped)
        return try conclude(search, editor, judge, frames, refusals)
    }

    /// That are tried, the most exact first.
    private var precisions: [Precision] {
        Precision.allCases.filter { $0 == .fp32 || $0.isAvailable && options.precision ?? $0 == $0 }
    }

    private func search(
        _ editor: ModelEditor, _ judge: Judge, _ frames: SampledFrames, _ isStopped: () -> Bool
    ) throws(DeepVidError) -> (Search, [String]) {
        let input = editor.original.input, resize = editor.original.card.input.resize
        let sizes = InputSize.candidates(input, resize, pictures: frames.sizes, step: Self.step).map { size in
            (width: size.width, height: size.height, scale: scale(size, resize, frames.sizes))
        }
        onProgress("looking at the layers")
        var search = try Search(sizes: sizes, precisions: precisions, original: editor.nothing, limits: options.limits) {
            (technique, price) throws(DeepVidError) in
            try editor.saving(technique, price)
        }
        var refusals: [String] = []
        search.add(try measure(editor.nothing, editor, judge, isStopped))
        var queue = firstCombinations(editor.nothing, sizes)
        while !isStopped(), search.trials.count < options.trials, let combination = queue.popLast() ?? search.next() {
            guard !search.trials.contains(where: { $0.combination == combination }) else { continue }
            do throws(DeepVidError) {
                let trial = try measure(combination, editor, judge, isStopped)
                // What was cut short was judged by some of the frames only.
                if !isStopped() { search.add(trial) }
            } catch {
                if !refusals.contains(error.message) { refusals.append(error.message) }
                search.refuse(combination)
            }
            onProgress(Self.progress(search.trials, options.limits))
        }
        return (search, refusals)
    }

    /// The last comes first: what frames do not fill of the input, by itself and in each precision, then a step down, then either technique by
    /// itself.
    private func firstCombinations(_ nothing: Combination, _ sizes: [(width: Int, height: Int, scale: Double)]) -> [Combination] {
        let falling = sizes.sorted { ($0.scale, -$0.width * $0.height) > ($1.scale, -$1.width * $1.height) }
        var combinations: [Combination] = []
        for (place, prices) in [(0, (0.0, 0.5)), (0, (0.5, 0)), (falling.count / 2, (0, 0)), (1, (0, 0)), (0, (0, 0))] {
            guard falling.indices.contains(place) else { continue }
            combinations.append(
                Combination(width: falling[place].width, height: falling[place].height, pruning: prices.0, lowRank: prices.1))
        }
        for precision in precisions where precision != .fp32 {
            var combination = combinations.last ?? nothing
            combination.precision = precision
            combinations.insert(combination, at: max(combinations.count - 1, 0))
        }
        return combinations.filter { $0 != nothing }
    }

    /// How large a clip's picture is in an input, as a share of what it is in the model's own; the mean of all clips.
    private func scale(_ size: (width: Int, height: Int), _ resize: ResizeMode, _ pictures: [(width: Int, height: Int)]) -> Double {
        let input = editor.original.input
        func side(_ width: Int, _ height: Int, _ picture: (width: Int, height: Int)) -> Double {
            let placement = resize.placement(width: picture.width, height: picture.height, modelWidth: width, modelHeight: height)
            return (Double(placement.picture.width) * Double(placement.picture.height)).squareRoot()
        }
        let shares = pictures.map { side(size.width, size.height, $0) / side(input.width, input.height, $0) }
        return shares.reduce(0, +) / Double(max(shares.count, 1))
    }

    private func measure(
        _ combination: Combination, _ editor: ModelEditor, _ judge: Judge, _ isStopped: () -> Bool
    ) throws(DeepVidError) -> Trial {
        let product = try editor.make(combination), times = try judge.time(product.model)
        let isUntouched = combination == editor.nothing
        let own = (agreement: 1.0, score: Double(editor.original.score))
        let best = isUntouched ? own : try judge.bestScore(of: product.model, isStopped: isStopped)
        return Trial(
            combination: combination, techniques: combination.techniques(from: editor.nothing.width, editor.nothing.height),
            milliseconds: isUntouched ? times.original : times.own, speedup: isUntouched ? 1 : times.original / times.own,
            memoryBytes: product.memoryBytes, fileBytes: product.bytes.count, macs: product.model.plan.macs,
            agreement: best.agreement, score: best.score)
    }

    private static func progress(_ trials: [Trial], _ limits: TuneLimits) -> String {
        func text(_ trial: Trial) -> String { "\(tenths(trial.speedup))x at \((trial.agreement * 1000).rounded() / 1000)" }
        let best = trials.filter(limits.admits).max { limits.isBetter($1, than: $0) }
        return
            "\(trials.count) combinations tried, the last \(text(trials[trials.count - 1])); best so far \(best.map(text) ?? "none within the limits")"
    }

    private static func tenths(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }

    // MARK: The choice

    /// Looks at the frames that are judged by: the best combination that agrees enough there, too, is the choice.
    private func conclude(
        _ search: Search, _ editor: ModelEditor, _ judge: Judge, _ frames: SampledFrames, _ refusals: [String]
    ) throws(DeepVidError) -> Outcome {
        var trials = search.trials
        // What is hardly faster is not worth another file.
        let order = trials.indices.filter { options.limits.admits(trials[$0]) && ($0 == 0 || trials[$0].speedup > Self.leastSpeedup) }
            .sorted { options.limits.isBetter(trials[$0], than: trials[$1]) }
        guard !order.isEmpty else { throw failure(trials) }
        onProgress("judging the best by the other half of the frames")
        var chosen: (index: Int, product: ModelEditor.Product)?
        for index in order {
            let product = try editor.make(trials[index].combination, score: index == 0 ? nil : trials[index].score)
            let agreement = index == 0 ? 1 : try judge.agreement(of: product.model) ?? 0
            trials[index].heldOutAgreement = agreement
            guard agreement >= options.limits.agreement else { continue }
            chosen = (index, product)
            break
        }
        guard let chosen else { throw failure(trials) }
        let steps = try steps(to: trials[chosen.index], editor, judge, &trials)
        onProgress("running the chosen model over the clips")
        let figures =
            chosen.index == 0 || control.isStopped
            ? nil
            : try RunFigures(runs(frames), editor.original, chosen.product.model, keeping: options.limits.agreement)
        let report = TuneReport(
            model: editor.original.name, sha256: editor.original.sha256, clips: options.clips.map(displayName(of:)),
            limits: options.limits,
            threads: options.threads, framesTuned: frames.tuning.count, framesJudged: frames.heldOut.count, trials: trials,
            chosen: trials[chosen.index], steps: steps, figures: figures, refusals: refusals)
        var card = chosen.product.card
        if let target = figures?.targetAgreement, target < ReuseOptions.defaultAgreement { card.targetAgreement = target }
        return Outcome(report: report, bytes: chosen.product.bytes, card: card.json() + "\n")
    }

    private func runs(_ frames: SampledFrames) -> StretchRuns {
        StretchRuns(
            clips: options.clips, counts: frames.counts, options: options.video, threads: options.threads,
            isStopped: { [control] in control.isStopped })
    }

    /// What each technique of the choice gave: one after the other is added.
    private func steps(
        to chosen: Trial, _ editor: ModelEditor, _ judge: Judge, _ trials: inout [Trial]
    ) throws(DeepVidError) -> [Trial] {
        var (steps, combination): ([Trial], Combination) = ([trials[0]], editor.nothing)
        for technique in chosen.techniques {
            switch technique {
            case .inputSize: (combination.width, combination.height) = (chosen.combination.width, chosen.combination.height)
            case .channelPruning: combination.pruning = chosen.combination.pruning
            case .lowRank: combination.lowRank = chosen.combination.lowRank
            case .precision: combination.precision = chosen.combination.precision
            }
            var trial = chosen
            if combination != chosen.combination {
                if control.isStopped { continue }
                trial =
                    if let known = trials.first(where: { $0.combination == combination }) { known } else {
                        try measure(combination, editor, judge) { false }
                    }
                trial.heldOutAgreement = try judge.agreement(of: editor.make(combination, score: trial.score).model)
                if let place = trials.firstIndex(where: { $0.combination == combination }) {
                    trials[place] = trial
                } else {
                    trials.append(trial)
                }
            }
            steps.append(trial)
        }
        return steps
    }

    private func failure(_ trials: [Trial]) -> DeepVidError {
        let near = trials.filter { $0.agreement >= options.limits.agreement }.min { $0.milliseconds < $1.milliseconds }
        let fast = trials.filter(options.limits.fits).max { $0.agreement < $1.agreement }
        func text(_ trial: Trial) -> String {
            "\(Self.tenths(trial.milliseconds)) ms and \(trial.memoryBytes >> 20) MiB at an agreement of \((trial.agreement * 1000).rounded() / 1000)"
        }
        let found = [
            near.map { "the fastest that agrees enough takes \(text($0))" },
            fast.map { "of those within the limits the best has \(text($0))" },
        ]
        return DeepVidError(
            .invalidOptions,
            "\(editor.original.name): no combination keeps the limits; \(found.compactMap(\.self).joined(separator: ", ")): lower --target-agreement, or allow more time or memory"
        )
    }
}
