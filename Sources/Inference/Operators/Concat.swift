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

    public func evaluate(_ inputs: Operands) throws(OperatorError) -> [Tensor] {
        let shape = inputs.shape, axis = try shape.checked(axis: axis), type = inputs[0].elementType
        let result = Tensor(shape, type: type) { destination in
            var offset = 0
            for case let part? in inputs.tensors {
                copyStrided(
                    extents: part.shape.dims, width: type.byteCount, from: part.baseAddress, part.shape.strides,
                    to: destination + offset * type.byteCount, shape.strides)
                offset += part.shape[axis] * shape.strides[axis]
            }
        }
        return [result]
    }

    public func isIdentity(for inputs: [ValueFacts?]) -> Bool { inputs.count == 1 }

    /// Along the channels, of values at least one of which is an image already.
    public func spatialLowering(of node: PlannedNode) -> SpatialLowering? {
        let shape = node.outputShape, inputs = node.node.inputs.indices
        guard shape.rank == 4, shape.normalized(axis: axis) == 1, inputs.allSatisfy({ node.input($0) != nil && node.constant($0) == nil }),
            inputs.contains(where: node.isSpatial)
        else { return nil }
        return SpatialLowering(kind: .concatenation(node.node.inputs.compactMap(\.self)))
    }
}

/// ONNX Split: data, sizes (optional; else equal parts over `outputCount`, the last one smaller).
public struct Split: Operator {
    public var axis: Int
    public var outputCount: Int
    public init(axis: Int, outputCount: Int) { (self.axis, self.outputCount) = (axis, outputCount) }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        guard outputCount > 0, outputCount <= 65536 else { throw OperatorError("\(outputCount) outputs are not in 1...65536") }
        let data = try inputs.operand(0, "input")
        let given = try inputs.integers(1, "split", else: [])
        guard let shape = data.shape, let given else {
            return [ValueFacts](repeating: ValueFacts(data.elementType, nil), count: outputCount)
        }
        let axis = try shape.checked(axis: axis)
        return try parts(of: shape[axis], inputs.optional(1) == nil ? nil : given).map { size in
            var part = shape
            part[axis] = size
            return ValueFacts(data.elementType, part)
        }
    }

    public func evaluate(_ inputs: Operands) throws(OperatorError) -> [Tensor] {
        let data = inputs[0], strides = data.shape.strides, axis = try data.shape.checked(axis: axis)
        var start = 0
        return inputs.outputs.map { output in
            defer { start += output.shape![axis] }
            return data.strided(output.shape!, offset: start * strides[axis], strides: strides)
        }
    }

    private func parts(of extent: Int, _ given: [Int]?) throws(OperatorError) -> [Int] {
        if let given {
            guard given.count == outputCount else { throw OperatorError("\(given.count) sizes for \(outputCount) outputs") }
            var rest = extent
            for size in given where rest >= 0 { rest = size < 0 || size > rest ? -1 : rest - size }
            guard rest == 0 else { throw OperatorError("sizes \(given) do not add up to the axis' \(extent)") }
            return given
        }
        let size = (extent + outputCount - 1) / outputCount
        let last = extent - size * (outputCount - 1)
        guard last >= 0 else { throw OperatorError("an axis of \(extent) does not split into \(outputCount) parts of \(size)") }
        return [Int](repeating: size, count: outputCount - 1) + [last]
    }

    public var movesElements: Bool { true }
}
