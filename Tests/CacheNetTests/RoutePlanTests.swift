import Testing

@testable import CacheNet

/// The decisions for a frame, driven with made-up entropies, selections and edges.
@Suite struct RoutePlanTests {
    private func plan(_ mode: RoutePlan.Mode, size: Int = 1) -> RoutePlan {
        RoutePlan(
            mode, threshold: 0.5, partitions: Partitions(count: 4, overlap: 0.3),
            router: Router(.init(cacheSize: size, hysteresis: .none)))
    }

    /// With submodel `k` active.
    private func plan(_ mode: RoutePlan.Mode, size: Int = 1, active k: Int) -> RoutePlan {
        var router = Router(.init(cacheSize: size, hysteresis: .none))
        _ = router.select(k)
        _ = router.didLoad(k)
        return RoutePlan(mode, threshold: 0.5, partitions: Partitions(count: 4, overlap: 0.3), router: router)
    }

    private func select(_ k: Int) -> Selection { Selection(submodel: k, angle: Partitions(count: 4, overlap: 0.3).midpoint(k)) }

    @Test func theFullModelAlone() {
        var plan = plan(.deviceOnly)
        #expect(plan.begin() == .runFull)
        #expect(plan.outcome == RouteOutcome(servedBy: .device))
    }

    @Test func inProcessTheSelectedSubmodelIsLoadedAndAsked() {
        var plan = plan(.submodels)
        #expect(plan.begin() == .select)
        #expect(plan.selected(select(2)) == .run(2))
        #expect(plan.router.active == 2)
        #expect(plan.ran(2, entropy: 0.4) == .answer)
        #expect(plan.outcome.hit)
        #expect(plan.outcome.miss)
        #expect(plan.outcome.submodel == 2)
        #expect(plan.outcome.selection == select(2))
    }

    @Test func aHitAsksNobodyElse() {
        var plan = plan(.submodels, active: 1)
        #expect(plan.begin() == .run(1))
        #expect(plan.ran(1, entropy: 0.1) == .answer)
        #expect(plan.outcome.selection == nil)
        #expect(!plan.outcome.miss)
        #expect(plan.outcome.entropy == 0.1)
    }

    /// A hit is an entropy below the threshold, not at it.
    @Test(arguments: [(0.5.nextDown, true), (0.5, false), (.infinity, false), (.nan, false)])
    func theThreshold(entropy: Double, isHit: Bool) {
        var plan = plan(.submodels, active: 1)
        _ = plan.begin()
        #expect(plan.ran(1, entropy: entropy) == (isHit ? .answer : .select))
        #expect(plan.outcome.hit == isHit)
    }

    @Test func whatNoSubmodelIsConfidentOfIsTheFullModels() {
        var plan = plan(.submodels, active: 1)
        _ = plan.begin()
        #expect(plan.ran(1, entropy: 0.9) == .select)
        #expect(plan.selected(select(3)) == .run(3))
        #expect(plan.ran(3, entropy: 0.8) == .runFull)
        #expect(plan.outcome.submodel == nil)
        #expect(plan.outcome.entropy == 0.8)
        #expect(plan.outcome.servedBy == .device)
    }

    @Test func theActiveSubmodelIsNotAskedTwice() {
        var plan = plan(.submodels, active: 1)
        _ = plan.begin()
        _ = plan.ran(1, entropy: 0.9)
        #expect(plan.selected(select(1)) == .runFull)
        #expect(!plan.outcome.miss)
    }

    @Test func theEdgeAnswersAndItsChoiceIsRequested() {
        var plan = plan(.edge)
        #expect(plan.begin(hasSelector: false, isEdgeOpen: true) == .askEdge)
        #expect(plan.edgeAnswered(select(3), milliseconds: 7) == .answer)
        #expect(plan.requests == [3])
        #expect(plan.router.active == nil)
        #expect(plan.outcome.servedBy == .edge)
        #expect(plan.outcome.miss)
        #expect(plan.outcome.edgeMilliseconds == 7)
        plan.didLoad(3)
        #expect(plan.begin(hasSelector: true, isEdgeOpen: true) == .run(3))
    }

    /// With room for one submodel the edge's choice is as good, and comes with its answer; without the edge, the device chooses.
    @Test(arguments: [(1, true, false), (1, false, true), (2, true, true)])
    func whoChooses(size: Int, isOpen: Bool, isDevice: Bool) {
        var plan = plan(.edge, size: size, active: 1)
        _ = plan.begin(hasSelector: true, isEdgeOpen: isOpen)
        #expect(plan.ran(1, entropy: 0.9) == (isDevice ? .select : .askEdge))
    }

