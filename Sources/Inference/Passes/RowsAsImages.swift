import Tensors

extension TypedGraph {
    /// Layers that treat every row of a tensor [1, …, C] alike (products with a constant matrix, layer normalization, and what is element-wise
    /// between them) run on an image of one pixel a row. Tokens so get the kernels, fusions, threads and change masks of pixels. An image of
    /// several rows of pixels, of a convolution, keeps its shape: [1, H, W, C] and [1, H·W, C] are the same memory as the image.
    ///
    /// Each rewritten node's rows are also given under the old value, by `PixelRows`, for whatever else reads them.
    mutating func computeRowsAsImages() {
        var rows = RowImages(self)
        for node in graph.nodes where !rows.rewrite(node) { rows.keep(node) }
        self = rows.typed
        graph.nodes = rows.nodes
        removeDeadCode()
    }
}

/// The state of the pass: the images of values whose last axis is that of channels.
private struct RowImages {
    var typed: TypedGraph
    var nodes: [Node] = []
    /// Value [1, …, C] → image [1, C, H, W], whose pixels are the value's rows.
    private var images: [ValueID: ValueID] = [:]
    /// Values that only show elements of an image's rows in another order.
    private var views: [ValueID: RowView] = [:]
    private let producers: [ValueID: Int]

    init(_ typed: TypedGraph) {
        self.typed = typed
        producers = typed.producers()
    }

    /// Appends a node as it is; where it only shows an image in another way, the image of its output is known.
    mutating func keep(_ node: Node) {
        nodes.append(node)
        guard let input = node.inputs.first ?? nil, let output = node.outputs.first ?? nil, let from = typed[input]?.shape,
            typed[output]?.shape != nil, typed[input]?.elementType == .float32
        else { return }
        if node.op is PixelRows, node.inputs.count == 1, from[0] == 1 {
            images[output] = input
        } else if (node.op as? Transpose)?.permutation == [0, 2, 3, 1], from[0] == 1 {
            images[output] = input
        } else if let view = view(of: input), let results = view.views(through: node, typed) {
            for case (let output?, let result) in zip(node.outputs, results) { note(result, for: output) }
        }
    }

    private func view(of value: ValueID) -> RowView? {
        views[value] ?? images[value].map { RowView(image: $0, typed[value]!.shape!) }
    }

    /// A value that is all rows of an image in order is that image.
    private mutating func note(_ view: RowView, for value: ValueID) {
        let shape = typed[view.image]!.shape!
        if view.dims.last == shape[1], view.dims.count > 1, view.isWhole(shape.elementCount) {
            images[value] = view.image
        } else {
            views[value] = view
        }
    }

    /// Appends what the node becomes on images; false where it stays as it is.
    mutating func rewrite(_ node: Node) -> Bool {
        guard let output = node.outputs.first ?? nil, node.outputs.dropFirst().allSatisfy({ $0 == nil }),
            let facts = typed[output], facts.elementType == .float32, let shape = facts.shape, shape.elementCount > 0
        else { return false }
        return product(node, output, shape) || affine(node, output, shape) || normalization(node, output, shape)
            || attention(node, output, shape) || softmax(node, output, shape)
            || elementwise(node, output, shape) || restore(node, output)
    }

    // MARK: Kinds of nodes

    /// Rows times a constant matrix, plus a constant row: a 1×1 convolution.
    private mutating func product(_ node: Node, _ output: ValueID, _ shape: Shape) -> Bool {
        let gemm = node.op as? Gemm
        guard node.op is MatMul || gemm.map({ !$0.transposesA && $0.alpha == 1 && $0.beta == 1 }) ?? false, let x = node.inputs[0],
            let weights = typed.constant(node.inputs[1]), weights.shape.rank == 2, weights.elementType == .float32,
            let from = typed[x]?.shape, from.rank >= 2, typed.constant(x) == nil, from.elementCount > from.dims.last!
        else { return false }
        let isTransposed = gemm?.transposesB ?? false
        let (inputs, outputs) = isTransposed ? (weights.shape[1], weights.shape[0]) : (weights.shape[0], weights.shape[1])
        var bias: ValueID?
        if let term = node.inputs.optional(2) {
            guard let tensor = typed.constant(term), tensor.shape.elementCount == outputs, tensor.shape.dims.last == outputs else {
                return false
            }
            bias = typed.addConstant(tensor.reshaped(to: [outputs]), named: node.name + "/bias")
        }
        guard let image = image(of: x) else { return false }
        let kernels = isTransposed ? weights : weights.strided([outputs, inputs], strides: [1, outputs])
        let matrix = typed.addConstant(kernels.reshaped(to: [outputs, inputs, 1, 1]), named: node.name + "/weights")
        append(node, Convolution(), [image, matrix] + (bias.map { [$0] } ?? []), output)
        return true
    }

    /// A batch normalization of rows [N, C].
    private mutating func affine(_ node: Node, _ output: ValueID, _ shape: Shape) -> Bool {
        guard let op = node.op as? ChannelAffine, shape.rank == 2, let image = node.inputs[0].flatMap({ images[$0] }) else { return false }
        append(node, op, [image], output)
        return true
    }

