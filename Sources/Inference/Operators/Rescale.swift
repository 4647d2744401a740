import CKernels
import Tensors

/// Sums of products of whole numbers as what they stand for: x · (scale · factor). Inputs: x, and a `LevelRange`'s output, whose scale is meant.
/// O(n).
///
/// No model file holds it: `fuseDynamicQuantization` makes it of two multiplications, and `fuseRescaling` takes it into a convolution.
public struct Rescale: Operator {
    /// One for each index of `axis`, or one for all.
    let factors: [Float]
    let axis: Int

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let x = try inputs.operand(0, "x", [.float32]), range = try inputs.operand(1, "range", [.float32])
        if let shape = x.shape {
            guard shape.normalized(axis: axis) == axis, factors.count == 1 || factors.count == shape[axis] else {
                throw OperatorError("\(factors.count) factors on axis \(axis) of \(shape)")
            }
        }
        if let shape = range.shape, shape != [1, 2, 1, 1] { throw OperatorError("the scale has shape \(shape)") }
        return [ValueFacts(.float32, x.shape)]
    }

    public func evaluate(_ inputs: Operands) -> [Tensor] {
        let (outer, extent, inner) = inputs.shape.split(at: axis), x = inputs[0].pointer(of: Float.self)
        let scale = inputs[1].pointer(of: Float.self)[0]
        let result = Tensor(inputs.shape, of: Float.self) { out in
            for row in 0..<outer * extent {
                let factor = scale * factors[factors.count == 1 ? 0 : row % extent]
                for i in row * inner..<(row + 1) * inner { out[i] = x[i] * factor }
            }
        }
        return [result]
    }

    public func spatialLowering(of node: PlannedNode) -> SpatialLowering? {
        let shape = node.outputShape
        guard axis == 1 || factors.count == 1, shape[0] == 1, node.isSpatial(0), node.isSpatial(1), let x = node.input(0),
            let range = node.input(1)
        else { return nil }
        return .step(reading: [(x, .pixel), (range, .whole)]) { _ in RescaleKernel(factors: factors, channels: shape[1]) }
    }
}

private struct RescaleKernel: SpatialKernel {
    let factors: [Float]
    let channels: Int

    func run(sources: UnsafePointer<Image>, destination: Image, spans: UnsafeBufferPointer<dv_span>, isCompact: Bool) {
        let scale = sources[1].base[0]
        withUnsafeTemporaryAllocation(of: Float.self, capacity: factors.count) { scaled in
            for (index, factor) in factors.enumerated() { scaled[index] = scale * factor }
            dv_binary(
                DV_MULTIPLY, Int32(channels), sources[0], Image(base: scaled.baseAddress, row: 0, pixel: 0), factors.count > 1 ? 1 : 0, 0,
                destination, spans.baseAddress, spans.count, isCompact ? 1 : 0)
        }
    }

    func importance(ofSourcesFrom importance: [Float], _ layer: LayerStatistics) -> [[Float]] {
        let scaling = SumScaling(
            factors: factors.count == channels ? factors : Array(repeating: factors[0], count: channels), terms: nil, source: 1)
        return [scaling.importance(ofSumsFrom: importance, layer), scaling.importance(ofScaleFrom: importance, layer)]
    }
}
