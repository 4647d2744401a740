/// What the entries near a crop say of it together: FoggyCache's homogenised k-nearest-neighbours, that know how sure the model was.
///
/// Of the nearest entries, those much farther than the nearest are left out. The others vote, the nearer the more, for their answers;
/// embeddings that agree with a nearer one vote for that. Of a classifier, an entry votes with the probability of its best class; what is left of
/// its vote is nobody's. A classifier that says 0.6 of a crop says something else of the same thing in the next frame, however near that lies.
struct HomogeneousNeighbours {
    /// Index into the neighbours of the nearest one with the winning answer.
    let winner: Int
    /// Share of the votes that is not for the winning answer, 0…1; 0 where all have the same answer and were sure of it.
    let doubt: Float

    /// - Parameter neighbours: nearest first.
    /// - Returns: nil without neighbours.
    /// - Complexity: O(neighbours²) comparisons of answers.
    init?(_ neighbours: [(distance: Float, answer: Answer)]) {
        typealias Constants = ResultCacheConstants.Neighbours
        guard let nearest = neighbours.first else { return nil }
        let limit = max(nearest.distance, Constants.noise) * Constants.outlierRatio
        // Of each answer: the nearest neighbour that has it, and its votes.
        var answers: [(first: Int, votes: Float)] = [], all: Float = 0
        for (index, neighbour) in neighbours.enumerated() where neighbour.distance <= limit {
            let closeness = 1 / (neighbour.distance + Constants.noise), weight = closeness * closeness
            let votes = weight * neighbour.answer.certainty
            all += weight
            if let known = answers.firstIndex(where: { neighbours[$0.first].answer.agrees(with: neighbour.answer) }) {
                answers[known].votes += votes
            } else {
                answers.append((index, votes))
            }
        }
        // The first of those with as many votes: the nearest.
        guard let most = answers.map(\.votes).max(), let winner = answers.first(where: { $0.votes == most }) else { return nil }
        (self.winner, doubt) = (winner.first, max(0, 1 - most / all))
    }
}
