import CKernels
import Tensors

/// ONNX Clip: x, min (optional), max (optional) as inputs (attributes of old opsets become constants).
public struct Clip: NumericOperator {
    public init() {}

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let x = try inputs.operand(0, "X", ElementType.numeric)
        for (index, name) in [(1, "min"), (2, "max")] { try inputs.checkSingle(index, name, x.elementType) }
        return [ValueFacts(x.elementType, x.shape)]
    }

    func evaluate<T: NumericElement>(_ inputs: Operands, _: T.Type) -> [Tensor] {
        let low = inputs.optional(1)?.pointer(of: T.self)[0] ?? T.lowest
        let high = inputs.optional(2)?.pointer(of: T.self)[0] ?? T.highest
        return [mapElements(inputs[0]) { (x: T) in x.clamped(low, high) }]
    }
}

/// ONNX PRelu: x, slope (broadcast to x).
public struct ParametricRelu: NumericOperator {
    public init() {}

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let x = try inputs.operand(0, "X", ElementType.numeric)
        let slope = try inputs.operand(1, "slope", [x.elementType])
        if let shape = x.shape, let slopes = slope.shape, try shape.checkedBroadcast(with: slopes) != shape {
            throw OperatorError("slope \(slopes) does not broadcast to X \(shape)")
        }
        return [ValueFacts(x.elementType, slope.shape == nil ? nil : x.shape)]
    }

    func evaluate<T: NumericElement>(_ inputs: Operands, _: T.Type) -> [Tensor] {
        [zipElements(inputs[0], inputs[1], inputs.shape) { (x: T, slope: T) in x < .zero ? T.product(x, slope) : x }]
    }

    /// A constant slope for each channel, or one for all.
    public func spatialLowering(of node: PlannedNode) -> SpatialLowering? {
        let shape = node.outputShape
        guard shape.rank == 4, node.isSpatial(0), let x = node.input(0), let slope = node.constant(1) else { return nil }
        let dims = Array(repeating: 1, count: max(0, 4 - slope.shape.rank)) + slope.shape.dims
        guard dims.count == 4, dims[0] == 1, dims[2] == 1, dims[3] == 1 else { return nil }
        return .pixelwise(x) {
            BinaryKernel(
                function: DV_PRELU, channels: shape[1], operand: .constant(AlignedFloats(slope.elements())), isSwapped: false)
        }
    }
}
