import Testing

@testable import ResultCache

@Suite struct HomogeneousNeighboursTests {
    private typealias Constants = ResultCacheConstants.Neighbours

    /// The same by its definition: a vector of votes over all classes, and the cosine of its angle to the winner's axis.
    private func direct(_ neighbours: [(Float, Int)]) -> (id: Int, homogeneity: Float)? {
        guard let nearest = neighbours.first?.0 else { return nil }
        var votes = [Float](repeating: 0, count: 10)
        for (distance, id) in neighbours where distance <= Constants.outlierRatio * max(nearest, Constants.noise) {
            let closeness = 1 / (distance + Constants.noise)
            votes[id] += closeness * closeness
        }
        let length = votes.map { $0 * $0 }.reduce(0, +).squareRoot()
        let best = votes.max()!
        return (votes.firstIndex(of: best)!, best / length)
    }

    @Test func votesAreWhatTheDefinitionSays() throws {
        var dice = SeededNumbers(4)
        for _ in 0..<200 {
            let neighbours = (0..<dice.int(6)).map { _ in (Float(dice.int(900)) / 10, dice.int(4)) }.sorted { $0.0 < $1.0 }
            let vote = HomogeneousNeighbours(neighbours.map { ($0.0, Answer.oneClass($0.1)) })
            guard let expected = direct(neighbours) else {
                #expect(vote == nil)
                continue
            }
            let found = try #require(vote)
            #expect(abs(found.homogeneity - expected.homogeneity) < 1e-5)
            // Of two classes with as many votes, the nearer one's.
            if found.homogeneity > 0.7072 { #expect(neighbours[found.winner].1 == expected.id) }
            // The winner is the nearest of its class.
            #expect(neighbours.firstIndex { $0.1 == neighbours[found.winner].1 } == found.winner)
        }
    }

    private func vote(_ neighbours: (Float, Answer)...) throws -> HomogeneousNeighbours {
        let named = neighbours.map { (distance: $0.0, answer: $0.1) }
        return try #require(HomogeneousNeighbours(named))
    }

    @Test func oneAnswerIsHomogeneousAndTwoAreNot() throws {
        let same = try vote((10, .oneClass(1)), (12, .oneClass(1)), (13, .oneClass(1)))
        #expect(same.homogeneity == 1)
        let split = try vote((10, .oneClass(1)), (10, .oneClass(2)))
        #expect(split.homogeneity < Constants.leastHomogeneity)
        // Far away next to the nearest: an outlier, whatever it says.
        let outlier = try vote((10, .oneClass(1)), (90, .oneClass(2)))
        #expect(outlier.homogeneity == 1)
    }

    @Test func embeddingsVoteForTheOneTheyAgreeWith() throws {
        let east = Answer.embedding([1, 0, 0]), nearlyEast = Answer.embedding([0.99, 0.1, 0]), north = Answer.embedding([0, 1, 0])
        let alike = try vote((11, nearlyEast), (12, east), (13, east))
        #expect(alike.homogeneity == 1)
        #expect(alike.winner == 0)
        let mixed = try vote((11, north), (12, east), (13, nearlyEast))
        #expect(mixed.winner == 1)
        #expect(mixed.homogeneity < 1)
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
