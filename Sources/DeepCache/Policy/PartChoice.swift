import Vision

/// What could be looked at by itself in a frame between two others: an object, or changes that no object explains.
package struct PartCandidate {
    /// Frames of the stretch that are lost if nobody looks.
    package var loss: Double
    /// Changed blocks in `area`, as a share of the picture's.
    package var share: Double
    /// Where it is on its way, and with the surroundings that its answer needs, in model pixels.
    package var own, area: PixelRect
    /// Whether it is an object that is reported, or a partner of one.
    package var isReported: Bool

    package init(loss: Double, share: Double, own: PixelRect, area: PixelRect, isReported: Bool) {
        (self.loss, self.share, self.own, self.area, self.isReported) = (loss, share, own, area, isReported)
    }
}

/// How much of the frame in the middle of a stretch is computed.
package enum PartChoice: Equatable, Sendable {
    case nothing, everything
    /// These candidates, by their numbers.
    case some(Set<Int>)

    /// A candidate is worth its work if that share of a run's price is less than what is lost without it; all together are worth what any run
    /// costs besides.
    ///
    /// - Parameters:
    ///   - price: lost frames that a run of the network over a whole frame is worth.
    ///   - expected: loss of the stretch, from all reasons.
    ///   - costs: nil where no part can be computed.
    /// - Complexity: O(candidates³), of a few dozen.
    package static func best(of candidates: [PartCandidate], price: Double, expected: Double, _ costs: PartCosts?) -> PartChoice {
        let whole: PartChoice = expected >= price ? .everything : .nothing
        guard let costs else { return whole }
        let works = candidates.map { costs.share(ofBlocks: $0.share) }
        var chosen = Set(candidates.indices.filter { candidates[$0].loss > 0 && candidates[$0].loss >= price * works[$0] })
        // An object that stands in an area that is computed is computed as well, or half of it would be of another frame.
        while let next = candidates.indices.first(where: { index in
            !chosen.contains(index) && candidates[index].isReported && chosen.contains { candidates[$0].area.meets(candidates[index].own) }
        }) {
            chosen.insert(next)
        }
        let work = chosen.reduce(costs.leastShare) { $0 + works[$1] }
        let loss = chosen.reduce(0) { $0 + candidates[$1].loss }
        guard !chosen.isEmpty, loss >= price * work else { return whole }
        return work > PolicyConstants.Propagation.largestPart ? whole : .some(chosen)
    }
}

/// What runs of the network over parts of a frame cost, next to one over a whole frame. Costs are as `IncrementalSession.cost` has them.
package struct PartCosts: Codable, Sendable {
    private typealias Constants = PolicyConstants.Propagation
    /// Running mean of what a whole frame costs.
    private var whole = 1.0
    /// By how much more, next to the picture's side, the side of a changed area is in the mean of the layers: changes reach further on all
    /// sides with each that they pass. A running mean.
    private var reach = Constants.firstReach

    package init() {}

    /// Cost of an area with so many changed blocks, as shares of a whole run and of the picture's blocks.
    package func share(ofBlocks share: Double) -> Double {
        let side = share.squareRoot() + reach
        return share > 0 ? side * side / whole : 0
    }

    /// What a run over the smallest part costs, as a share of a whole run.
    package var leastShare: Double { Constants.leastPartCost / whole }

    /// Takes what a run over a whole frame cost.
    package mutating func ranWhole(cost: Double) { Self.follow(&whole, max(cost, Constants.leastPartCost)) }

    /// Takes what a run over parts cost, with so many changed blocks in them.
    package mutating func ranPart(cost: Double, share: Double) {
        Self.follow(&reach, min(max(max(0, cost - Constants.leastPartCost).squareRoot() - share.squareRoot(), 0), 1))
    }

    private static func follow(_ mean: inout Double, _ value: Double) {
        if value.isFinite { mean += Constants.costMemory * (value - mean) }
    }
}
