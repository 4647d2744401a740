import DeepCache
import Models
import Video
import Vision

/// Looks at single key frames, beside the analyzers of the run: what the model says of one, and whether it differs from the one before.
final class KeyFrameScout {
    /// What a key frame shows.
    struct Look {
        /// As it is reported for the frame.
        var result: FrameResult
        /// Objects down to those near the threshold.
        var objects: [SeenFrame.SeenObject]
        /// Whether a block changed since the key frame before, or the best class did.
        var hasChanged: Bool
    }

    private let model: LoadedModel
    private let analyzer: ModelAnalyzer
    private let least: Float
    private let matcher: BlockMatcher
    private var looks: [(group: Int, look: Look)] = []
    private var lastPlacement: Placement?

    /// - Parameter state: of a scout where this one goes on.
    init(_ model: LoadedModel, _ options: RunOptions, resuming state: ModelAnalyzer.State?) throws(DeepVidError) {
        var own = options
        own.memory = nil
        if own.reuse.policy != .off { own.reuse.policy = .adaptive }
        self.model = model
        least = options.output.isTracking ? model.scores.tracked : model.scores.reported
        analyzer = try ModelAnalyzer(model, own, minimumScore: min(least, model.scores.audited), resuming: state)
        let picture = analyzer.preparer.makeBuffer()
        matcher = BlockMatcher(
            width: picture.width, height: picture.height, channels: picture.channels, rowBytes: picture.rowBytes, block: options.reuse.block
        )
        matcher.tolerance = GroupConstants.changedLevel
    }

    var state: ModelAnalyzer.State { analyzer.ownState }

    /// What the key frame of a group shows. Costs nothing the second time.
    func look(at frame: Frame, of group: Int) throws(DeepVidError) -> Look {
        if let known = looks.first(where: { $0.group == group })?.look { return known }
        let prepared = try analyzer.preparer.prepare(frame)
        var result = try analyzer.analyze(prepared)
        var hasChanged = false, seen: [SeenFrame.SeenObject] = []
        // Only neighbours tell what changed meanwhile.
        let isNext = looks.last?.group == group - 1 && lastPlacement == prepared.placement
        if isNext, matcher.compare(prepared.pixels.base) > 0 { hasChanged = true }
        matcher.accept(prepared.pixels.base)
        lastPlacement = prepared.placement
        switch result.answer {
        case .detections(let objects):
            seen = objects.filter { $0.score >= model.scores.audited }.map(SeenFrame.SeenObject.init)
            result.detections = objects.filter { $0.score >= least }
        case .classes(let classes):
            if isNext, let before = looks.last?.look.result.classes.first?.classID, before != classes.first?.classID { hasChanged = true }
        default: break
        }
        let look = Look(result: result, objects: seen, hasChanged: hasChanged)
        looks.append((group, look))
        if looks.count > 2 { looks.removeFirst() }
        return look
    }
}
