import Concurrency
import DeepCache
import Models
import Vision

/// Answers frames that are given together: the network is asked about some, the others are answered from those before and after.
///
/// ```
/// frame   0   1   2   3   4   5   6   7   8
///         ●───────────────────────────────●      computed: the next one at a distance that was enough of late
///         ●───────────────●───────────────●      a stretch is divided while much may be lost in it (`PropagationController`)
///         ●   ○   ◐   ○   ●   ○   ○   ○   ●      ◐ in parts only, where most may be lost for the least work (`PartChoice`)
///                                                ○ lies between (`AnswerPair`)
/// ```
final class FrameWindow {
    /// Frames that are given together at most: each waits as a picture of the model's size. 1 where none is answered from others.
    static func length(_ reuse: ReuseOptions) -> Int { !reuse.propagates ? 1 : reuse.targetAgreement >= 0.97 ? 16 : 32 }

    private typealias End = FrameStretch.End
    private typealias Inner = FrameStretch.Inner

    private unowned let analyzer: ModelAnalyzer
    private let network: AdaptiveNetwork
    /// The last computed frame; nil where nothing can be answered from it.
    private var last: End?
    /// Whether parts of a frame were computed when a stretch was last divided. What ends a stretch is stored for that, even while reuse is
    /// stopped; it takes a quarter longer than computing alone.
    private var dividesInParts = true
    /// Of the window in work.
    private var frames: [PreparedFrame] = []
    private var results: [FrameResult?] = []

    /// - Parameter network: of the analyzer; its policy propagates.
    init(_ analyzer: ModelAnalyzer, _ network: AdaptiveNetwork) { (self.analyzer, self.network) = (analyzer, network) }

    /// The next frame is of another view.
    func reset() { last = nil }

    /// As `FrameAnalyzer.analyze`.
    func analyze(
        _ frames: [PreparedFrame], follows: Bool, into all: inout [FrameResult], onComputed: (Int) -> Void
    ) throws(DeepVidError) {
        (self.frames, results) = (frames, Array(repeating: nil, count: frames.count))
        defer { (self.frames, results) = ([], []) }
        if follows { last?.index = -1 } else { last = nil }
        var done = -1
        while done < frames.count - 1 {
            var end = done + 1, wasDivided = false
            if let first = last, first.placement == frames[end].placement {
                let gap = network.policy.propagation?.nextGap(seconds: frameSeconds) ?? 1
                end = min(done + gap, frames.count - 1)
                last = try compute(end, endsStretch: end > done + 1, onComputed)
                wasDivided = try fill(from: first, to: &last, end, onComputed)
                network.policy.propagation?.finish(gap: end - done, wasDivided: wasDivided)
            } else {
                last = try compute(end, onComputed)
            }
            all += results[done + 1...end].map { $0! }
            done = end
        }
    }

    /// Mean time from frame to frame in the window; nil where frames have no time.
    private var frameSeconds: Double? {
        guard frames.count > 1, let first = frames.first?.info.pts, let last = frames.last?.info.pts, last > first else { return nil }
        return (last - first) / Double(frames.count - 1)
    }

    /// Asks the network.
    /// - Returns: nil where nothing can be answered from what it says.
    private func compute(_ index: Int, endsStretch: Bool = false, _ onComputed: (Int) -> Void) throws(DeepVidError) -> End? {
        let answer = try analyzer.answer(frames[index], endsStretch: endsStretch && dividesInParts)
        results[index] = answer.result(of: frames[index])
        onComputed(index)
        return end(index)
    }

    private func end(_ index: Int) -> End? {
        analyzer.lastObjects.map { objects in
            End(index: index, objects: objects.map { AnswerPair.Known($0) }, placement: frames[index].placement)
        }
    }

    /// Answers the frames between two computed ones, asking the network about some, or parts of some, where need be.
    /// - Parameters:
    ///   - last: the second one, which learns how its objects move; nil where nothing is known of it.
    ///   - index: of the second.
    /// - Returns: whether a whole frame had to be computed.
    private func fill(from first: End, to last: inout End?, _ index: Int, _ onComputed: (Int) -> Void) throws(DeepVidError) -> Bool {
        let between = first.index + 1..<index, gap = index - first.index
        guard let second = last, second.placement == first.placement, let controller = network.policy.propagation else {
            for index in between { _ = try compute(index, onComputed) }
            return !between.isEmpty
        }
        var stretch = FrameStretch(first: first, pair: pair(first, second, gap: gap), gap: gap)
        last?.objects = stretch.pair.second
        stretch.inner = between.map { look(at: $0, stretch, noise: controller.noise(gap: gap)) }
        let expected = stretch.expectedLoss(controller), isCompared = controller.isCompared(gap: gap)
        var choice = PartChoice.nothing, candidates: [PartCandidate] = []
        if let middle = stretch.middle {
            if network.policy.mayComputeParts { candidates = stretch.candidates(in: frames[middle.index], middle, controller, network) }
            choice = controller.choose(expected: expected, among: network.policy.mayComputeParts ? candidates : nil)
        }
        guard let middle = stretch.middle, choice != .nothing || isCompared else {
            for frame in stretch.inner { try propagate(frame, stretch, onComputed) }
            network.policy.propagation?.account(expected, frames: gap, counts: stretch.pair.reports)
            return false
        }
        if choice != .nothing { dividesInParts = choice != .everything }
        var half: End?
        if case .some(let seen) = choice, !isCompared {
            half = try compute(seen, of: candidates, middle, stretch, onComputed)
        } else {
            half = try compute(middle.index, endsStretch: gap > 2, onComputed)
            if let half { learn(half, middle, stretch, isDrawn: false) }
        }
        results[middle.index]?.timing.addMatch(stretch.inner.reduce(0) { $0 + $1.matchMilliseconds })
        var start = first
        start.objects = stretch.pair.first
        let isFirstDivided = try fill(from: start, to: &half, middle.index, onComputed)
        guard let half else {
            for index in middle.index + 1..<index { _ = try compute(index, onComputed) }
            return true
        }
        let isSecondDivided = try fill(from: half, to: &last, index, onComputed)
        return choice == .everything || isFirstDivided || isSecondDivided
    }

