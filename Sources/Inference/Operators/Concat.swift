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

/// ONNX Split. Sizes: from input 1 if present, else `sizes`, else equal parts over `outputCount` (last one smaller).
public struct Split: Operator {
    public var axis: Int
    public var sizes: [Int]?
    public var outputCount: Int
    public init(axis: Int, sizes: [Int]? = nil, outputCount: Int) {
        (self.axis, self.sizes, self.outputCount) = (axis, sizes, outputCount)
    }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        guard outputCount > 0, outputCount <= 65536 else { throw OperatorError("\(outputCount) outputs are not in 1...65536") }
        let data = try inputs.operand(0, "input")
        let listed = try inputs.optionalOperand(1, "split", ElementType.integers)
        let given = try listed?.integers("split") ?? sizes
        guard let shape = data.shape, listed == nil || given != nil else {
            return [ValueFacts](repeating: ValueFacts(data.elementType, nil), count: outputCount)
        }
        let axis = try shape.checked(axis: axis)
        return try parts(of: shape[axis], given).map { size in
            var part = shape
            part[axis] = size
            return ValueFacts(data.elementType, part)
        }
    }

    public func evaluate(_ inputs: [Tensor?]) throws(OperatorError) -> [Tensor] {
        let shapes = try resultShapes(inputs)
        let data = try inputs.required(0, "input")
        let axis = try data.shape.checked(axis: axis)
        let strides = data.shape.strides
        var start = 0
        return shapes.map { shape in
            defer { start += shape[axis] }
            return data.strided(shape, offset: start * strides[axis], strides: strides)
        }
    }

    private func parts(of extent: Int, _ given: [Int]?) throws(OperatorError) -> [Int] {
        if let given {
            guard given.count == outputCount else { throw OperatorError("\(given.count) sizes for \(outputCount) outputs") }
            var rest = extent
            for size in given {
                guard size >= 0, size <= rest else { throw OperatorError("sizes \(given) do not add up to the axis' \(extent)") }
                rest -= size
            }
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
