import Testing

@testable import ResultCache

@Suite struct HomogeneousNeighboursTests {
    private typealias Constants = ResultCacheConstants.Neighbours

    /// The same by its definition: a vector of votes over all classes, and what is not the winner's of the sum of all weights.
    private func direct(_ neighbours: [(distance: Float, id: Int, score: Float)]) -> (id: Int, doubt: Float)? {
        guard let nearest = neighbours.first?.distance else { return nil }
        var votes = [Float](repeating: 0, count: 10), all: Float = 0
        for (distance, id, score) in neighbours where distance <= Constants.outlierRatio * max(nearest, Constants.noise) {
            let closeness = 1 / (distance + Constants.noise)
            votes[id] += closeness * closeness * score
            all += closeness * closeness
        }
        let best = votes.max()!
        return (votes.firstIndex(of: best)!, 1 - best / all)
    }

    @Test func votesAreWhatTheDefinitionSays() throws {
        var dice = SeededNumbers(4)
        for _ in 0..<200 {
            let neighbours = (0..<dice.int(6)).map { _ in
                (distance: Float(dice.int(900)) / 10, id: dice.int(4), score: Float(dice.int(90) + 10) / 100)
            }.sorted { $0.distance < $1.distance }
            let vote = HomogeneousNeighbours(neighbours.map { ($0.distance, Answer.oneClass($0.id, score: $0.score)) })
            guard let expected = direct(neighbours) else {
                #expect(vote == nil)
                continue
            }
            let found = try #require(vote)
            #expect(abs(found.doubt - expected.doubt) < 1e-5)
            // Of two classes with as many votes, the nearer one's.
            if found.doubt < 0.49 { #expect(neighbours[found.winner].id == expected.id) }
            // The winner is the nearest of its class.
            #expect(neighbours.firstIndex { $0.id == neighbours[found.winner].id } == found.winner)
        }
    }

    private func vote(_ neighbours: (Float, Answer)...) throws -> HomogeneousNeighbours {
        let named = neighbours.map { (distance: $0.0, answer: $0.1) }
        return try #require(HomogeneousNeighbours(named))
    }

    @Test func whatSpeaksAgainstAnAnswerIsDoubt() throws {
        let same = try vote((10, .oneClass(1)), (12, .oneClass(1)), (13, .oneClass(1)))
        #expect(same.doubt == 0)
        let split = try vote((10, .oneClass(1)), (10, .oneClass(2)))
        #expect(split.doubt == 0.5)
        let unsure = try vote((10, .oneClass(1, score: 0.75)), (10, .oneClass(1, score: 0.25)))
        #expect(unsure.doubt == 0.5)
        // Another answer that the model was sure of, against two of which it was not.
        let surer = try vote((10, .oneClass(1, score: 0.25)), (10, .oneClass(2)), (10, .oneClass(1, score: 0.5)))
        #expect(surer.winner == 1)
        // Far away next to the nearest: an outlier, whatever it says.
        let outlier = try vote((10, .oneClass(1)), (90, .oneClass(2)))
        #expect(outlier.doubt == 0)
    }

    @Test func embeddingsVoteForTheOneTheyAgreeWith() throws {
        let east = Answer.embedding([1, 0, 0]), nearlyEast = Answer.embedding([0.99, 0.1, 0]), north = Answer.embedding([0, 1, 0])
        let alike = try vote((11, nearlyEast), (12, east), (13, east))
        #expect(alike.doubt == 0)
        #expect(alike.winner == 0)
        let mixed = try vote((11, north), (12, east), (13, nearlyEast))
        #expect(mixed.winner == 1)
        #expect(mixed.doubt > 0)
    }

    @Test func answersAgreeByBestClassOrDirection() {
        #expect(Answer.oneClass(3, score: 0.9).agrees(with: .oneClass(3, score: 0.4)))
        #expect(!Answer.oneClass(3).agrees(with: .oneClass(4)))
        #expect(!Answer.oneClass(3).agrees(with: .embedding([3])))
        #expect(Answer.embedding([2, 0]).agrees(with: .embedding([5, 0])))
        #expect(!Answer.embedding([1, 0]).agrees(with: .embedding([1, 1])))
        #expect(!Answer.embedding([0, 0]).agrees(with: .embedding([0, 0])))
        #expect(!Answer.embedding([1, 0]).agrees(with: .embedding([1, 0, 0])))
    }
}
