import Testing
import TestSupport

@testable import CacheNet

/// The paper's Appendix A, Theorem 2: a larger cache never misses more often.
@Suite struct BeladyTests {
    /// Scenes that last for a while, with contrary frames among them; some submodels are confident of what is not theirs.
    private func trace(_ seed: Int, submodels: Int) -> RouteTrace {
        var dice = Dice(seed)
        var scene = 1
        return RouteTrace(
            (0..<400).map { _ in
                if Int.random(in: 0..<8, using: &dice) == 0 { scene = Int.random(in: 1...submodels, using: &dice) }
                let contrary = Int.random(in: 0..<6, using: &dice) == 0
                let selected = contrary ? Int.random(in: 1...submodels, using: &dice) : scene
                let confident = (1...submodels).filter { Int.random(in: 0..<10, using: &dice) < ($0 == scene ? 8 : 2) }
                return .init(selected: selected, confident: Set(confident))
            })
    }

    @Test(arguments: [Hysteresis.none, .usual, Hysteresis(votes: 2, among: 3), Hysteresis(votes: 1, among: 4)])
    func missesNeverRiseWithTheCache(_ hysteresis: Hysteresis) {
        var fell = 0
        for seed in 0..<200 {
            let submodels = 2 + seed % 7
            let trace = trace(seed, submodels: submodels)
            let runs = (1...submodels + 1).map { trace.replay(.init(cacheSize: $0, hysteresis: hysteresis)) }
            for (smaller, larger) in zip(runs, runs.dropFirst()) {
                #expect(larger.misses <= smaller.misses, "seed \(seed)")
                if larger.misses < smaller.misses { fell += 1 }
                // Why it holds: who is active does not depend on the size.
                #expect(larger.active == smaller.active, "seed \(seed)")
                #expect(larger.switches == smaller.switches, "seed \(seed)")
                #expect(larger.hits >= smaller.hits, "seed \(seed)")
            }
            // Each submodel has to be got once at least, as far as it ever became active.
            #expect(runs.last!.misses >= Set(runs.last!.active.compactMap(\.self)).count)
        }
        #expect(fell > 100, "the traces put the cache to no test")
    }

    @Test func countsOfASmallTrace() {
        let trace = RouteTrace([1, 1, 2, 2, 1, 1].map { .init(selected: $0, confident: [$0]) })
        let one = trace.replay(.init(cacheSize: 1, hysteresis: .none))
        #expect((one.hits, one.misses, one.switches) == (6, 3, 3))
        let two = trace.replay(.init(cacheSize: 2, hysteresis: .none))
        #expect((two.hits, two.misses, two.switches) == (6, 2, 3))
        let pair = Hysteresis(votes: 2, among: 3)
        // With hysteresis the second contrary frame switches, and the first is for the full model unless its submodel is resident.
        let careful = trace.replay(.init(cacheSize: 1, hysteresis: pair))
        #expect(careful.active == [1, 1, 1, 2, 2, 1])
        #expect((careful.hits, careful.misses, careful.switches) == (4, 5, 3))
        let roomy = trace.replay(.init(cacheSize: 2, hysteresis: pair))
        #expect((roomy.hits, roomy.misses, roomy.switches) == (5, 3, 3))
    }
}