    /// What may be wrong with a frame between two others.
    private func look(at index: Int, _ stretch: FrameStretch, noise: Double) -> Inner {
        let watch = Stopwatch(), frame = frames[index], pair = stretch.pair
        let changes = network.changes(in: frame.pixels, outside: pair.boxes, frame.placement)
        let milliseconds = watch.milliseconds, time = stretch.time(index), appeared = changes?.objects ?? 0
        return Inner(
            index: index, risks: pair.risks(at: time, noise: noise, appeared: appeared), changes: changes,
            matchMilliseconds: milliseconds)
    }

    /// Answers a frame from the two that it lies between.
    private func propagate(_ inner: Inner, _ stretch: FrameStretch, _ onComputed: (Int) -> Void) throws(DeepVidError) {
        let exact = try give(stretch.line(inner), inner, stretch) { result, _ in result.timing.addMatch(inner.matchMilliseconds) }
        if exact != nil { onComputed(inner.index) }
    }

    /// Asks the network about some of the objects of a frame; the others are where they lie between.
    /// - Parameter seen: numbers of candidates.
    private func compute(
        _ seen: Set<Int>, of candidates: [PartCandidate], _ inner: Inner, _ stretch: FrameStretch, _ onComputed: (Int) -> Void
    ) throws(DeepVidError) -> End? {
        let frame = frames[inner.index], parts = seen.map { candidates[$0] }
        let answer = try analyzer.answer(parts.map(\.area), of: frame, by: network)
        guard let objects = answer.objects else { return try compute(inner.index, onComputed) }
        let found = network.found(objects, in: parts, frame.placement)
        let known = stretch.pair.answer(at: stretch.time(inner.index), seen: seen, found: found)
        let exact = try give(known.map(\.detection), inner, stretch) { result, isDrawn in
            result.timing.add(answer)
            guard !isDrawn else { return }
            result.reuse?.share = answer.reused
            result.reuse?.reason = nil
        }
        onComputed(inner.index)
        if let exact { return exact }
        let half = End(index: inner.index, objects: known, placement: frame.placement), risk = stretch.risk(inner, of: seen)
        learn(half, inner, stretch, of: risk, found: found, isDrawn: false)
        if let controller = network.policy.propagation {
            let rest = controller.expectedLoss(inner.risks.whole) - controller.contribution(of: risk)
            network.policy.propagation?.account(rest: max(0, rest))
        }
        return half
    }

    /// Gives a frame an answer that the network was not asked for, or not for all of it.
    /// - Parameter complete: what the result has besides, and whether the frame is drawn for the estimate: it is computed as well then.
    /// - Returns: what the network says of a drawn frame.
    private func give(
        _ objects: [Detection], _ inner: Inner, _ stretch: FrameStretch, _ complete: (inout FrameResult, _ isDrawn: Bool) -> Void
    ) throws(DeepVidError) -> End? {
        let frame = frames[inner.index], answer = try analyzer.answer(frame, propagated: objects)
        let isDrawn = answer.reuse?.reason == .audit
        var result = answer.result(of: frame)
        complete(&result, isDrawn)
        results[inner.index] = result
        guard isDrawn, let exact = end(inner.index) else { return nil }
        learn(exact, inner, stretch, isDrawn: true)
        return exact
    }

    /// Takes what a computed frame says of the two that it lies between.
    /// - Parameters:
    ///   - risk: of what was computed; nil is all of it.
    ///   - found: objects that were; nil is all that `end` has.
    private func learn(
        _ end: End, _ inner: Inner, _ stretch: FrameStretch, of risk: PropagationRisk? = nil, found: [Detection]? = nil, isDrawn: Bool
    ) {
        let scores = analyzer.models[0].scores, line = stretch.line(inner), computed = end.objects.map(\.detection)
        let agreement = Agreement.between(.detections(line), .detections(computed), score: scores.reported, rule: analyzer.rule)
        let errors = stretch.pair.errors(at: stretch.time(inner.index), of: found ?? computed)
        network.policy.propagation?.learn(
            risk ?? inner.risks.whole, loss: agreement.map { 1 - $0 }, errors: errors, gap: stretch.gap, isDrawn: isDrawn)
        guard let changes = inner.changes, risk.map({ $0.changes > 0 }) ?? true else { return }
        let known = line.filter { $0.score >= scores.audited }
        let new = computed.filter { object in
            object.score >= scores.audited
                && !known.contains { $0.classID == object.classID && $0.box.intersectionOverUnion(object.box) >= 0.3 }
        }
        network.learn(changes, new: new.map(\.box), end.placement)
    }

    private func pair(_ first: End, _ second: End, gap: Int) -> AnswerPair {
        let scores = analyzer.models[0].scores
        return AnswerPair(
            first.objects, second.objects, gap: gap, score: scores.reported, least: scores.tracked / 2, rule: analyzer.rule)
    }
}

extension FrameResult.Timing {
    /// The network looked at parts besides.
    fileprivate mutating func add(_ part: ModelAnalyzer.PartAnswer) {
        addMatch(part.match)
        infer += part.infer
        postprocess += part.postprocess
    }

    /// More was compared.
    fileprivate mutating func addMatch(_ milliseconds: Double) { match = (match ?? 0) + milliseconds }
}
