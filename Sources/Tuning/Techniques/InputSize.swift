import Inference
import Models
import ONNXImport
import Tensors
import Vision

/// Another input size: the declared extents, and the constants that follow from them.
struct InputSize {
    /// - Parameters:
    ///   - graph: of the same file as the network.
    ///   - input: the picture at its own size.
    /// - Throws: `DeepVidError` naming the node whose constants nothing explains.
    static func apply(
        _ width: Int, _ height: Int, to network: inout Network, _ graph: Graph, _ input: ModelInput, model: String
    ) throws(DeepVidError) {
        guard (width, height) != (input.width, input.height) else { return }
        let walk = try ShapeWalk(
            graph, model: model, picture: input.name, old: input.shape, new: [1, input.channels, height, width])
        let places = Dictionary(network.nodes.enumerated().map { ($1.displayName, $0) }, uniquingKeysWith: { first, _ in first })
        for change in walk.changes {
            switch change {
            case .input(let node, let index, let integers):
                guard let place = places[node], index < network.nodes[place].input.count else {
                    throw DeepVidError(
                        .unusableModel,
                        "\(model): cannot be given another input size: node '\(node)' has its size in an attribute; export it for opset 13")
                }
                network.setInput(index, of: place, integers: integers)
            case .kernel(let node, let extents):
                if let place = places[node] { network.setAttribute("kernel_shape", of: place, integers: extents) }
            }
        }
    }

    /// The sizes that are worth a trial, the model's own first.
    ///
    /// Sides are multiples of `step`. Of a picture that is fitted into the input with its proportions, a side that only makes the border larger
    /// is no use: where no clip fills it, it is left out. Other models keep their proportions, for these are how they were trained.
    ///
    /// - Parameter pictures: the clips' frame sizes.
    static func candidates(
        _ input: ModelInput, _ resize: ResizeMode, pictures: [(width: Int, height: Int)], step: Int
    ) -> [(width: Int, height: Int)] {
        func steps(_ side: Int) -> [Int] {
            stride(from: step, through: side, by: step).filter { Double($0) >= Self.leastShare * Double(side) }
                + (side.isMultiple(of: step) ? [] : [side])
        }
        var sizes = [(width: input.width, height: input.height)]
        for width in steps(input.width) {
            for height in steps(input.height) where (width, height) != (input.width, input.height) {
                let isUseful: Bool
                if resize.isLetterbox {
                    isUseful = !pictures.isEmpty && isFilled(width, height, pictures, step)
                } else {
                    // Within half a step of the model's own proportions.
                    isUseful = abs(Double(width) / Double(input.width) * Double(input.height) - Double(height)) < Double(step) / 2
                }
                if isUseful { sizes.append((width, height)) }
            }
        }
        return sizes
    }

    /// No side is tried that is shorter than this share of the model's own.
    private static let leastShare = 0.4

    /// Whether a step less on either side would make some clip's picture smaller.
    private static func isFilled(_ width: Int, _ height: Int, _ pictures: [(width: Int, height: Int)], _ step: Int) -> Bool {
        func scale(_ picture: (width: Int, height: Int), _ width: Int, _ height: Int) -> Double {
            min(Double(width) / Double(picture.width), Double(height) / Double(picture.height))
        }
        func shrinks(_ narrower: Int, _ lower: Int) -> Bool {
            pictures.contains { scale($0, narrower, lower) < scale($0, width, height) * 0.999 }
        }
        return shrinks(width - step, height) && shrinks(width, height - step)
    }
}
