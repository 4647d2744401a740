import CKernels
import Tensors

/// Layer (or, with `keepsMean`, root-mean-square) normalization over the channels of every pixel of [N, C, H, W], with a factor and a term for
/// each channel. No ONNX operator: `computeRowsAsImages` makes it of LayerNormalization over the last axis. O(n).
public struct PixelNormalization: Operator {
    public var scale, bias: [Float]
    public var epsilon: Float
    public var keepsMean: Bool
    public init(scale: [Float], bias: [Float], epsilon: Float, keepsMean: Bool) {
        (self.scale, self.bias, self.epsilon, self.keepsMean) = (scale, bias, epsilon, keepsMean)
    }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let x = try inputs.operand(0, "X", [.float32])
        if let shape = try x.shape(rank: 4, "X"), shape[1] != scale.count || shape[1] != bias.count {
            throw OperatorError("\(scale.count) factors and \(bias.count) terms for the channels of \(shape)")
        }
        return [ValueFacts(.float32, x.shape)]
    }

    public func evaluate(_ inputs: Operands) throws(OperatorError) -> [Tensor] {
        let rows = try Transpose(permutation: [0, 2, 3, 1]).evaluate([inputs[0]])[0], count = scale.count
        let normal = LayerNormalization(epsilon: epsilon, keepsMean: keepsMean)
        let result = try normal.evaluate([rows, Tensor([count], scale), Tensor([count], bias)])[0]
        return try Transpose(permutation: [0, 3, 1, 2]).evaluate([result])
    }

    public func spatialLowering(of node: PlannedNode) -> SpatialLowering? {
        guard node.isSpatial(0), let x = node.input(0) else { return nil }
        return .pixelwise(x) { PixelNormalizationKernel(op: self, scale: AlignedFloats(scale), bias: AlignedFloats(bias)) }
    }
}

private struct PixelNormalizationKernel: SpatialKernel {
    let op: PixelNormalization
    let scale, bias: AlignedFloats

    func run(sources: UnsafePointer<Image>, destination: Image, spans: UnsafeBufferPointer<dv_span>, isCompact: Bool) {
        dv_normalize_pixels(
            scale.base, bias.base, op.epsilon, op.keepsMean ? 1 : 0, Int32(op.scale.count), sources[0], destination, spans.baseAddress,
            spans.count, isCompact ? 1 : 0)
    }

    /// As if a pixel's deviation, about the root mean square over all, did not change with its values.
    func importance(ofSourcesFrom importance: [Float], _ layer: LayerStatistics) -> [[Float]] {
        let squares = layer.meanSquares(layer.sources[0])
        let variance = squares.reduce(0, +) / Float(max(1, squares.count)) + op.epsilon
        return [importance.indices.map { importance[$0] * op.scale[$0] * op.scale[$0] / variance }]
    }
}
