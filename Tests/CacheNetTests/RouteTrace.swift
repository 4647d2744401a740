@testable import CacheNet

/// What routing needs to know of a sequence of frames, to be replayed with any cache: no model is run.
struct RouteTrace: Sendable {
    struct Frame: Sendable, Equatable {
        /// What the selector says.
        var selected: Int
        /// The submodels whose entropy is below the threshold.
        var confident: Set<Int>

    }

    struct Counts: Sendable, Equatable {
        /// Frames whose answer is a submodel's.
        var hits = 0
        /// Frames for which the selected submodel was not resident.
        var misses = 0
        /// How often another submodel became active.
        var switches = 0
        /// The active submodel after each frame.
        var active: [Int?] = []
    }

    var frames: [Frame]

    init(_ frames: [Frame]) { self.frames = frames }

    /// Routes the frames; what is to be loaded is there at once. O(frames · N).
    func replay(_ settings: Router.Settings) -> Counts {
        var (router, counts) = (Router(settings), Counts())
        for frame in frames {
            let before = router.active
            if let active = before, frame.confident.contains(active) {
                router.recordHit()
                counts.hits += 1
            } else {
                let step = router.select(frame.selected)
                if step.isMiss { counts.misses += 1 }
                switch step {
                case .load(let k):
                    _ = router.didLoad(k)
                    fallthrough
                case .consult, .activate: if frame.confident.contains(frame.selected) { counts.hits += 1 }
                case .stay, .miss: break
                }
            }
            if router.active != before { counts.switches += 1 }
            counts.active.append(router.active)
        }
        return counts
    }
}
