import Tensors

/// What becomes of an element that an update hits.
public enum ScatterReduction: Sendable, Hashable {
    /// The last update wins, in row-major order.
    case none
    case add, multiply, maximum, minimum

    /// `old` with `new`; integers wrap around.
    @inline(__always)
    func combine<T: NumericElement>(_ old: T, _ new: T) -> T {
        switch self {
        case .none: new
        case .add: T.sum(old, new)
        case .multiply: T.product(old, new)
        case .maximum: T.larger(old, new)
        case .minimum: T.smaller(old, new)
        }
    }
}

/// ONNX ScatterElements (and Scatter): data, indices, updates of the indices' shape; out[i, indices[i, j, …], …] = updates[i, j, …].
/// O(data + updates).
public struct ScatterElements: Operator {
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
        if let shape = data.shape, let picked = indices.shape {
            let axis = try shape.checked(axis: axis)
            guard shape.rank == picked.rank, shape.dims.indices.allSatisfy({ $0 == axis || picked[$0] <= shape[$0] }) else {
                throw OperatorError("indices \(picked) do not fit data \(shape) on axis \(axis)")
            }
        }
        return [ValueFacts(data.elementType, data.shape)]
    }

    public func evaluate(_ inputs: [Tensor?]) throws(OperatorError) -> [Tensor] {
        _ = try resultShape(inputs)
        let data = try inputs.required(0, "data")
        let indices = try inputs.required(1, "indices")
        let updates = try inputs.required(2, "updates")
        let axis = try data.shape.checked(axis: axis)
        let places = try indexPlaces(indices, extent: data.shape[axis], axis: axis)
        // Where element i of the updates lands, but for the axis.
        var strides = data.shape.strides
        let along = strides[axis]
        strides[axis] = 0
        var targets = places
        let loop = StridedLoop(indices.shape.dims, [strides, indices.shape.strides])
        loop.forEachRun { start in
            for i in 0..<loop.run {
                targets[start[1] + i] = places[start[1] + i] * along + start[0] + i * loop.step(0)
            }
        }
        return [reduction.scatter(updates, onto: data, blocks: targets, count: 1)]
    }
}

/// ONNX ScatterND: data, indices [… , k], updates; each row of k indices names a block of data that a block of updates replaces.
/// O(data + updates).
public struct ScatterND: Operator {
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

    public func evaluate(_ inputs: [Tensor?]) throws(OperatorError) -> [Tensor] {
        _ = try resultShape(inputs)
        let data = try inputs.required(0, "data")
        let blocks = try IndexedBlocks(data.shape, try inputs.required(1, "indices"))
        return [reduction.scatter(try inputs.required(2, "updates"), onto: data, blocks: blocks.starts, count: blocks.count)]
    }
}

extension ScatterReduction {
    fileprivate var types: [ElementType] { self == .none ? ElementType.any : ElementType.numeric }

    /// A copy of `data` on which run i of `count` updates meets the run that starts at `blocks[i]`, all inside.
    fileprivate func scatter(_ updates: Tensor, onto data: Tensor, blocks: [Int], count: Int) -> Tensor {
        var result = data
        if self == .none {
            result.overwrite(blocks: blocks, count: count, with: updates)
            return result
        }
        switch data.elementType {
        case .float32: reduce(updates, onto: &result, blocks, count, Float.self)
        case .int32: reduce(updates, onto: &result, blocks, count, Int32.self)
        case .int64: reduce(updates, onto: &result, blocks, count, Int64.self)
        case .bool: break  // Not reached: refused by the shape rules.
        }
        return result
    }

    private func reduce<T: NumericElement>(_ updates: Tensor, onto data: inout Tensor, _ blocks: [Int], _ count: Int, _: T.Type) {
        updates.withElements(of: T.self) { updates in
            data.withMutableElements(of: T.self) { data in
                for (index, block) in blocks.enumerated() {
                    for i in 0..<count { data[block &+ i] = combine(data[block &+ i], updates[index &* count &+ i]) }
                }
            }
        }
    }
}

extension Tensor {
    /// Replaces runs of `count` elements by those of `source`, one after the other.
    fileprivate mutating func overwrite(blocks: [Int], count: Int, with source: Tensor) {
        switch elementType {
        case .float32: overwrite(blocks, count, source, Float.self)
        case .int32: overwrite(blocks, count, source, Int32.self)
        case .int64: overwrite(blocks, count, source, Int64.self)
        case .bool: overwrite(blocks, count, source, Bool.self)
        }
    }

    private mutating func overwrite<T: TensorElement>(_ blocks: [Int], _ count: Int, _ source: Tensor, _: T.Type) {
        source.withElements(of: T.self) { source in
            withMutableElements(of: T.self) { target in
                for (index, block) in blocks.enumerated() {
                    for i in 0..<count { target[block &+ i] = source[index &* count &+ i] }
                }
            }
        }
    }
}

/// The runs of a tensor that rows of indices name, as ScatterND and GatherND have them.
struct IndexedBlocks {
    /// Offsets in elements.
    let starts: [Int]
    /// Elements of one run.
    let count: Int

    /// - Parameters:
    ///   - batch: the runs of row r lie in part r / (rows per part) of the outermost `batch` axes.
    ///   - indices: [… , k] with k ≤ rank − batch; negative ones count from the end.
    init(_ shape: Shape, _ indices: Tensor, batch: Int = 0) throws(OperatorError) {
        let depth = indices.shape.dims.last ?? 0
        let strides = shape.strides
        count = shape.dims[(batch + depth)...].reduce(1, *)
        let values = indices.integerElements
        let rows = indices.shape.dims.dropLast().reduce(1, *)
        let parts = shape.dims[..<batch].reduce(1, *)
        let partSize = shape.dims[batch...].reduce(1, *)
        var starts = [Int](repeating: 0, count: rows)
        for row in 0..<rows {
            var start = row / max(1, rows / max(1, parts)) * partSize
            for k in 0..<depth {
                let (index, extent) = (values[row * depth + k], shape[batch + k])
                guard index >= -extent, index < extent else {
                    throw OperatorError("index \(index) is outside of axis \(batch + k) of \(extent)")
                }
                start += (index < 0 ? index + extent : index) * strides[batch + k]
            }
            starts[row] = start
        }
        self.starts = starts
    }
}

/// Indices from 0 on; one outside −extent..<extent is refused.
func indexPlaces(_ indices: Tensor, extent: Int, axis: Int) throws(OperatorError) -> [Int] {
    var result = indices.integerElements
    for i in result.indices {
        guard result[i] >= -extent, result[i] < extent else {
            throw OperatorError("index \(result[i]) is outside of axis \(axis) of \(extent)")
        }
        if result[i] < 0 { result[i] += extent }
    }
    return result
}
