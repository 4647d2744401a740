import Inference
import Tensors
import Vision

extension GraphHints {
    /// Reads the hints off a graph as it was imported.
    init(_ graph: Graph, picture: ValueID?) {
        self.init()
        sideInputs = Set(graph.inputs.filter { $0.value != picture }.map(\.name))
        choosesBest = graph.nodes.contains { $0.kind == "TopK" }
        if let output = graph.outputs.first?.value { ending = Self.ending(graph, output) }
        scaling = picture.flatMap { Self.scaling(graph, $0) }
        vectorLengths = Set(
            graph.constants.values.lazy.filter { $0.shape.rank == 1 && $0.elementType == .float32 }.map(\.shape.elementCount))
    }

    /// Operators that leave values as they are.
    private static let moving: Set = ["Reshape", "Flatten", "Squeeze", "Unsqueeze", "Identity", "Cast", "Transpose", "Dropout", "Split"]

    private static func ending(_ graph: Graph, _ output: ValueID) -> Ending {
        var value = output
        for node in graph.nodes.reversed() where node.outputs.contains(value) {
            switch node.kind {
            case "Softmax": return .softmax
            case "Sigmoid", "HardSigmoid": return .sigmoid
            case let kind where moving.contains(kind):
                guard let source = node.inputs.first ?? nil else { return .other }
                value = source
            default: return .other
            }
        }
        return .other
    }

    /// What the chain of Sub, Div, Mul and Add at the beginning does, if there is one.
    private static func scaling(_ graph: Graph, _ picture: ValueID) -> InputScaling? {
        var (value, factors, summands) = (picture, [1.0], [0.0])
        var isScaled = false
        while true {
            let readers = graph.nodes.filter { $0.inputs.contains(value) }
            // Where several nodes read the picture, arithmetic in one of them is a branch of the network, not the input's normalisation.
            guard readers.count == 1, readers[0].outputs.count == 1, let output = readers[0].outputs[0] else { break }
            let node = readers[0]
            if moving.contains(node.kind) {
                value = output
                continue
            }
            guard node.inputs.count == 2, node.inputs[0] == value, let constant = node.inputs[1].flatMap({ graph.constants[$0] }),
                let numbers = perChannel(constant), numbers.count == 1 || factors.count == 1 || numbers.count == factors.count
            else { break }
            let count = max(numbers.count, factors.count)
            func spread(_ list: [Double]) -> [Double] { list.count == count ? list : Array(repeating: list[0], count: count) }
            let all = spread(numbers)
            (factors, summands) = (spread(factors), spread(summands))
            switch node.kind {
            case "Mul": (factors, summands) = (zip(factors, all).map { $0 * $1 }, zip(summands, all).map { $0 * $1 })
            case "Div":
                guard !all.contains(0) else { return nil }
                (factors, summands) = (zip(factors, all).map { $0 / $1 }, zip(summands, all).map { $0 / $1 })
            case "Add": summands = zip(summands, all).map { $0 + $1 }
            case "Sub": summands = zip(summands, all).map { $0 - $1 }
            default: return isScaled ? InputScaling(factors: factors, summands: summands) : nil
            }
            (value, isScaled) = (output, true)
        }
        return isScaled ? InputScaling(factors: factors, summands: summands) : nil
    }

    /// One number, or three along the one axis that is not 1.
    private static func perChannel(_ tensor: Tensor) -> [Double]? {
        guard tensor.elementType == .float32, [1, 3].contains(tensor.shape.elementCount) else { return nil }
        return tensor.elements(of: Float.self).map(Double.init)
    }
}
