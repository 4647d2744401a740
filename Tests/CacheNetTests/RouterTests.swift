import Testing
import TestSupport

@testable import CacheNet

@Suite struct RouterTests {
    private func router(_ size: Int, _ hysteresis: Hysteresis = .none, resident: [Int] = []) -> Router {
        var router = Router(.init(cacheSize: size, hysteresis: hysteresis))
        for k in resident.reversed() {
            #expect(router.select(k) == .load(k))
            _ = router.didLoad(k)
        }
        return router
    }

    @Test func theFirstSelectionIsLoadedAtOnce() {
        var router = router(1, Hysteresis(votes: 2, among: 3))
        #expect(router.select(3) == .load(3))
        #expect(router.active == nil)
        #expect(router.target == 3)
        #expect(router.didLoad(3).isEmpty)
        #expect(router.active == 3)
        #expect(router.resident == [3])
        #expect(router.target == nil)
    }

    @Test func theLeastRecentlyUsedGoes() {
        var router = router(2, resident: [2, 1])
        #expect(router.resident == [2, 1])
        #expect(router.select(1) == .activate(1))
        #expect(router.resident == [1, 2])
        #expect(router.active == 1)
        #expect(router.select(3) == .load(3))
        #expect(router.didLoad(3) == [2])
        #expect(router.resident == [3, 1])
        #expect(router.active == 3)
    }

    @Test func oneContraryFrameSwitchesNothing() {
        var router = router(1, Hysteresis(votes: 2, among: 3))
        _ = router.select(1)
        _ = router.didLoad(1)
        router.recordHit()
        #expect(router.select(2) == .miss)
        #expect(router.active == 1)
        #expect(router.target == nil)
        #expect(router.select(1) == .stay)
        #expect(router.select(2) == .load(2))
    }

    @Test func votesAreForgottenOverHits() {
        var router = router(1, Hysteresis(votes: 2, among: 3))
        _ = router.select(1)
        _ = router.didLoad(1)
        for _ in 0..<5 {
            #expect(router.select(2) == .miss)
            for _ in 0..<3 { router.recordHit() }
        }
        #expect(router.select(2) == .miss)
        router.recordHit()
        #expect(router.select(2) == .load(2))
    }

    @Test func aResidentSubmodelIsConsultedBeforeItIsBelieved() {
        var router = router(2, Hysteresis(votes: 2, among: 3))
        for k in [1, 1, 2, 2] { if case .load(let k) = router.select(k) { _ = router.didLoad(k) } }
        #expect(router.active == 2)
        #expect(router.resident == [2, 1])
        for _ in 0..<3 { router.recordHit() }
        #expect(router.select(1) == .consult(1))
        #expect(router.active == 2)
        #expect(router.resident == [2, 1])
        #expect(router.select(1) == .activate(1))
        #expect(router.active == 1)
    }

    @Test func whatComesTooLateIsKeptOnlyWhereThereIsRoom() {
        var small = router(1, Hysteresis(votes: 2, among: 3)), large = router(2, Hysteresis(votes: 2, among: 3))
        for router in [0, 1] {
            func apply(_ body: (inout Router) -> Void) { if router == 0 { body(&small) } else { body(&large) } }
            apply {
                _ = $0.select(1); _ = $0.didLoad(1)
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
        #expect(small.didLoad(2) == [2])
        #expect(small.resident == [1])
        #expect(small.active == 1)
        #expect(large.didLoad(2).isEmpty)
        #expect(large.resident == [1, 2])
        #expect(large.active == 1)
    }

    @Test func aDownloadThatFailedIsAskedForAgain() {
        var router = router(1, resident: [1])
        #expect(router.select(2) == .load(2))
        router.didFail(2)
        #expect(router.target == nil)
        #expect(router.active == 1)
        #expect(router.select(2) == .load(2))
    }

    @Test func whatArrivesTwiceIsThereOnce() {
        var router = router(3, resident: [1, 2])
        #expect(router.didLoad(2).isEmpty)
        #expect(router.resident == [1, 2])
    }

    @Test func theActiveSubmodelIsNeverEvicted() {
        var dice = Dice(1)
        for size in 1...4 {
            var router = router(size, Hysteresis(votes: 2, among: 3))
            for _ in 0..<5000 {
                switch Int.random(in: 0..<4, using: &dice) {
                case 0: router.recordHit()
                case 1:
                    let active = router.active
                    let gone = router.didLoad(Int.random(in: 1...6, using: &dice))
                    if let active, router.active == active { #expect(!gone.contains(active)) }
                default: _ = router.select(Int.random(in: 1...6, using: &dice))
                }
                #expect(router.resident.count <= size)
                #expect(Set(router.resident).count == router.resident.count)
                #expect(router.resident.first == router.active)
            }
        }
    }
}
