/// What routing needs to know of a sequence of frames, to be replayed with any cache: no model is run.
public struct RouteTrace: Sendable {
    public struct Frame: Sendable, Equatable {
        /// What the selector says.
        public var selected: Int
        /// The submodels whose entropy is below the threshold.
        public var sure: Set<Int>

        public init(selected: Int, sure: Set<Int>) { (self.selected, self.sure) = (selected, sure) }
    }

    public struct Counts: Sendable, Equatable {
        /// Frames whose answer is a submodel's.
        public var hits = 0
        /// Frames for which the selected submodel was not resident.
        public var misses = 0
        /// How often another submodel became active.
        public var switches = 0
        /// The active submodel after each frame.
        public var active: [Int?] = []
    }

    public var frames: [Frame]

    public init(_ frames: [Frame]) { self.frames = frames }

    /// Routes the frames; what is to be loaded is there at once. O(frames · N).
    public func replay(_ settings: Router.Settings) -> Counts {
        var (router, counts) = (Router(settings), Counts())
        for frame in frames {
            let before = router.active
            if let active = before, frame.sure.contains(active) {
                router.sure()
                counts.hits += 1
            } else {
                let step = router.select(frame.selected)
                if step.isMiss { counts.misses += 1 }
                switch step {
                case .load(let k):
                    _ = router.arrived(k)
                    fallthrough
                case .consult, .activate: if frame.sure.contains(frame.selected) { counts.hits += 1 }
                case .stay, .miss: break
                }
            }
            if router.active != before { counts.switches += 1 }
            counts.active.append(router.active)
        }
        return counts
    }
}
