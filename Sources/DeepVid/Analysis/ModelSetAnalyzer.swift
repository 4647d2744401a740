import DeepCache
import Models
import Vision

/// Frames in, results out, by several models: each of their networks in turn, on the same decoded frame. Models that see the same picture
/// have it made once, models that share a network have it run once (`ModelSet`).
package final class ModelSetAnalyzer: FrameAnalyzer {
    package let preparer: FramePreparer
    private let set: ModelSet
    /// One for each of the set's networks.
    private let networks: [ModelAnalyzer]
    /// By network, which of a frame's pictures it sees.
    private let pictures: [Int]

    /// Everything but activations, by network.
    package typealias State = [ModelAnalyzer.State]

    /// - Parameters:
    ///   - preparer: of analyzers of this set; nil makes one.
    ///   - state: of an analyzer where this one goes on.
    init(_ set: ModelSet, _ options: RunOptions, preparer: FramePreparer? = nil, resuming state: State? = nil) throws(DeepVidError) {
        try options.checkSeveral()
        let (profiles, pictures) = set.pictures
        let preparer = if let preparer { preparer } else { try FramePreparer(profiles[0], others: Array(profiles.dropFirst())) }
        (self.set, self.pictures, self.preparer) = (set, pictures, preparer)
        let buffers = preparer.makeBuffers()
        var networks: [ModelAnalyzer] = []
        for (place, members) in set.networks.enumerated() {
            // Weaker objects than those to be reported may continue a track, of those that are followed.
            let reported = members.map { member in
                let scores = set.members[member].model.scores
                return options.output.isTracking && member == set.primary ? scores.tracked : scores.reported
            }
            networks.append(
                try ModelAnalyzer(
                    members.map { set.members[$0].model }, options, reported: reported, preparer: preparer,
                    picture: buffers[pictures[place]], resuming: state?[place]))
        }
        self.networks = networks
    }

    package var state: AnalyzerState { .several(networks.map(\.ownState)) }

    package func begin() { for network in networks { network.begin() } }

    package func reset() { for network in networks { network.reset() } }

    package func analyze(_ frame: PreparedFrame) throws(DeepVidError) -> FrameResult {
        var answers = [ModelAnswer?](repeating: nil, count: set.members.count), timing = FrameResult.Timing()
        for (place, network) in networks.enumerated() {
            let own = try network.answer(frame.picture(pictures[place]))
            timing.add(own.timing)
            for (index, member) in set.networks[place].enumerated() {
                answers[member] = ModelAnswer(
                    name: set.members[member].name, answer: own.answers[index], reuse: own.reuse(ofModel: index))
            }
        }
        // Of all models together.
        (timing.decode, timing.preprocess) = (frame.info.decodeMilliseconds, frame.milliseconds)
        let first = answers[set.primary]!
        answers[set.primary] = nil
        var result = FrameResult(frame.info, answer: first.answer, reuse: first.reuse, timing: timing)
        result.others = answers.compactMap(\.self)
        return result
    }

    package func complete(_ summary: inout RunSummary) {
        var others: [RunSummary.Agreement?] = []
        for member in set.members.indices {
            let place = set.networks.firstIndex { $0.contains(member) }!
            let agreement = networks[place].agreement(ofModel: set.networks[place].firstIndex(of: member)!)
            if member == set.primary { summary.reuse?.agreement = agreement } else { others.append(agreement) }
        }
        for index in summary.others.indices { summary.others[index].reuse?.agreement = others[index] }
    }
}

/// What one of several models says of a frame.
public struct ModelAnswer: Sendable {
    /// Of the model among the others.
    public let name: String
    public var answer: HeadResult
    /// Nil with `ReuseOptions.Policy.off`.
    public var reuse: FrameResult.Reuse?
}

extension FrameResult.Timing {
    /// Adds what another network took.
    fileprivate mutating func add(_ other: FrameResult.Timing) {
        if let more = other.match { match = (match ?? 0) + more }
        infer += other.infer
        postprocess += other.postprocess
    }
}
