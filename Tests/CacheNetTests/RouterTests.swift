import CacheNet
import Testing
import TestSupport

@Suite struct RouterTests {
    private func router(_ size: Int, _ hysteresis: Hysteresis = .none, resident: [Int] = []) -> Router {
        var router = Router(.init(cacheSize: size, hysteresis: hysteresis))
        for k in resident.reversed() {
            #expect(router.select(k) == .load(k))
            _ = router.arrived(k)
        }
        return router
    }

    @Test func theFirstSelectionIsLoadedAtOnce() {
        var router = router(1, Hysteresis(votes: 2, among: 3))
        #expect(router.select(3) == .load(3))
        #expect(router.active == nil && router.target == 3)
        #expect(router.arrived(3).isEmpty)
        #expect(router.active == 3 && router.resident == [3] && router.target == nil)
    }

    @Test func theLeastRecentlyUsedGoes() {
        var router = router(2, resident: [2, 1])
        #expect(router.resident == [2, 1])
        #expect(router.select(1) == .activate(1))
        #expect(router.resident == [1, 2] && router.active == 1)
        #expect(router.select(3) == .load(3))
        #expect(router.arrived(3) == [2])
        #expect(router.resident == [3, 1] && router.active == 3)
    }

    @Test func oneContraryFrameSwitchesNothing() {
        var router = router(1, Hysteresis(votes: 2, among: 3))
        _ = router.select(1)
        _ = router.arrived(1)
        router.sure()
        #expect(router.select(2) == .miss)
        #expect(router.active == 1 && router.target == nil)
        #expect(router.select(1) == .stay)
        #expect(router.select(2) == .load(2))
    }

    @Test func votesAreForgottenOverSureFrames() {
        var router = router(1, Hysteresis(votes: 2, among: 3))
        _ = router.select(1)
        _ = router.arrived(1)
        for _ in 0..<5 {
            #expect(router.select(2) == .miss)
            for _ in 0..<3 { router.sure() }
        }
        #expect(router.select(2) == .miss)
        router.sure()
        #expect(router.select(2) == .load(2))
    }

    @Test func aResidentSubmodelIsConsultedBeforeItIsBelieved() {
        var router = router(2, Hysteresis(votes: 2, among: 3))
        for k in [1, 1, 2, 2] { if case .load(let k) = router.select(k) { _ = router.arrived(k) } }
        #expect(router.active == 2 && router.resident == [2, 1])
        for _ in 0..<3 { router.sure() }
        #expect(router.select(1) == .consult(1))
        #expect(router.active == 2 && router.resident == [2, 1])
        #expect(router.select(1) == .activate(1))
        #expect(router.active == 1)
    }

    @Test func whatComesTooLateIsKeptOnlyWhereThereIsRoom() {
        var small = router(1, Hysteresis(votes: 2, among: 3)), large = router(2, Hysteresis(votes: 2, among: 3))
        for router in [0, 1] {
            func apply(_ body: (inout Router) -> Void) { if router == 0 { body(&small) } else { body(&large) } }
            apply {
                _ = $0.select(1); _ = $0.arrived(1)
            }
            apply {
                _ = $0.select(2); #expect($0.select(2) == .load(2))
            }
            // Meanwhile the scene is the old one again.
            apply {
                _ = $0.select(1); _ = $0.select(1)
            }
            apply { #expect($0.target == nil) }
        }
        #expect(small.arrived(2) == [2])
        #expect(small.resident == [1] && small.active == 1)
        #expect(large.arrived(2).isEmpty)
        #expect(large.resident == [1, 2] && large.active == 1)
    }

    @Test func aDownloadThatFailedIsAskedForAgain() {
        var router = router(1, resident: [1])
        #expect(router.select(2) == .load(2))
        router.failed(2)
        #expect(router.target == nil && router.active == 1)
        #expect(router.select(2) == .load(2))
    }

    @Test func whatArrivesTwiceIsThereOnce() {
        var router = router(3, resident: [1, 2])
        #expect(router.arrived(2).isEmpty)
        #expect(router.resident == [1, 2])
    }

    @Test func theActiveSubmodelIsNeverEvicted() {
        var dice = Dice(1)
        for size in 1...4 {
            var router = router(size, Hysteresis(votes: 2, among: 3))
            for _ in 0..<5000 {
                switch Int.random(in: 0..<4, using: &dice) {
                case 0: router.sure()
                case 1:
                    let active = router.active
                    let gone = router.arrived(Int.random(in: 1...6, using: &dice))
                    if let active, router.active == active { #expect(!gone.contains(active)) }
                default: _ = router.select(Int.random(in: 1...6, using: &dice))
                }
                #expect(router.resident.count <= size && Set(router.resident).count == router.resident.count)
                #expect(router.resident.first == router.active)
            }
        }
    }
}