    /// Over the last axis, with constants for each channel.
    private mutating func normalization(_ node: Node, _ output: ValueID, _ shape: Shape) -> Bool {
        guard let op = node.op as? LayerNormalization, let x = node.inputs[0], shape.rank >= 2,
            shape.normalized(axis: op.axis) == shape.rank - 1,
            let scale = row(node.inputs.optional(1), shape), let bias = row(node.inputs.optional(2), shape), let image = image(of: x)
        else { return false }
        let channels = shape.dims.last!
        let normalization = PixelNormalization(
            scale: scale.isEmpty ? Array(repeating: 1, count: channels) : scale,
            bias: bias.isEmpty ? Array(repeating: 0, count: channels) : bias, epsilon: op.epsilon, keepsMean: op.keepsMean)
        append(node, normalization, [image], output)
        return true
    }

    /// Over the last axis, where an image is at hand already.
    private mutating func softmax(_ node: Node, _ output: ValueID, _ shape: Shape) -> Bool {
        guard let op = node.op as? Softmax, !op.flattens, shape.rank >= 2, shape.normalized(axis: op.axis) == shape.rank - 1,
            let image = node.inputs[0].flatMap({ images[$0] })
        else { return false }
        append(node, Softmax(axis: 1, logarithm: op.logarithm), [image], output)
        return true
    }

    /// A constant of one number a channel; empty where the node has none, nil where it has another kind.
    private func row(_ value: ValueID?, _ shape: Shape) -> [Float]? {
        guard let value else { return [] }
        guard let tensor = typed.constant(value), tensor.elementType == .float32, tensor.shape.elementCount == shape.dims.last,
            tensor.shape.dims.last == shape.dims.last
        else { return nil }
        return tensor.elements()
    }

    /// Attention whose operands are channels of images, as they lie: [batches, heads, tokens, size] with the channels of a head side by side.
    private mutating func attention(_ node: Node, _ output: ValueID, _ shape: Shape) -> Bool {
        guard let op = node.op as? Attention, let scale = op.scale, !op.isCausal, op.softCap == 0, op.queryHeads == nil else {
            return false
        }
        let mask = node.inputs.optional(3) as ValueID?
        if mask != nil {
            guard let constant = typed.constant(mask), constant.elementType == .float32,
                let keys = node.inputs[1].flatMap({ typed[$0]?.shape }),
                case let full = Shape([shape[0], shape[1], shape[2], keys[2]]), constant.shape.broadcast(with: full) == full
            else { return false }
        }
        var images: [ValueID] = [], channels: [TokenAttention.Channels] = []
        for input in node.inputs.prefix(3) {
            guard let view = input.flatMap({ view(of: $0) }), let width = typed[view.image]?.shape?[1], view.dims.count == 4,
                view.dims[0] == shape[0], view.dims[1] == shape[1], view.dims[3] == 1 || view.strides[3] == 1,
                view.dims[2] == 1 || view.strides[2] == width, view.dims[0] == 1 || view.strides[0] == view.dims[2] * width,
                view.offset + (view.dims[1] - 1) * view.strides[1] + view.dims[3] <= width,
                typed[view.image]!.shape!.elementCount == view.dims[0] * view.dims[2] * width
            else { return false }
            images.append(view.image)
            channels.append(TokenAttention.Channels(first: view.offset, step: view.strides[1], count: view.dims[3]))
        }
        let attention = TokenAttention(
            batches: shape[0], heads: shape[1], query: channels[0], key: channels[1], value: channels[2], scale: scale,
            mask: typed.constant(mask))
        // Its rows are [batches, tokens, heads, size]; the node's output has tokens and heads exchanged.
        let rows = typed.addValue(
            ValueFacts(.float32, [shape[0], shape[2], shape[1], shape[3]]), named: "\(typed.graph.valueNames[output.index])/rows")
        let grid = typed[images[0]]!.shape!
        let image = typed.addValue(
            ValueFacts(.float32, [1, shape[1] * shape[3], grid[2], grid[3]]), named: "\(typed.graph.valueNames[output.index])/image")
        nodes.append(Node(name: node.name, kind: node.kind, op: attention, inputs: images, outputs: [image]))
        nodes.append(Node(name: node.name, kind: "Rows", op: PixelRows(shape: typed[rows]!.shape), inputs: [image], outputs: [rows]))
        let exchange = Node(
            name: node.name, kind: "Transpose", op: Transpose(permutation: [0, 2, 1, 3]), inputs: [rows], outputs: [output])
        views[rows] = RowView(image: image, typed[rows]!.shape!)
        keep(exchange)
        return true
    }

