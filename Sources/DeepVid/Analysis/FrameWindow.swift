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
///         ●   ○   ○   ○   ●   ○   ○   ○   ●      ○ lies between (`AnswerPair`)
/// ```
final class FrameWindow {
    /// Frames that are given together at most: each waits as a picture of the model's size. 1 where none is answered from others.
    static func length(_ reuse: ReuseOptions) -> Int { !reuse.propagates ? 1 : reuse.targetAgreement >= 0.97 ? 16 : 32 }

    /// A frame that the network was asked about, and what it said.
    private struct End {
        /// In the window; −1 for the last frame of the window before.
        var index: Int
        var objects: [AnswerPair.Known]
        let placement: Placement
    }

    /// What is looked at of the frames between two computed ones.
    private struct Inner {
        let index: Int
        let risk: PropagationRisk
        let changes: UnexplainedChanges.Found?
        let matchMilliseconds: Double
    }

    private unowned let analyzer: ModelAnalyzer
    private let network: AdaptiveNetwork
    /// The last computed frame; nil where nothing can be answered from it.
    private var last: End?
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
                end = min(done + nextGap(after: first), frames.count - 1)
                last = try compute(end, onComputed)
                wasDivided = try fill(from: first, to: &last, end, onComputed)
                network.policy.propagation?.finish(gap: end - done, wasDivided: wasDivided)
            } else {
                last = try compute(end, onComputed)
            }
            all += results[done + 1...end].map { $0! }
            done = end
        }
    }

    /// How far the next computed frame is, if all stays as it was.
    private func nextGap(after first: End) -> Int {
        guard let controller = network.policy.propagation else { return 1 }
        let still = pair(first, first, gap: 1)
        return network.policy.propagation?.nextGap(seconds: frameSeconds) { still.risk(at: 0.5, noise: controller.noise(gap: $0)) } ?? 1
    }

    /// Mean time from frame to frame in the window; nil where frames have no time.
    private var frameSeconds: Double? {
        guard frames.count > 1, let first = frames.first?.info.pts, let last = frames.last?.info.pts, last > first else { return nil }
        return (last - first) / Double(frames.count - 1)
    }

    /// Asks the network.
    /// - Returns: nil where nothing can be answered from what it says.
    private func compute(_ index: Int, _ onComputed: (Int) -> Void) throws(DeepVidError) -> End? {
        results[index] = try analyzer.answer(frames[index]).result(of: frames[index])
        onComputed(index)
        return end(index)
    }

    private func end(_ index: Int) -> End? {
        analyzer.lastObjects.map { objects in
            End(index: index, objects: objects.map { AnswerPair.Known($0) }, placement: frames[index].placement)
        }
    }

    /// Answers the frames between two computed ones, asking the network about some where need be.
    /// - Parameters:
    ///   - last: the second one, which learns how its objects move; nil where nothing is known of it.
    ///   - index: of the second.
    /// - Returns: whether the network had to be asked.
    private func fill(from first: End, to last: inout End?, _ index: Int, _ onComputed: (Int) -> Void) throws(DeepVidError) -> Bool {
        let between = first.index + 1..<index, gap = index - first.index
        guard let second = last, second.placement == first.placement, let controller = network.policy.propagation else {
            for index in between { _ = try compute(index, onComputed) }
            return !between.isEmpty
        }
        let pair = pair(first, second, gap: gap)
        last?.objects = pair.second
        let inner = between.map { look(at: $0, first, pair, gap, noise: controller.noise(gap: gap)) }
        let expected = inner.reduce(0) { $0 + controller.expectedLoss($1.risk) }
        let isDivided = controller.isDivided(expected)
        guard !inner.isEmpty, isDivided || controller.isCompared(gap: gap) else {
            for frame in inner { try propagate(frame, first, pair, gap, onComputed) }
            network.policy.propagation?.account(expected, frames: gap, counts: pair.reports)
            return false
        }
        let middle = inner[(inner.count - 1) / 2]
        var half = try compute(middle.index, onComputed)
        results[middle.index]?.timing.addMatch(inner.reduce(0) { $0 + $1.matchMilliseconds })
        if let half { learn(half, middle, first, pair, gap, isDrawn: false) }
        var start = first
        start.objects = pair.first
        let isFirstDivided = try fill(from: start, to: &half, middle.index, onComputed)
        guard let half else {
            for index in middle.index + 1..<index { _ = try compute(index, onComputed) }
            return true
        }
        let isSecondDivided = try fill(from: half, to: &last, index, onComputed)
        return isDivided || isFirstDivided || isSecondDivided
    }

    /// What may be wrong with a frame between two others.
    private func look(at index: Int, _ first: End, _ pair: AnswerPair, _ gap: Int, noise: Double) -> Inner {
        let watch = Stopwatch(), frame = frames[index]
        let changes = network.changes(in: frame.pixels, outside: pair.boxes, frame.placement)
        let milliseconds = watch.milliseconds
        let risk = pair.risk(at: time(index, first, gap), noise: noise, appeared: changes?.objects ?? 0)
        return Inner(index: index, risk: risk, changes: changes, matchMilliseconds: milliseconds)
    }

    /// Answers a frame from the two that it lies between.
    private func propagate(_ inner: Inner, _ first: End, _ pair: AnswerPair, _ gap: Int, _ onComputed: (Int) -> Void) throws(DeepVidError) {
        let frame = frames[inner.index]
        let answer = try analyzer.answer(frame, propagated: pair.answer(at: time(inner.index, first, gap)))
        var result = answer.result(of: frame)
        result.timing.addMatch(inner.matchMilliseconds)
        results[inner.index] = result
        // Drawn for the estimate, it was computed as well.
        guard answer.reuse?.reason == .audit, let exact = end(inner.index) else { return }
        learn(exact, inner, first, pair, gap, isDrawn: true)
        onComputed(inner.index)
    }

    /// Takes what a computed frame says of the two that it lies between.
    private func learn(_ end: End, _ inner: Inner, _ first: End, _ pair: AnswerPair, _ gap: Int, isDrawn: Bool) {
        let scores = analyzer.models[0].scores, time = time(inner.index, first, gap)
        let line = pair.answer(at: time), computed = end.objects.map(\.detection)
        let agreement = Agreement.between(.detections(line), .detections(computed), score: scores.reported, rule: analyzer.rule)
        network.policy.propagation?.learn(
            inner.risk, loss: agreement.map { 1 - $0 }, errors: pair.errors(at: time, of: computed), gap: gap, isDrawn: isDrawn)
        guard let changes = inner.changes else { return }
        let known = line.filter { $0.score >= scores.audited }
        let new = computed.filter { object in
            object.score >= scores.audited
                && !known.contains { $0.classID == object.classID && $0.box.intersectionOverUnion(object.box) >= 0.3 }
        }
        network.learn(changes, new: new.map(\.box), end.placement)
    }

    /// 0 at the first computed frame, 1 at the second.
    private func time(_ index: Int, _ first: End, _ gap: Int) -> Double { Double(index - first.index) / Double(gap) }

    private func pair(_ first: End, _ second: End, gap: Int) -> AnswerPair {
        let scores = analyzer.models[0].scores
        return AnswerPair(
            first.objects, second.objects, gap: gap, score: scores.reported, least: scores.tracked / 2, rule: analyzer.rule)
    }
}

extension FrameResult.Timing {
    /// More was compared.
    fileprivate mutating func addMatch(_ milliseconds: Double) { match = (match ?? 0) + milliseconds }
}
