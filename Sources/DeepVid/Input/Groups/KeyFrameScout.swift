import DeepCache
import Models
import Video
import Vision

/// Looks at single frames, beside the analyzers of the run: what the model says of one, and whether a key frame differs from the one before.
final class KeyFrameScout {
    /// What a key frame shows.
    struct Look {
        /// As it is reported for the frame.
        var result: FrameResult
        /// Objects down to those near the threshold.
        var objects: [SeenFrame.SeenObject]
        /// Share of the blocks that are other than on the key frame before, and than on the last quiet one; 1 if the best class is another.
        var changed: Double
    }

    /// A key frame that was looked at, and is not what later ones are compared with yet.
    struct Sight {
        let group: Int
        let look: Look
        fileprivate let prepared: PreparedFrame
    }

    private let model: LoadedModel
    private let options: RunOptions
    private let resumed: ModelAnalyzer.State?
    private let least: Float
    /// Made at the first frame, whose shape the model's input may take.
    private var eyes: Eyes?

    private struct Eyes {
        let analyzer: ModelAnalyzer
        let reuses: Bool
        /// Compare with the key frame before, and with the last one that shows nothing.
        let matcher, quiet: BlockMatcher
    }

    /// Frames that were looked at.
    private var framesSeen = 0
    private var looks: [(group: Int, look: Look)] = []
    private var lastPlacement: Placement?
    /// Where the quiet key frame lies in the model's input; nil before there was one.
    private var quietPlacement: Placement?
    /// The last key frame, until another is looked at.
    private var last: (group: Int, prepared: PreparedFrame)?

    /// - Parameter state: of a scout where this one goes on.
    init(_ model: LoadedModel, _ options: RunOptions, resuming state: ModelAnalyzer.State?) {
        (self.model, self.options, resumed) = (model, options, state)
        least = options.output.isTracking ? model.scores.tracked : model.scores.reported
    }

    private func open(for frame: Frame) throws(DeepVidError) -> Eyes {
        framesSeen += 1
        let reuses = options.reuse.policy != .off && (resumed != nil || framesSeen > GroupConstants.Looks.beforeReuse)
        if let eyes, eyes.reuses == reuses { return eyes }
        let shaped = try model.shaped(for: (frame.width, frame.height), options)
        var own = options
        own.memory = nil
        own.reuse.policy = reuses ? .adaptive : .off
        let analyzer = try ModelAnalyzer(shaped, own, minimumScore: min(least, model.scores.audited), resuming: resumed)
        let picture = analyzer.preparer.makeBuffer(), block = options.reuse.block
        func makeMatcher() -> BlockMatcher {
            let matcher = BlockMatcher(
                width: picture.width, height: picture.height, channels: picture.channels, rowBytes: picture.rowBytes, block: block)
            matcher.tolerance = GroupConstants.changedLevel
            return matcher
        }
        let made = Eyes(
            analyzer: analyzer, reuses: reuses, matcher: eyes?.matcher ?? makeMatcher(), quiet: eyes?.quiet ?? makeMatcher())
        eyes = made
        return made
    }

    var state: ModelAnalyzer.State { eyes?.analyzer.ownState ?? resumed ?? ModelAnalyzer.State() }

    /// What the key frame of a group shows. Costs nothing the second time.
    func look(at frame: Frame, of group: Int) throws(DeepVidError) -> Look {
        if let known = looks.first(where: { $0.group == group })?.look { return known }
        let sight = try see(frame, of: group, after: group - 1)
        take(sight)
        return sight.look
    }

    /// Looks at the key frame of a group and compares it with that of the group `before`, if that was the last to be taken.
    func see(_ frame: Frame, of group: Int, after before: Int) throws(DeepVidError) -> Sight {
        let eyes = try open(for: frame)
        let prepared = try eyes.analyzer.preparer.prepare(frame)
        var result = try eyes.analyzer.analyze(prepared)
        var changed = 0.0
        // Others do not tell what changed meanwhile.
        let isNext = looks.last?.group == before && lastPlacement == prepared.placement
        if isNext {
            changed = eyes.matcher.compare(prepared.pixels.base)
            // What came with the key frame before and is gone again is no change of this one.
            if changed > 0, quietPlacement == prepared.placement { changed = min(changed, eyes.quiet.compare(prepared.pixels.base)) }
        }
        let seen = objects(of: result)
        switch result.answer {
        case .detections(let objects): result.detections = objects.filter { $0.score >= least }
        case .classes(let classes):
            if isNext, let before = looks.last?.look.result.classes.first?.classID, before != classes.first?.classID { changed = 1 }
        default: break
        }
        return Sight(group: group, look: Look(result: result, objects: seen, changed: changed), prepared: prepared)
    }

    /// What a frame within a group shows. Key frames are not compared with it.
    /// - Returns: objects down to those near the threshold, and a classifier's best class.
    func probe(_ frame: Frame) throws(DeepVidError) -> (objects: [SeenFrame.SeenObject], best: Int?) {
        let analyzer = try open(for: frame).analyzer
        let result = try analyzer.analyze(analyzer.preparer.prepare(frame))
        guard case .classes(let classes) = result.answer else { return (objects(of: result), nil) }
        return ([], classes.first?.classID)
    }

    private func objects(of result: FrameResult) -> [SeenFrame.SeenObject] {
        guard case .detections(let objects) = result.answer else { return [] }
        return objects.filter { $0.score >= model.scores.audited }.map(SeenFrame.SeenObject.init)
    }

    /// What comes next is compared with this one.
    func take(_ sight: Sight) {
        eyes?.matcher.accept(sight.prepared.pixels.base)
        (lastPlacement, last) = (sight.prepared.placement, (sight.group, sight.prepared))
        looks.append((sight.group, sight.look))
        if looks.count > GroupConstants.Looks.kept { looks.removeFirst() }
    }

    /// Takes that the key frame of a group, the last that was looked at, shows nothing.
    func settle(quiet group: Int) {
        guard let last, last.group == group else { return }
        eyes?.quiet.accept(last.prepared.pixels.base)
        quietPlacement = last.prepared.placement
    }
}
