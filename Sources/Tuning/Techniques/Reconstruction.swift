import Tensors

/// Layers that were thinned, fitted once more, one after the other: what each reads is what the layers before it have become, and what it is to
/// make is what it made in the untouched network (asymmetric reconstruction: He et al., Channel Pruning, 2017; Zhang et al., 2016).
///
/// When a layer is thinned, it is fitted as if all others were untouched, and errors of the layers before it pass through it. Where what it makes
/// is only added to a shortcut, the sum is what is wanted, so that the layer also makes up for what the shortcut has become.
struct Reconstruction {
    /// What is fitted: a convolution of one pixel that reads less than it did.
    struct Step {
        let convolution: Convolution
        /// What is to come out: the convolution's own output in the untouched network, or that of the sum behind it.
        let wanted: String
        /// The other operand of that sum; nil where there is none.
        let shortcut: String?
        /// Channels of `wanted` that are left.
        let rows: [Int]
        /// What the weights stay near to, with the bias as the last column: those of the untouched network, where channels went.
        fileprivate let anchor: Matrix

        /// Values of the changed network that it is fitted on.
        var read: Set<String> { Set([convolution.input] + (shortcut.map { [$0] } ?? [])) }
    }

    /// In the order of the network.
    let steps: [Step]

    /// Of the mean square of what is read, added to each square: the more, the nearer the weights stay to what they were. Directions that the
    /// frames hardly show are left alone.
    private static let ridge = 0.01

    /// - Parameter losses: of channel pruning.
    init(of network: Network, from original: Network, _ losses: ChannelPruning.Losses) {
        steps = network.nodes.indices.compactMap { index in
            guard let own = Convolution(network, index), own.isPointwise, own.pads == [0, 0],
                let maker = original.producers[own.output], let before = Convolution(original, maker), before.group == 1,
                before.inputs * before.window > own.inputs
            else { return nil }
            let rows = losses.outputs[own.output] ?? Array(0..<before.outputs)
            guard rows.count == own.outputs else { return nil }
            let sum = rows.count == before.outputs ? Self.sum(of: own.output, network, original) : nil
            let anchor = losses.inputs[own.output].map { columns in
                Self.map(of: before).selecting(rows: rows).selecting(columns: columns + [before.inputs])
            }
            return Step(
                convolution: own, wanted: sum?.output ?? own.output, shortcut: sum?.shortcut, rows: rows,
                anchor: anchor ?? Self.map(of: own))
        }
    }

    /// The sum that alone reads a value, in both networks.
    private static func sum(of value: String, _ network: Network, _ original: Network) -> (output: String, shortcut: String)? {
        guard !network.isOutput(value), let readers = network.consumers[value], readers.count == 1 else { return nil }
        let node = network.nodes[readers[0]]
        guard node.opType == "Add", node.isOwn, node.input.count == 2, node.output.count == 1, original.producers[node.output[0]] != nil,
            let other = node.input.first(where: { $0 != value }), network.producers[other] != nil
        else { return nil }
        return (node.output[0], other)
    }

    /// - Parameters:
    ///   - before: what the untouched network makes, of each frame by name: at least `wanted` of the step.
    ///   - now: what the network makes by now: `read` of the step.
    /// - Returns: whether there was enough to go by.
    func fit(_ step: Step, _ before: [[String: Tensor]], _ now: [[String: Tensor]], to network: inout Network) -> Bool {
        let convolution = step.convolution, outputs = convolution.outputs, inputs = convolution.inputs
        var normal = Matrix(inputs + 1, inputs + 1), errors = Matrix(outputs, inputs + 1), places = 0
        for (before, now) in zip(before, now) {
            guard let read = Channels(now[convolution.input], inputs), let wanted = Channels(before[step.wanted], nil) else { return false }
            let shortcut = step.shortcut.flatMap { Channels(now[$0], outputs) }
            guard step.shortcut == nil || shortcut != nil, wanted.count > step.rows.max() ?? 0 else { return false }
            let (strideY, strideX) = (convolution.strides[0], convolution.strides[1])
            let every = max(1, wanted.height * wanted.width / Calibration.placesPerFrame)
            let chosen = stride(from: places % every, to: wanted.height * wanted.width, by: every).map { $0 }
            var x = Matrix(inputs + 1, chosen.count), error = Matrix(outputs, chosen.count)
            for (column, place) in chosen.enumerated() {
                let (row, left) = (place / wanted.width, place % wanted.width)
                guard row * strideY < read.height, left * strideX < read.width else { return false }
                for channel in 0..<inputs { x[channel, column] = read[channel, row * strideY, left * strideX] }
                x[inputs, column] = 1
                for output in 0..<outputs {
                    error[output, column] = wanted[step.rows[output], row, left] - (shortcut?[output, row, left] ?? 0)
                }
            }
            let made = step.anchor.times(transposed: x.transposed)
            for index in error.values.indices { error.values[index] -= made.values[index] }
            let (squares, products) = (x.times(transposed: x), error.times(transposed: x))
            for index in normal.values.indices { normal.values[index] += squares.values[index] }
            for index in errors.values.indices { errors.values[index] += products.values[index] }
            places += chosen.count
        }
        guard places > 0, let inverse = normal.ridgeInverse(Self.ridge) else { return false }
        var map = errors.times(transposed: inverse)
        for index in map.values.indices { map.values[index] += step.anchor.values[index] }
        guard map.values.allSatisfy(\.isFinite) else { return false }
        let weights = (0..<outputs).flatMap { row in (0..<inputs).map { Float(map[row, $0]) } }
        network.setInput(1, of: convolution.node, dims: [outputs, inputs, 1, 1], floats: weights)
        network.setInput(
            2, of: convolution.node, dims: [outputs], floats: (0..<outputs).map { Float(map[$0, inputs]) })
        return true
    }

    /// Weights, with the bias as the last column.
    private static func map(of convolution: Convolution) -> Matrix {
        var map = Matrix(convolution.outputs, convolution.inputs + 1)
        for output in 0..<convolution.outputs {
            for (column, weight) in convolution.row(output).enumerated() { map[output, column] = Double(weight) }
            map[output, convolution.inputs] = Double(convolution.bias?[output] ?? 0)
        }
        return map
    }

    /// An image of one picture, by channel, row and column.
    private struct Channels {
        let count, height, width: Int
        private let values: [Float]

        /// Nil for other tensors, and for another number of channels than is wanted.
        init?(_ tensor: Tensor?, _ wanted: Int?) {
            guard let tensor, tensor.elementType == .float32, tensor.shape.rank == 4, tensor.shape[0] == 1 else { return nil }
            (count, height, width) = (tensor.shape[1], tensor.shape[2], tensor.shape[3])
            guard wanted ?? count == count, count * height * width > 0 else { return nil }
            values = tensor.elements()
        }

        subscript(channel: Int, row: Int, column: Int) -> Double { Double(values[(channel * height + row) * width + column]) }
    }
}
