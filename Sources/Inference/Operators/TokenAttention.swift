import CKernels
import Tensors

/// Attention whose queries, keys and values are channels of images of tokens, one a pixel: softmax(scale · Q Kᵀ + mask) V, head by head.
/// No ONNX operator: `computeRowsAsImages` makes it of `Attention`. Inputs: images [1, C, H, W] of queries, keys and values, which may be one.
///
/// Images of the same tokens may have rows of different lengths. The tokens of an image are `batches` runs of equally many, and each sees its own run's. Output: [1, heads × size of a value, H, W] of the
/// queries' image. O(batches · heads · tokens² · size); the scores of a block of queries at a time, never of all.
public struct TokenAttention: Operator {
    /// Where the channels of the heads lie in an image.
    public struct Channels: Sendable, Equatable {
        public var first: Int
        /// From one head to the next.
        public var step: Int
        /// Of one head.
        public var count: Int
    }
    public var batches, heads: Int
    public var query, key, value: Channels
    public var scale: Float
    /// Added to the scores; broadcasts to [batches, heads, queries, keys].
    public var mask: Tensor?

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        var shapes: [Shape] = []
        for (index, channels) in [query, key, value].enumerated() {
            guard let shape = try inputs.operand(index, "image \(index)", [.float32]).shape(rank: 4, "image") else {
                return [ValueFacts(.float32, nil)]
            }
            guard shape[0] == 1, channels.first + (heads - 1) * channels.step + channels.count <= shape[1],
                shape[2] * shape[3] % batches == 0
            else { throw OperatorError("\(heads) heads of \(channels.count) channels are not in \(shape)") }
            shapes.append(shape)
        }
        guard shapes[1][2] * shapes[1][3] == shapes[2][2] * shapes[2][3] else {
            throw OperatorError("keys \(shapes[1]) and values \(shapes[2]) are of different numbers of tokens")
        }
        return [ValueFacts(.float32, [1, heads * value.count, shapes[0][2], shapes[0][3]])]
    }

    public func evaluate(_ inputs: Operands) throws(OperatorError) -> [Tensor] {
        func byHead(_ index: Int, _ channels: Channels) -> Tensor {
            let image = inputs[index], plane = image.shape[2] * image.shape[3], count = plane / batches
            return image.strided(
                [batches, heads, count, channels.count], offset: channels.first * plane, strides: [count, channels.step * plane, 1, plane])
        }
        let result = try Attention(scale: scale).evaluate([byHead(0, query), byHead(1, key), byHead(2, value), mask])[0]
        let rows = try Transpose(permutation: [1, 3, 0, 2]).evaluate([result])[0]
        return [rows.reshaped(to: inputs.shape)]
    }

    public func spatialLowering(of node: PlannedNode) -> SpatialLowering? {
        guard let q = node.input(0), let k = node.input(1), let v = node.input(2), let from = node.shape(0), let keys = node.shape(1),
            let values = node.shape(2)
        else { return nil }
        let queries = from[2] * from[3], each = keys[2] * keys[3] / batches
        return .step(
            reading: [(q, .pixel), (k, .whole), (v, .whole)], macs: heads * queries * each * (query.count + value.count)
        ) { _ in
            AttentionKernel(
                op: self, queryWidth: from[3], queriesEach: queries / batches, keyWidth: keys[3], valueWidth: values[3], keysEach: each)
        }
    }
}
