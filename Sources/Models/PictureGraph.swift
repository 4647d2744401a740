import Inference
import Tensors
import Vision

/// A model's graph made to take one picture, channels first, whatever inputs the file has.
package struct PictureGraph {
    private var graph: Graph
    /// As the file declares them.
    let declared: [InputDeclaration]
    /// Index of the picture among the graph's inputs.
    private let picture: Int?

    package init(_ graph: Graph) {
        (self.graph, declared) = (graph, graph.inputs)
        picture = graph.inputs.firstIndex { $0.dims.count == 4 && $0.elementType != .bool }
        if let picture { putChannelsFirst(picture) }
    }

    /// The picture as the graph now declares it; nil where no input may be one.
    var input: InputDeclaration? { picture.map { graph.inputs[$0] } }

    /// Inputs besides the picture that something reads, and that no size of pictures tells.
    var unknown: [InputDeclaration] {
        graph.inputs.enumerated().filter { $0 != picture && isRead($1.value) && SideInput.constant($1, width: 1, height: 1) == nil }
            .map(\.element)
    }

    /// What the graph tells of how it is used.
    var hints: GraphHints { GraphHints(graph, picture: input?.value) }

    private func isRead(_ value: ValueID) -> Bool {
        graph.nodes.contains { $0.inputs.contains(value) } || graph.outputs.contains { $0.value == value }
    }

    /// A picture whose channels come last is declared with them first, and turned around inside.
    private mutating func putChannelsFirst(_ index: Int) {
        let input = graph.inputs[index], dims = input.dims
        func isChannels(_ dim: Dimension) -> Bool { dim == .fixed(3) || dim == .fixed(1) }
        guard isChannels(dims[3]), !isChannels(dims[1]) else { return }
        // Open extents between leave both readings; then what the graph does first decides.
        if case .symbolic = dims[1], !readsChannelsLast(input.value) { return }
        let value = graph.makeValue(named: input.name)
        graph.inputs[index] = InputDeclaration(
            value: value, name: input.name, elementType: input.elementType, dims: [dims[0], dims[3], dims[1], dims[2]])
        graph.nodes.insert(
            Node(
                name: "\(input.name).channels_last", kind: "Transpose", op: Transpose(permutation: [0, 2, 3, 1]), inputs: [value],
                outputs: [input.value]), at: 0)
    }

    /// Whether the first operators that change the order of the value's axes put the last one second. A height of 3 would be no picture.
    private func readsChannelsLast(_ value: ValueID) -> Bool {
        var values: Set = [value]
        for node in graph.nodes where node.inputs.contains(where: { $0.map { values.contains($0) } ?? false }) {
            if let transpose = node.op as? Transpose { return transpose.permutation == [0, 3, 1, 2] }
            if node.kind == "Conv" { return false }
            for output in node.outputs { if let output { values.insert(output) } }
        }
        return true
    }

    /// The graph with the picture as its only input: the others are constants, as `SideInput` says, or go where nothing reads them.
    package func graph(for picture: ModelInput) -> Graph {
        var graph = graph
        for input in graph.inputs where input.name != picture.name {
            graph.constants[input.value] = SideInput.constant(input, width: picture.width, height: picture.height)
        }
        graph.inputs.removeAll { $0.name != picture.name }
        return graph
    }
}