    @Test func aSubmodelThatIsNotThereIsRequestedAndNotWaitedFor() {
        var plan = plan(.edge, size: 2, active: 1)
        _ = plan.begin(hasSelector: true, isEdgeOpen: true)
        _ = plan.ran(1, entropy: 0.9)
        #expect(plan.selected(select(3)) == .askEdge)
        #expect(plan.requests.last == 3)
        // The edge's choice is no second vote.
        let router = plan.router
        #expect(plan.edgeAnswered(select(4), milliseconds: 1) == .answer)
        #expect(plan.router == router)
        #expect(plan.outcome.selection == select(3))
    }

    @Test func withoutTheEdgeTheUnsureSubmodelAnswers() {
        var plan = plan(.edge, active: 1)
        _ = plan.begin(hasSelector: false, isEdgeOpen: true)
        #expect(plan.ran(1, entropy: 0.9) == .askEdge)
        #expect(plan.edgeFailed("edge_timeout", milliseconds: 50) == .answer)
        #expect(plan.outcome.submodel == 1)
        #expect(!plan.outcome.hit)
        #expect(plan.outcome.servedBy == .device)
        #expect(plan.outcome.reason == "edge_timeout")
    }

    @Test(arguments: [RoutePlan.Mode.edge, .edgeOnly])
    func withoutAnythingThereIsNoAnswer(_ mode: RoutePlan.Mode) {
        var plan = plan(mode)
        #expect(plan.begin(hasSelector: false, isEdgeOpen: true) == .askEdge)
        #expect(plan.edgeFailed("edge_unreachable", milliseconds: nil) == .answer)
        #expect(plan.outcome.servedBy == .none)
        #expect(plan.outcome.edgeMilliseconds == nil)
        // Nothing of it is left for the next frame.
        _ = plan.begin(hasSelector: true, isEdgeOpen: true)
        #expect(plan.outcome == RouteOutcome())
    }

    @Test func everyFrameToTheEdge() {
        var plan = plan(.edgeOnly)
        for _ in 0..<3 {
            #expect(plan.begin(hasSelector: true, isEdgeOpen: true) == .askEdge)
            #expect(plan.edgeAnswered(select(2), milliseconds: 3) == .answer)
            #expect(plan.outcome.selection == select(2))
        }
        #expect(plan.requests.isEmpty)
        #expect(plan.router.active == nil)
    }

    /// Every eighth hit, where there is room for the next submodel, the selector looks where the pictures drift.
    @Test(arguments: [(2, [8, 16]), (1, [])])
    func looksAhead(size: Int, looks: [Int]) {
        var plan = plan(.edge, size: size, active: 1)
        var seen: [Int] = []
        for frame in 1...20 {
            _ = plan.begin(hasSelector: true, isEdgeOpen: true)
            if plan.ran(1, entropy: 0.1) == .select {
                seen.append(frame)
                #expect(plan.selected(select(1)) == .answer)
                #expect(plan.outcome.selection == nil)
            }
        }
        #expect(seen == looks)
    }

    @Test func theNeighborAheadIsRequestedBeforeItIsNeeded() {
        var plan = plan(.edge, size: 2, active: 1)
        var requested: [Int] = []
        for step in 0..<400 {
            _ = plan.begin(hasSelector: true, isEdgeOpen: true)
            // From the middle of the first sector to its upper boundary.
            let angle = Double.pi / 4 + .pi / 4 * Double(step) / 400
            if plan.ran(1, entropy: 0.1) == .select { _ = plan.selected(Selection(submodel: 1, angle: angle)) }
            requested += plan.requests
            plan.requests = []
        }
        #expect(Set(requested) == [2])
    }

    @Test func countsAreOfWhatHappened() {
        var counts = RouteCounts()
        var outcome = RouteOutcome(servedBy: .edge)
        (outcome.miss, outcome.edgeMilliseconds) = (true, 30)
        counts.add(outcome, milliseconds: 50)
        outcome = RouteOutcome()
        outcome.hit = true
        counts.add(outcome, milliseconds: 10)
        outcome = RouteOutcome(servedBy: .none)
        for reason in ["edge_timeout", "edge_backoff"] {
            outcome.reason = reason
            counts.add(outcome, milliseconds: 0)
        }
        #expect(counts.frames == 4)
        #expect(counts.hits == 1)
        #expect(counts.misses == 1)
        #expect(counts.edgeAnswers == 1)
        #expect(counts.edgeFailures == 1, "not to ask is no failure")
        #expect(abs(counts.edgeSeconds - 0.03) < 1e-12)
        #expect(abs(counts.deviceSeconds - 0.03) < 1e-12)
    }
}
