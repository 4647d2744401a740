import Models

/// The layer that makes a classifier's scores, fitted anew once the layers before it were changed.
///
/// Smaller pictures, thinner layers and rounded numbers move all scores a little, and in scenes where no class is ahead by much the best one
/// changes. Among the weights that bring the scores near to those of the untouched model on the user's frames, those are taken that differ
/// least from what they were (ridge regression on the difference). There are fewer frames than weights: what no frame shows stays as it was.
struct LastLayer {
    /// The values that it reads and makes.
    let features, scores: String
    private let node: Int
    private let classes: Int
    /// One row a class.
    private let weights: Matrix
    private let bias: [Double]
    private let dims: [Int]
    /// Whether the file has one row a feature.
    private let isTransposed: Bool

    /// Of the variation of the features, added to each frame's own: the more, the less is changed.
    private static let ridge = 0.3
    /// What leaves the order of scores as it is, and their number.
    private static let keepingOrder: Set = ["Softmax", "LogSoftmax", "Sigmoid", "Flatten", "Reshape", "Squeeze", "Identity"]

    /// Nil where an output is made by something else than a convolution of one pixel or a product with a matrix and a bias.
    init?(_ network: Network, output: String) {
        var value = output
        while let index = network.producers[value], Self.keepingOrder.contains(network.nodes[index].opType),
            let input = network.nodes[index].input.first
        {
            value = input
        }
        guard let index = network.producers[value] else { return nil }
        let own = network.nodes[index]
        let rows: [Float], shift: [Float]
        if let convolution = Convolution(network, index), convolution.isPointwise {
            (rows, dims, isTransposed) = (convolution.weights, convolution.dims, false)
            shift = convolution.bias ?? [Float](repeating: 0, count: convolution.outputs)
        } else if own.opType == "Gemm", own.isOwn, own.input.count == 3, own.integer("transA") ?? 0 == 0,
            own.attribute.allSatisfy({ !["alpha", "beta"].contains($0.name) || $0.f == 1 }),
            let (extents, values) = network.floats(own.input[1]), extents.count == 2, let (_, bias) = network.floats(own.input[2])
        {
            (rows, dims, isTransposed, shift) = (values, extents, own.integer("transB") ?? 0 == 0, bias)
        } else {
            return nil
        }
        let (count, length) = isTransposed ? (dims[1], dims[0]) : (dims[0], dims[1])
        guard shift.count == count, count > 1, length > 0 else { return nil }
        let stored = Matrix(dims[0], rows.count / dims[0], rows.map { Double($0) })
        (node, features, scores, classes) = (index, own.input[0], value, count)
        (weights, bias) = (isTransposed ? stored.transposed : stored, shift.map { Double($0) })
    }

    /// - Parameters:
    ///   - read: what it reads, of each frame.
    ///   - wanted: the untouched model's scores of the same frames.
    func fit(_ read: [[Float]], _ wanted: [[Float]], to network: inout Network) {
        let frames = read.count, length = weights.columns
        guard frames > 1, wanted.count == frames, read.allSatisfy({ $0.count == length }), wanted.allSatisfy({ $0.count == classes })
        else { return }
        // Means apart: they are the bias's.
        var inputs = Matrix(frames, length, read.flatMap { $0.map { Double($0) } })
        let made = weights.times(transposed: inputs)
        var errors = Matrix(classes, frames)
        for row in 0..<classes {
            for frame in 0..<frames { errors[row, frame] = Double(wanted[frame][row]) - made[row, frame] - bias[row] }
        }
        let shifts = (0..<classes).map { row in (0..<frames).reduce(0) { $0 + errors[row, $1] } / Double(frames) }
        let means = (0..<length).map { column in (0..<frames).reduce(0) { $0 + inputs[$1, column] } / Double(frames) }
        for frame in 0..<frames {
            for row in 0..<classes { errors[row, frame] -= shifts[row] }
            for column in 0..<length { inputs[frame, column] -= means[column] }
        }
        guard let inverse = inputs.times(transposed: inputs).ridgeInverse(Self.ridge) else { return }
        let change = errors.times(transposed: inverse).times(transposed: inputs.transposed)
        var fitted = weights, shifted = bias
        for row in 0..<classes {
            shifted[row] += shifts[row]
            for column in 0..<length {
                fitted[row, column] += change[row, column]
                shifted[row] -= change[row, column] * means[column]
            }
        }
        let stored = isTransposed ? fitted.transposed : fitted
        network.setInput(1, of: node, dims: dims, floats: stored.values.map { Float($0) })
        network.setInput(2, of: node, dims: [classes], floats: shifted.map { Float($0) })
    }
}
