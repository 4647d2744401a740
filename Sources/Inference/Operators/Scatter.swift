import Tensors

/// What becomes of an element that an update hits.
public enum ScatterReduction: Sendable, Hashable {
    /// The last update wins, in row-major order.
    case none
    case add, multiply, maximum, minimum
}

/// ONNX ScatterElements (and Scatter): data, indices, updates of the indices' shape; out[i, indices[i, j, …], …] = updates[i, j, …].
/// O(data + updates).
public struct ScatterElements: NumericOperator {
    public var axis: Int
    public var reduction: ScatterReduction
    public init(axis: Int = 0, reduction: ScatterReduction = .none) { (self.axis, self.reduction) = (axis, reduction) }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let data = try inputs.operand(0, "data", reduction.types)
        let indices = try inputs.operand(1, "indices", ElementType.integers)
        let updates = try inputs.operand(2, "updates", [data.elementType])
        if let picked = indices.shape, let given = updates.shape, picked != given {
            throw OperatorError("indices \(picked) and updates \(given) differ in shape")
        }
        if let shape = data.shape, let picked = indices.shape { try checkElementwise(picked, shape, axis) }
        return [ValueFacts(data.elementType, data.shape)]
    }

    func evaluate<T: NumericElement>(_ inputs: Operands, _: T.Type) throws(OperatorError) -> [Tensor] {
        [reduction.scatter(inputs, blocks: try elementOffsets(of: inputs[1], inputs.shape, axis: axis), count: 1, T.self)]
    }

    func evaluateBools(_ inputs: Operands) throws(OperatorError) -> [Tensor] {
        [scatter(inputs, blocks: try elementOffsets(of: inputs[1], inputs.shape, axis: axis), count: 1) { (_: Bool, new) in new }]
    }
}

/// ONNX ScatterND: data, indices [… , k], updates; each row of k indices names a block of data that a block of updates replaces.
/// O(data + updates).
public struct ScatterND: NumericOperator {
    public var reduction: ScatterReduction
    public init(reduction: ScatterReduction = .none) { self.reduction = reduction }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let data = try inputs.operand(0, "data", reduction.types)
        let indices = try inputs.operand(1, "indices", ElementType.integers)
        let updates = try inputs.operand(2, "updates", [data.elementType])
        if let shape = data.shape, let picked = indices.shape {
            let depth = picked.dims.last ?? 0
            guard shape.rank > 0, picked.rank > 0, depth <= shape.rank else {
                throw OperatorError("indices \(picked) do not fit data \(shape)")
            }
            let wanted = Shape(picked.dims.dropLast() + shape.dims[depth...])
            if let given = updates.shape, given != wanted { throw OperatorError("updates have shape \(given) instead of \(wanted)") }
        }
        return [ValueFacts(data.elementType, data.shape)]
    }

    func evaluate<T: NumericElement>(_ inputs: Operands, _: T.Type) throws(OperatorError) -> [Tensor] {
        let blocks = try IndexedBlocks(inputs.shape, inputs[1])
        return [reduction.scatter(inputs, blocks: blocks.starts, count: blocks.count, T.self)]
    }

    func evaluateBools(_ inputs: Operands) throws(OperatorError) -> [Tensor] {
        let blocks = try IndexedBlocks(inputs.shape, inputs[1])
        return [scatter(inputs, blocks: blocks.starts, count: blocks.count) { (_: Bool, new) in new }]
    }
}

extension ScatterReduction {
    fileprivate var types: [ElementType] { self == .none ? ElementType.any : ElementType.numeric }

    fileprivate func scatter<T: NumericElement>(_ inputs: Operands, blocks: [Int], count: Int, _: T.Type) -> Tensor {
        switch self {
        case .none: Inference.scatter(inputs, blocks: blocks, count: count) { (_: T, new) in new }
        case .add: Inference.scatter(inputs, blocks: blocks, count: count) { T.sum($0, $1) }
        case .multiply: Inference.scatter(inputs, blocks: blocks, count: count) { T.product($0, $1) }
        case .maximum: Inference.scatter(inputs, blocks: blocks, count: count) { T.larger($0, $1) }
        case .minimum: Inference.scatter(inputs, blocks: blocks, count: count) { T.smaller($0, $1) }
        }
    }
}

/// A copy of input 0 on which run i of `count` elements of input 2 meets the run that starts at `blocks[i]`, all inside.
@inline(__always)
private func scatter<T: TensorElement>(_ inputs: Operands, blocks: [Int], count: Int, _ combine: (T, T) -> T) -> Tensor {
    var result = inputs[0]
    let updates = inputs[2].pointer(of: T.self)
    result.withMutableElements(of: T.self) { data in
        for (index, block) in blocks.enumerated() {
            for i in 0..<count { data[block &+ i] = combine(data[block &+ i], updates[index &* count &+ i]) }
        }
    }
    return result
}