    /// Functions of one value, and of two of the same shape, or of one and a constant row or number: where an image is at hand already.
    private mutating func elementwise(_ node: Node, _ output: ValueID, _ shape: Shape) -> Bool {
        if let unary = node.op as? Unary, unary.function.kernel != nil, let x = node.inputs[0], let image = images[x] {
            append(node, unary, [image], output)
            return true
        }
        if rounding(node, output, shape) { return true }
        guard let binary = node.op as? Binary, binary.function.kernel != nil, let a = node.inputs[0], let b = node.inputs[1],
            let known = images[a] ?? images[b]
        else { return false }
        var operands: [ValueID] = []
        for value in [a, b] {
            if let constant = typed.constant(value), constant.elementType == .float32,
                constant.shape.elementCount == 1 || row(value, shape) != nil
            {
                let count = constant.shape.elementCount
                operands.append(typed.addConstant(constant.reshaped(to: [1, count, 1, 1]), named: node.name + "/constant"))
            } else if typed[value]?.shape?.elementCount == shape.elementCount, let image = image(of: value, like: known) {
                operands.append(image)
            } else {
                return false
            }
        }
        append(node, binary, operands, output)
        return true
    }

    /// The rounding of dynamically quantised rows, and what is made of their products' sums: where an image is at hand already.
    private mutating func rounding(_ node: Node, _ output: ValueID, _ shape: Shape) -> Bool {
        guard let image = node.inputs[0].flatMap({ images[$0] }), let grid = typed[image]?.shape else { return false }
        switch node.op {
        case is RowExtremes:
            // What it puts out are no rows: only a LevelRange reads it.
            typed.facts[output.index] = ValueFacts(.float32, [1, 2, grid[2], 1])
            nodes.append(Node(name: node.name, kind: node.kind, op: node.op, inputs: [image], outputs: [output]))
        case is FakeQuantize: append(node, node.op, [image] + node.inputs.dropFirst().compactMap { $0 }, output)
        case let rescale as Rescale:
            guard rescale.factors.count == 1 || rescale.axis == shape.rank - 1, let range = node.inputs[1] else { return false }
            append(node, Rescale(factors: rescale.factors, axis: 1), [image, range], output)
        default: return false
        }
        return true
    }

    /// [1, H·W, C] or [1, H, W, C] brought back to [1, C, H, W].
    private mutating func restore(_ node: Node, _ output: ValueID) -> Bool {
        guard let input = node.inputs.first ?? nil, let to = typed[output]?.shape, to.rank == 4, to[0] == 1 else { return false }
        var rows = input
        if node.op is Reshape {
            guard let transpose = producers[input].map({ typed.graph.nodes[$0] }), (transpose.op as? Transpose)?.permutation == [0, 2, 1],
                let source = transpose.inputs[0], typed[source]?.shape == [1, to[2] * to[3], to[1]]
            else { return false }
            rows = source
        } else if (node.op as? Transpose)?.permutation != [0, 3, 1, 2] {
            return false
        }
        guard let known = images[rows] else { return false }
        let grid = typed[known]!.shape!
        nodes.append(
            grid == to
                ? Node(name: node.name, kind: node.kind, op: Unary(.identity), inputs: [known], outputs: [output])
                : Node(
                    name: node.name, kind: "Image", op: RowsImage(height: to[2], width: to[3]), inputs: [rows], outputs: [output]))
        return true
    }

    // MARK: Values

    /// The image of a value: the one that is known, if it has the pixels of `other`, or a new one.
    private mutating func image(of value: ValueID, like other: ValueID? = nil) -> ValueID? {
        let wanted = other.map { typed[$0]!.shape! }
        if let known = images[value], wanted == nil || typed[known]!.shape! == wanted { return known }
        guard let facts = typed[value], facts.elementType == .float32, let shape = facts.shape, let channels = shape.dims.last, channels > 0
        else { return nil }
        let pixels = shape.elementCount / channels
        guard pixels <= Int(Int32.max), wanted == nil || wanted!.elementCount == shape.elementCount && wanted![1] == channels else {
            return nil
        }
        let op = RowsImage(height: wanted?[2] ?? 1, width: wanted?[3] ?? pixels)
        let image = typed.addValue(
            ValueFacts(.float32, [1, channels, op.height, op.width]), named: "\(typed.graph.valueNames[value.index])/image")
        nodes.append(Node(name: "", kind: "Image", op: op, inputs: [value], outputs: [image]))
        if wanted == nil { images[value] = image }
        return image
    }

    /// The node on images, and its rows under the value that it had.
    private mutating func append(_ node: Node, _ op: any Operator, _ inputs: [ValueID], _ output: ValueID) {
        let shape = typed[output]!.shape!, channels = shape.dims.last!
        let grid = inputs.first { typed[$0]?.constant == nil }.map { typed[$0]!.shape! }!
        let image = typed.addValue(
            ValueFacts(.float32, [1, channels, grid[2], grid[3]]), named: "\(typed.graph.valueNames[output.index])/image")
        nodes.append(Node(name: node.name, kind: node.kind, op: op, inputs: inputs, outputs: [image]))
        nodes.append(Node(name: node.name, kind: "Rows", op: PixelRows(shape: shape), inputs: [image], outputs: [output]))
        images[output] = image
    }
}
