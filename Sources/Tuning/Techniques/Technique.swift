import Inference
import Models

/// What can be done to a trained model without the data that it was trained on.
package enum Technique: String, Codable, Sendable, CaseIterable {
    case inputSize = "input_size"
    case channelPruning = "channel_pruning"
    case lowRank = "low_rank"
    case precision

    /// For people.
    package var title: String {
        switch self {
        case .inputSize: "input size"
        case .channelPruning: "channel pruning"
        case .lowRank: "low rank"
        case .precision: "precision"
        }
    }
}

/// A combination of techniques: what is searched for.
package struct Combination: Codable, Sendable, Hashable {
    /// Of the model's input, in pixels.
    package var width, height: Int
    /// What channel pruning may cost: a convolution's squared error, as a share of what its output varies by, for the model's whole time
    /// saved. 0 prunes nothing.
    package var pruning = 0.0
    /// The same for decomposition into factors of low rank.
    package var lowRank = 0.0
    /// What it is computed in.
    package var precision = Precision.fp32

    enum CodingKeys: String, CodingKey {
        case width, height, pruning, precision
        case lowRank = "low_rank"
    }

    /// Those that do something to a model of this size.
    package func techniques(from width: Int, _ height: Int) -> [Technique] {
        var all: [Technique] = []
        if (self.width, self.height) != (width, height) { all.append(.inputSize) }
        if pruning > 0 { all.append(.channelPruning) }
        if lowRank > 0 { all.append(.lowRank) }
        if precision != .fp32 { all.append(.precision) }
        return all
    }
}
