import Tensors

// What passes make of chains of operators that move elements. No model file holds these two.

/// out[n, c] = in[n, map[c]]: what a channel shuffle, a split or a slice of channels is.
public struct ChannelMap: Operator {
    public var map: [Int]
    public init(map: [Int]) { self.map = map }

    /// The first channel when the map is a run of consecutive ones.
    public var contiguousStart: Int? {
        guard let first = map.first else { return nil }
        return map.enumerated().allSatisfy { $1 == first + $0 } ? first : nil
    }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let x = try inputs.required(0, "x")
        guard var shape = x.shape else { return [ValueFacts(x.elementType, nil)] }
        guard shape.rank >= 2, map.allSatisfy({ $0 >= 0 && $0 < shape[1] }) else { throw OperatorError("channel map beyond \(shape)") }
        shape[1] = map.count
        return [ValueFacts(x.elementType, shape)]
    }

    public func evaluate(_ inputs: Operands) throws(OperatorError) -> [Tensor] {
        try Gather(axis: 1).evaluate([inputs[0], Tensor([map.count], map.map(Int64.init))])
    }

    public func spatialLowering(of node: PlannedNode) -> SpatialLowering? {
        guard node.isSpatial(0), let x = node.input(0) else { return nil }
        if let contiguousStart { return .view(of: x, firstChannel: contiguousStart) }
        return .pixelwise(x) { CopyKernel(map: map.map(Int32.init), channels: map.count) }
    }
}

/// Images [N, C, H, W] as rows of C values, one a pixel, image after image of the inputs: [N, ΣH·W, C], or the same elements as `shape`.
///
/// What detectors end with. No ONNX operator: `moveTransposesUp` puts it where Transpose, Reshape and Concat were, for NHWC
/// memory holds these rows already.
public struct PixelRows: Operator {
    public var shape: Shape?
    public init(shape: Shape? = nil) { self.shape = shape }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        var rows = 0, result: Shape?
        for index in inputs.indices {
            guard let shape = try inputs.operand(index, "inputs[\(index)]").shape else { return [ValueFacts(.float32, nil)] }
            guard shape.rank == 4, result == nil || result![0] == shape[0] && result![2] == shape[1] else {
                throw OperatorError("inputs[\(index)] has shape \(shape), which does not continue \(result.map(\.description) ?? "images")")
            }
            rows += shape[2] * shape[3]
            result = [shape[0], rows, shape[1]]
        }
        return [ValueFacts(.float32, shape ?? result)]
    }

    public func evaluate(_ inputs: Operands) throws(OperatorError) -> [Tensor] {
        var parts: [Tensor] = []
        for case let input? in inputs.tensors {
            let pixels = try Transpose(permutation: [0, 2, 3, 1]).evaluate([input])[0], shape = input.shape
            parts.append(pixels.reshaped(to: [shape[0], shape[2] * shape[3], shape[1]]))
        }
        let rows = try Concat(axis: 1).evaluate(parts)[0]
        return [shape.map { rows.reshaped(to: $0) } ?? rows]
    }

    public func spatialLowering(of node: PlannedNode) -> SpatialLowering? {
        guard node.node.inputs.indices.allSatisfy(node.isSpatial) else { return nil }
        return SpatialLowering(kind: .pixelRows(node.node.inputs.compactMap(\.self)))
    }
}

/// The rows of a tensor […, C] as the pixels of one image [1, C, height, width]: the inverse of `PixelRows`, made by `computeRowsAsImages`.
public struct RowsImage: Operator {
    public var height, width: Int
    public init(height: Int, width: Int) { (self.height, self.width) = (height, width) }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let x = try inputs.operand(0, "x", [.float32])
        guard let shape = x.shape else { return [ValueFacts(.float32, nil)] }
        guard let channels = shape.dims.last, channels * height * width == shape.elementCount else {
            throw OperatorError("\(shape) has not \(height)×\(width) rows")
        }
        return [ValueFacts(.float32, [1, channels, height, width])]
    }

    public func evaluate(_ inputs: Operands) throws(OperatorError) -> [Tensor] {
        let pixels = inputs[0].reshaped(to: [1, height, width, inputs.shape[1]])
        return try Transpose(permutation: [0, 3, 1, 2]).evaluate([pixels])
    }

    public func spatialLowering(of node: PlannedNode) -> SpatialLowering? {
        node.input(0).map { SpatialLowering(kind: .image(rows: $0)) }
    }
}
