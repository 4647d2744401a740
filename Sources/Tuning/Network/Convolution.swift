import ONNXProto

/// A convolution of a network whose weights are at hand.
struct Convolution {
    let node: Int
    /// The value that it reads, and the one that it makes.
    let input, output: String
    /// [outputs, inputs / group, kernel height, kernel width].
    let dims: [Int]
    let weights: [Float]
    /// Nil where it has none.
    let bias: [Float]?
    let group: Int
    let strides, dilations: [Int]
    /// Top, left.
    let pads: [Int]

    /// Nil for other nodes, for weights that are computed or not 32-bit floats, and for other than two spatial axes.
    init?(_ network: Network, _ index: Int) {
        let node = network.nodes[index]
        guard node.opType == "Conv", node.isOwn, node.input.count >= 2, let (dims, weights) = network.floats(node.input[1]),
            dims.count == 4, !dims.contains(0)
        else { return nil }
        let padding = node.attribute.first { $0.name == "auto_pad" }.map { String(decoding: $0.s, as: UTF8.self) } ?? "NOTSET"
        // What is padded by the size of the picture is not followed for windows; a window of one pixel has no padding.
        guard padding == "NOTSET" || dims[2] * dims[3] == 1 else { return nil }
        (self.node, input, output, self.dims, self.weights) = (index, node.input[0], node.output[0], dims, weights)
        group = node.integer("group") ?? 1
        (strides, dilations) = (node.integers("strides") ?? [1, 1], node.integers("dilations") ?? [1, 1])
        pads = Array((node.integers("pads") ?? [0, 0, 0, 0]).prefix(2))
        guard group > 0, strides.count == 2, dilations.count == 2, pads.count == 2 else { return nil }
        if node.input.count > 2, !node.input[2].isEmpty {
            guard let (_, values) = network.floats(node.input[2]), values.count == dims[0] else { return nil }
            bias = values
        } else {
            bias = nil
        }
    }

    var outputs: Int { dims[0] }
    /// Of all groups.
    var inputs: Int { dims[1] * group }
    var window: Int { dims[2] * dims[3] }
    var isPointwise: Bool { window == 1 && group == 1 }
    /// A filter for each channel.
    var isDepthwise: Bool { group == inputs && group == outputs && group > 1 }

    /// Rows of the weights, one an output.
    func row(_ output: Int) -> ArraySlice<Float> { weights[output * dims[1] * window..<(output + 1) * dims[1] * window] }
}
