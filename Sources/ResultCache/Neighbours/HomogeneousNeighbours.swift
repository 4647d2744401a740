/// Decides whether the entries near a crop answer it: FoggyCache's homogenised k-nearest-neighbours.
///
/// Of the nearest entries, those much farther than the nearest are left out. The others vote, the nearer the more, for their answers;
/// embeddings that agree with a nearer one vote for that. The votes are a vector with a number for each answer. How near it is to one answer
/// alone, by the cosine of their angle, is the homogeneity.
struct HomogeneousNeighbours {
    /// Index into the neighbours of the nearest one with the winning answer.
    let winner: Int
    /// 0…1; 1 where all have the same answer.
    let homogeneity: Float

    /// - Parameter neighbours: nearest first, all within the similarity threshold.
    /// - Returns: nil without neighbours.
    /// - Complexity: O(neighbours²) comparisons of answers.
    init?(_ neighbours: [(distance: Float, answer: Answer)]) {
        typealias Constants = ResultCacheConstants.Neighbours
        guard let nearest = neighbours.first else { return nil }
        let limit = max(nearest.distance, Constants.noise) * Constants.outlierRatio
        // Of each answer: the nearest neighbour that has it, and its votes.
        var answers: [(first: Int, votes: Float)] = []
        for (index, neighbour) in neighbours.enumerated() where neighbour.distance <= limit {
            let closeness = 1 / (neighbour.distance + Constants.noise), votes = closeness * closeness
            if let known = answers.firstIndex(where: { neighbours[$0.first].answer.agrees(with: neighbour.answer) }) {
                answers[known].votes += votes
            } else {
                answers.append((index, votes))
            }
        }
        // The first of those with as many votes: the nearest.
        guard let most = answers.map(\.votes).max(), let winner = answers.first(where: { $0.votes == most }) else { return nil }
        let length = answers.reduce(0) { $0 + $1.votes * $1.votes }.squareRoot()
        (self.winner, homogeneity) = (winner.first, most / length)
    }
}
