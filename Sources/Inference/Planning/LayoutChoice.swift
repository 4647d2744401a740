import Tensors

/// Decides, before anything is placed, which values live as NHWC images and which of them a concatenation holds.
struct LayoutChoice {
    private let typed: TypedGraph
    private var spatialValues: Set<ValueID> = []
    private var spatialNodes: Set<ValueID> = []
    /// Value → the concatenation (or, through it, a larger one) that holds it, and its channel offset there.
    private(set) var placement: [ValueID: (concat: ValueID, offset: Int)] = [:]

    init(_ typed: TypedGraph) {
        self.typed = typed
        for input in typed.graph.inputs where input.elementType == .float32 && typed[input.value]?.shape?.rank == 4 {
            spatialValues.insert(input.value)
        }
        for node in typed.graph.nodes {
            guard let output = node.outputs.first ?? nil, node.outputs.dropFirst().allSatisfy({ $0 == nil }),
                let facts = typed[output], facts.elementType == .float32, let shape = facts.shape, shape.rank == 4 || shape.rank == 2,
                shape.elementCount > 0, canRun(node, shape)
            else { continue }
            spatialValues.insert(output)
            spatialNodes.insert(output)
        }
        placeConcatenated()
    }

    func isSpatial(_ value: ValueID) -> Bool { spatialValues.contains(value) }

    func isSpatialNode(_ node: Node) -> Bool { (node.outputs.first ?? nil).map(spatialNodes.contains) ?? false }

    private func shape(_ value: ValueID?) -> Shape? { value.flatMap { typed[$0]?.shape } }

    private func canRun(_ node: Node, _ output: Shape) -> Bool {
        guard let first = node.inputs.first ?? nil, let from = shape(first) else { return false }
        let isImage = isSpatial(first)
        switch node.op {
        case is Convolution, is FusedConvolution:
            return from.rank == 4 && output.rank == 4 && typed.constant(node.inputs[1])?.elementType == .float32
                && (node.inputs.count < 3 || node.inputs[2] == nil || typed.constant(node.inputs[2]) != nil)
        case let pooling as Pooling: return from.rank == 4 && pooling.kernel.count == 2 && typed[first]?.elementType == .float32
        case is GlobalPooling: return from.rank == 4
        case let activate as Activate: return isImage && activate.activation.function != .identity
        case is ChannelAffine: return isImage && from.rank == 4
        case is ChannelMap: return isImage
        case is Binary: return BinaryForm(node, typed, isSpatial) != nil
        case let concat as Concat:
            return output.rank == 4 && output.normalized(axis: concat.axis) == 1
                && node.inputs.allSatisfy { $0.map { typed[$0]?.constant == nil } ?? false }
                && node.inputs.contains { $0.map(isSpatial) ?? false }
        case is Resize: return isImage && ResizeForm(node, typed) != nil
        case is Pad: return isImage && PadForm(node, typed) != nil
        case is Slice: return isImage && SliceForm(node, typed) != nil
        case is Gemm, is MatMul: return LinearForm(node, typed) != nil
        case is Flatten, is Reshape, is Squeeze, is Unsqueeze:
            // [N,C,1,1] and [N,C] are the same memory.
            return isImage && from[0] == output[0] && from[1] == output[1] && from.elementCount == from[0] * from[1]
        default: return false
        }
    }

    private mutating func placeConcatenated() {
        let producers = typed.producers()
        for node in typed.graph.nodes where node.op is Concat && isSpatialNode(node) {
            var offset = 0
            for input in node.inputs.compactMap({ $0 }) {
                if placement[input] == nil, let producer = producers[input].map({ typed.graph.nodes[$0] }), isSpatialNode(producer),
                    writesFreely(producer)
                {
                    placement[input] = (node.outputs[0]!, offset)
                }
                offset += shape(input)?[1] ?? 0
            }
        }
    }

    /// Whether the node's step can write anywhere; views and padded images can not.
    private func writesFreely(_ node: Node) -> Bool {
        switch node.op {
        case is Flatten, is Reshape, is Squeeze, is Unsqueeze: false
        case is Pad: false
        case let map as ChannelMap: map.contiguousStart == nil
        default: true
        }
    }
}
