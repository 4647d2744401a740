import Models
import ONNXProto

/// Convolutions as two thinner ones: the first makes `rank` mixtures of the outputs, the second, of one pixel, the outputs of these.
///
/// The mixtures are the directions in which the outputs vary most on the user's frames, so that the error is the least that any of this rank
/// has (Zhang et al., Accelerating Very Deep Convolutional Networks, 2016), where the singular values of the weights alone would keep
/// directions that no frame shows. Predictions stay as they are: what is seldom seen varies little, and is what they are for.
struct LowRank {
    private let sites: [Site]

    fileprivate struct Site {
        let convolution: Convolution
        /// Directions of the outputs, one a row, the most varied first, and the variation that the first so many leave out, as a share.
        let directions: Matrix
        let leftOut: [Double]
        /// Means of the outputs.
        let means: [Double]
        /// Of the model's time.
        let cost: Double
    }

    /// Outputs of a convolution that is looked at: the directions of more take seconds.
    private static let mostOutputs = 256
    fileprivate static let granularity = 8
    /// A convolution of two takes more than its multiplications say: one more tensor is written and read.
    fileprivate static let overhead = 0.15

    init(_ network: Network, _ calibration: Calibration, _ costs: LayerCosts) {
        sites = network.nodes.indices.compactMap { index in
            guard let convolution = Convolution(network, index), convolution.group == 1, convolution.outputs <= Self.mostOutputs,
                let moments = calibration.of(convolution), !network.isPrediction(convolution.output),
                Self.worthwhileRank(convolution) >= Self.granularity
            else { return nil }
            return Self.site(convolution, moments, costs[index])
        }
    }

    /// The largest rank with which the two take less than the one.
    fileprivate static func worthwhileRank(_ convolution: Convolution) -> Int {
        let inputs = convolution.inputs * convolution.window
        return Int((1 - overhead) * Double(inputs * convolution.outputs) / Double(inputs + convolution.outputs))
    }

    private static func site(_ convolution: Convolution, _ moments: Moments, _ cost: Double) -> Site? {
        let last = moments.count - 1, outputs = convolution.outputs
        var map = Matrix(outputs, last + 1)
        for output in 0..<outputs {
            for (column, weight) in convolution.row(output).enumerated() { map[output, column] = Double(weight) }
            map[output, last] = Double(convolution.bias?[output] ?? 0)
        }
        let toInputs = map.times(transposed: moments.matrix)
        let means = (0..<outputs).map { toInputs[$0, last] }
        var covariance = toInputs.times(transposed: map)
        for row in 0..<outputs { for column in 0..<outputs { covariance[row, column] -= means[row] * means[column] } }
        let (values, directions) = covariance.eigen()
        let all = values.reduce(0) { $0 + max($1, 0) }
        guard all > 0, all.isFinite else { return nil }
        var left = all
        let leftOut =
            [1.0]
            + values.map { value in
                left -= max(value, 0)
                return max(left, 0) / all
            }
        return Site(convolution: convolution, directions: directions, leftOut: leftOut, means: means, cost: cost)
    }

    /// - Parameters:
    ///   - price: as that of channel pruning, `Combination.lowRank`.
    ///   - others: nodes that are changed already, and left as they are.
    func apply(_ price: Double, to network: inout Network, except others: Set<Int>) {
        var replacements: [Int: [ONNX_NodeProto]] = [:]
        for site in sites where !others.contains(site.convolution.node) {
            guard let rank = site.rank(price) else { continue }
            replacements[site.convolution.node] = site.nodes(rank, in: &network)
        }
        network.replaceNodes(replacements)
    }

    /// As `ChannelPruning.saving`.
    func saving(_ price: Double) -> Double { sites.reduce(0) { sum, site in sum + (site.rank(price).map(site.saving) ?? 0) } }
}

extension LowRank.Site {
    /// A share of the model's time.
    fileprivate func saving(_ rank: Int) -> Double {
        let inputs = convolution.inputs * convolution.window
        let share = Double(rank * (inputs + convolution.outputs)) / Double(inputs * convolution.outputs)
        return cost * (1 - LowRank.overhead - share)
    }

    /// The rank at which most is saved for its error; nil where none is worth it.
    fileprivate func rank(_ price: Double) -> Int? {
        let ranks = stride(from: LowRank.granularity, through: LowRank.worthwhileRank(convolution), by: LowRank.granularity)
        let worth = ranks.map { (rank: $0, worth: saving($0) * price - leftOut[$0]) }.max { $0.worth < $1.worth }
        return worth.flatMap { $0.worth > 0 ? $0.rank : nil }
    }

    /// y = V·(Vᵀ·W)·x + bias, where the bias makes up for the mean of what is left out.
    fileprivate func nodes(_ rank: Int, in network: inout Network) -> [ONNX_NodeProto] {
        let own = network.nodes[convolution.node], elements = convolution.dims[1] * convolution.window, outputs = convolution.outputs
        var first = [Float](repeating: 0, count: rank * elements), second = [Float](repeating: 0, count: outputs * rank)
        var bias = means
        for index in 0..<rank {
            var row = [Double](repeating: 0, count: elements)
            var (mean, offset) = (0.0, 0.0)
            for output in 0..<outputs {
                let direction = directions[index, output]
                for (place, weight) in convolution.row(output).enumerated() { row[place] += direction * Double(weight) }
                mean += direction * means[output]
                offset += direction * Double(convolution.bias?[output] ?? 0)
                second[output * rank + index] = Float(direction)
            }
            for place in row.indices { first[index * elements + place] = Float(row[place]) }
            for output in 0..<outputs { bias[output] += directions[index, output] * (offset - mean) }
        }
        let between = own.output[0] + ".mixed"
        let thin = network.addWeight(dims: [rank] + convolution.dims.dropFirst(), floats: first)
        let wide = network.addWeight(dims: [outputs, rank, 1, 1], floats: second)
        let shift = network.addWeight(dims: [outputs], floats: bias.map { Float($0) })
        return [
            .convolution(own.displayName + ".mix", inputs: [own.input[0], thin], output: between, attributes: own.attribute),
            .convolution(
                own.displayName, inputs: [between, wide, shift], output: own.output[0], attributes: [.integers("kernel_shape", [1, 1])]),
        ]
    }
}
