import Synchronization
import Testing
import Vision

@testable import ResultCache

/// Gives what a test put there, and counts what it is asked.
private final class FakeSecondLevel: SecondLevel {
    struct State {
        var known: [CacheEntry] = []
        var added: [CacheEntry] = []
        var asked = 0
    }
    let state = Mutex(State())

    func neighbours(of keys: [CropKey], within radius: Float, count: Int, model: ModelIdentity) -> [[CacheEntry]] {
        state.withLock { state in
            state.asked += keys.count
            return keys.map { key in state.known.filter { $0.key.distance(to: key) <= radius } }
        }
    }

    func add(_ entry: CacheEntry, model: ModelIdentity) { state.withLock { $0.added.append(entry) } }
}

@Suite struct ResultCacheTests {
    private let model = ModelIdentity(
        sha256: "one", card: ModelCard(head: .classification, input: InputCard(width: 32, height: 32, resize: .stretch)),
        labels: Labels(names: (0..<40).map { "class \($0)" }))

    /// What a stream of crops of 30 things comes to, each with noise of its own, where the model is wrong about `doubtful` of a hundred.
    private func stream(_ cache: ResultCache, count: Int = 1500, doubtful: Int = 0) -> (origins: [String], right: Int) {
        var dice = SeededNumbers(20)
        let things = (0..<30).map { _ in dice.key() }
        var origins: [String] = [], right = 0
        for _ in 0..<count {
            let thing = dice.int(things.count), key = dice.key(near: things[thing], spread: 4)
            let said = Answer.oneClass(dice.int(100) < doubtful ? dice.int(30) : thing)
            let lookup = cache.lookup(key, now: 0)
            switch lookup {
            case .hit(let hit):
                origins.append(hit.origin.rawValue)
                right += hit.answer.agrees(with: said) ? 1 : 0
            case .audit, .miss:
                origins.append("model")
                cache.insert(said, for: key, after: lookup, seconds: 0.01, now: 0)
            }
        }
        return (origins, right)
    }

    @Test func whatLooksAlikeIsAnsweredWithoutTheModel() {
        let cache = ResultCache(model, now: 0), (origins, right) = stream(cache), hits = origins.count { $0 == "cache" }
        #expect(Double(hits) / Double(origins.count) > 0.85)
        #expect(right == hits)
        let counts = cache.counts
        #expect(counts.lookups == origins.count)
        #expect(counts.hits[.cache] == hits)
        #expect(counts.hits[.cache]! + counts.audits.audits + counts.misses.values.reduce(0, +) == counts.lookups)
        #expect(counts.audits.agreement == 1)
        // Audits that agree are no entries of their own.
        #expect(counts.entries == counts.misses.values.reduce(0, +))
    }

    /// A model that is not sure: the target holds, or nothing is handed out.
    @Test func doubtfulAnswersAreSharedLess() {
        var options = ResultCache.Options()
        options.targetAgreement = 0.9
        let sure = stream(ResultCache(model, options, now: 0), doubtful: 4),
            unsure = stream(ResultCache(model, options, now: 0), doubtful: 40)
        let (often, seldom) = (sure.origins.count { $0 == "cache" }, unsure.origins.count { $0 == "cache" })
        #expect(often > 1000)
        #expect(Double(sure.right) / Double(often) >= 0.9)
        #expect(seldom < often / 4)
    }

    @Test func theSameCropsAreAnsweredInTheSameWay() {
        let runs = (0..<2).map { _ in stream(ResultCache(model, now: 0), count: 600, doubtful: 10).origins }
        #expect(runs[0] == runs[1])
    }

    @Test func theSecondLevelIsAskedAboutWhatIsNotKnown() {
        var dice = SeededNumbers(21)
        let (first, second, third) = (dice.key(), dice.key(), dice.key()), level = FakeSecondLevel()
        level.state.withLock { $0.known = [CacheEntry(second, .oneClass(7), time: 0), CacheEntry(third, .oneClass(99), time: 0)] }
        let cache = ResultCache(model, secondLevel: level, now: 10)
        // Before this model has said anything, nobody can tell what fits.
        let unknown = cache.lookup(first, now: 10)
        #expect(level.state.withLock { $0.asked } == 0)
        cache.insert(.oneClass(1), for: first, after: unknown, seconds: 0.01, now: 10)
        #expect(level.state.withLock { $0.added }.map(\.answer) == [.oneClass(1)])
        // What is known here is not asked about; what the model cannot say is not taken: it has 40 classes.
        let lookups = cache.lookup([first, second, third], now: 10)
        #expect(level.state.withLock { $0.asked } == 2)
        let answers = lookups.map { lookup -> (Answer, Lookup.Origin)? in
            switch lookup {
            case .hit(let hit), .audit(let hit): (hit.answer, hit.origin)
            case .miss: nil
            }
        }
        #expect(answers.map { $0?.0 } == [.oneClass(1), .oneClass(7), nil])
        #expect(answers.map { $0?.1 } == [.cache, .edge, nil])
        // From then on it is known.
        _ = cache.lookup(second, now: 10)
        #expect(level.state.withLock { $0.asked } == 2)
    }

    /// By the time it took on its way, an entry looks younger than it is: one of just now is of a moment that is still to come.
    @Test func whatAnotherDeviceSaidJustNowIsTaken() {
        var dice = SeededNumbers(22)
        let (first, second) = (dice.key(), dice.key()), level = FakeSecondLevel()
        level.state.withLock { $0.known = [CacheEntry(second, .oneClass(7), time: 10.02)] }
        let cache = ResultCache(model, secondLevel: level, now: 10)
        cache.insert(.oneClass(1), for: first, after: cache.lookup(first, now: 10), seconds: 0.01, now: 10)
        switch cache.lookup(second, now: 10) {
        case .hit(let hit), .audit(let hit): #expect(hit.answer == .oneClass(7))
        case .miss(let miss): Issue.record("\(miss)")
        }
        // It is of now, and goes when what is of now goes.
        level.state.withLock { $0.known = [] }
        guard case .miss = cache.lookup(second, now: 10.01 + ResultCacheConstants.Pool.usualMaximumAge) else {
            Issue.record("it outlived its age")
            return
        }
    }

    /// Several workers at once: no answer is another thing's.
    @Test func threadsMayShareACache() async {
        let cache = ResultCache(model, now: 0)
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    let (origins, right) = self.stream(cache, count: 300)
                    return right == origins.count { $0 == "cache" }
                }
            }
            for await isRight in group { #expect(isRight) }
        }
        #expect(cache.counts.lookups == 1200)
    }

    @Test func answersOfAnotherModelCardOrLabelsHaveAnotherIdentity() {
        func identity(_ sha256: String = "a", width: Int = 32, labels: [String] = ["x", "y"]) -> ModelIdentity {
            let card = ModelCard(head: .classification, input: InputCard(width: width, height: 32, resize: .stretch))
            return ModelIdentity(sha256: sha256, card: card, labels: Labels(names: labels))
        }
        #expect(identity() == identity())
        let others = [identity("b"), identity(width: 64), identity(labels: ["x", "z"]), identity(labels: ["xy"]), identity(labels: ["x"])]
        #expect(Set(others + [identity()]).count == 6)
        #expect(identity().digest.count == 32)
    }
}
