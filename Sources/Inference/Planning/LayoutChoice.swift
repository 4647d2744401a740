import Tensors

/// Decides, before anything is placed, which nodes run on NHWC images and which values a concatenation holds.
struct LayoutChoice {
    private var spatialValues: Set<ValueID> = []
    /// By output.
    private var lowerings: [ValueID: SpatialLowering] = [:]
    /// Value → the concatenation (or, through it, a larger one) that holds it, and its channel offset there.
    private(set) var placement: [ValueID: (concat: ValueID, offset: Int)] = [:]

    init(_ typed: TypedGraph) {
        for input in typed.graph.inputs where input.elementType == .float32 && typed[input.value]?.shape?.rank == 4 {
            spatialValues.insert(input.value)
        }
        for node in typed.graph.nodes {
            guard let output = node.outputs.first ?? nil, node.outputs.dropFirst().allSatisfy({ $0 == nil }),
                let facts = typed[output], facts.elementType == .float32, let shape = facts.shape, shape.elementCount > 0,
                let lowering = node.op.spatialLowering(
                    of: PlannedNode(node: node, typed: typed, isSpatialValue: spatialValues.contains))
            else { continue }
            if lowering.isSpatial {
                guard shape.rank == 4 || shape.rank == 2 else { continue }
                spatialValues.insert(output)
            }
            lowerings[output] = lowering
            guard case .concatenation(let values) = lowering.kind else { continue }
            var offset = 0
            for value in values {
                if placement[value] == nil, lowerings[value]?.isPlaceable ?? false { placement[value] = (output, offset) }
                offset += typed[value]!.shape![1]
            }
        }
    }

    func isSpatial(_ value: ValueID) -> Bool { spatialValues.contains(value) }

    /// How the node runs on images; nil where it runs on row-major tensors.
    func lowering(of node: Node) -> SpatialLowering? { (node.outputs.first ?? nil).flatMap { lowerings[$0] } }
}
