import Tensors

/// ONNX Concat. One strided copy per input.
public struct Concat: Operator {
    public var axis: Int
    public init(axis: Int) { self.axis = axis }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let first = try inputs.operand(0, "inputs[0]")
        var result = first.shape
        for index in inputs.indices.dropFirst() {
            let next = try inputs.operand(index, "inputs[\(index)]", [first.elementType])
            guard let shape = next.shape, let sum = result else {
                result = nil
                continue
            }
            let axis = try sum.checked(axis: axis)
            guard shape.rank == sum.rank, sum.dims.indices.allSatisfy({ $0 == axis || sum[$0] == shape[$0] }) else {
                throw OperatorError("inputs[\(index)] has shape \(shape), which does not continue \(sum) on axis \(axis)")
            }
            result?[axis] = sum[axis] + shape[axis]
            result = try Shape(checking: result!.dims)
        }
        if let result { _ = try result.checked(axis: axis) }
        return [ValueFacts(first.elementType, result)]
    }

    public func evaluate(_ inputs: [Tensor?]) throws(OperatorError) -> [Tensor] {
        let shape = try resultShape(inputs)
        let axis = try shape.checked(axis: axis)
        let strides = shape.strides
        let parts = inputs.compactMap(\.self)
        return [
            Tensor(shape, type: parts[0].elementType) { destination in
                var offset = 0
                for part in parts {
                    let width = part.elementType.byteCount
                    copyStrided(
                        extents: part.shape.dims, width: width, from: part.baseAddress, part.shape.strides,
                        to: destination + offset * width, strides)
                    offset += part.shape[axis] * strides[axis]
                }
            }
        ]
    }
}
