import Tensors

/// The most elements a tensor may have. Keeps every extent inside `Int32`, as kernels have it, and every product of an extent and
/// a stride, and of two counts, inside `Int`.
let largestElementCount = Int(Int32.max)

extension Shape {
    /// `dims` as a shape that is safe to compute with: no negative extents and at most `largestElementCount` elements.
    ///
    /// Zero extents count as one, so that strides cannot overflow in an empty tensor either.
    init(checking dims: [Int]) throws(OperatorError) {
        var count = 1
        for extent in dims {
            guard extent >= 0 else { throw OperatorError("extent \(extent) in shape \(Shape(dims)) is negative") }
            let (product, overflow) = count.multipliedReportingOverflow(by: Swift.max(extent, 1))
            guard !overflow, product <= largestElementCount else {
                throw OperatorError("shape \(Shape(dims)) has more than \(largestElementCount) elements")
            }
            count = product
        }
        self.init(dims)
    }

    /// `axis` from 0 on, or an error that names it.
    func checked(axis: Int) throws(OperatorError) -> Int {
        guard let axis = normalized(axis: axis) else {
            throw OperatorError("axis \(axis) is outside of shape \(self) (rank \(rank))")
        }
        return axis
    }

    /// Distinct axes from 0 on, in the given order.
    func checked(axes: [Int]) throws(OperatorError) -> [Int] {
        var seen = Set<Int>()
        var result: [Int] = []
        for axis in axes {
            let axis = try checked(axis: axis)
            guard seen.insert(axis).inserted else { throw OperatorError("axis \(axis) is named twice in \(axes)") }
            result.append(axis)
        }
        return result
    }

    func checkedBroadcast(with other: Shape) throws(OperatorError) -> Shape {
        guard let shape = broadcast(with: other) else { throw OperatorError("shapes \(self) and \(other) do not broadcast") }
        return try Shape(checking: shape.dims)
    }
}

extension ElementType {
    static let numeric: [ElementType] = [.float32, .int32, .int64]
    static let integers: [ElementType] = [.int32, .int64]
    static let any: [ElementType] = ElementType.allCases
}

extension Array where Element == ValueFacts? {
    /// A required input whose type is one of `types` and whose shape, when known, is safe to compute with.
    func operand(_ index: Int, _ name: String, _ types: [ElementType] = ElementType.any) throws(OperatorError) -> ValueFacts {
        try checked(required(index, name), index, name, types)
    }

    /// Like `operand`, but nil where the model omits the input.
    func optionalOperand(
        _ index: Int, _ name: String, _ types: [ElementType] = ElementType.any
    ) throws(OperatorError) -> ValueFacts? {
        guard let facts = optional(index) else { return nil }
        return try checked(facts, index, name, types)
    }

    private func checked(
        _ facts: ValueFacts, _ index: Int, _ name: String, _ types: [ElementType]
    ) throws(OperatorError) -> ValueFacts {
        guard types.contains(facts.elementType) else {
            let wanted = types.map(\.rawValue).joined(separator: " or ")
            throw OperatorError("input \(index) (\(name)) is \(facts.elementType), not \(wanted)")
        }
        if let shape = facts.shape { _ = try Shape(checking: shape.dims) }
        return facts
    }
}

extension ValueFacts {
    /// The shape, when it is known; it must then have `rank` axes.
    func shape(rank: Int, _ name: String) throws(OperatorError) -> Shape? {
        if let shape, shape.rank != rank { throw OperatorError("\(name) has shape \(shape) instead of \(rank) axes") }
        return shape
    }

    /// The elements of a constant list (rank 0 or 1) of integers; nil when the value is not known yet.
    func integers(_ name: String) throws(OperatorError) -> [Int]? {
        guard ElementType.integers.contains(elementType) else {
            throw OperatorError("\(name) is \(elementType), not an integer type")
        }
        if let shape, shape.rank > 1 { throw OperatorError("\(name) has shape \(shape) instead of one axis") }
        return constant?.integerElements
    }

    /// The only element of a constant integer; nil when the value is not known yet.
    func integer(_ name: String) throws(OperatorError) -> Int? {
        guard let values = try integers(name) else { return nil }
        guard values.count == 1 else { throw OperatorError("\(name) has \(values.count) elements instead of 1") }
        return values[0]
    }

    /// The elements of a constant list of floats; nil when the value is not known yet.
    func floats(_ name: String) throws(OperatorError) -> [Float]? {
        guard elementType == .float32 else { throw OperatorError("\(name) is \(elementType), not float32") }
        if let shape, shape.rank > 1 { throw OperatorError("\(name) has shape \(shape) instead of one axis") }
        return constant?.elements(of: Float.self)
    }

    /// An empty tensor stands for an omitted input in some operators (Resize).
    var isKnownEmpty: Bool { shape?.dims.contains(0) ?? false }
}

extension Tensor {
    /// The elements of an integer tensor; empty for other types.
    var integerElements: [Int] {
        switch elementType {
        case .int64: elements(of: Int64.self).map { Int($0) }
        case .int32: elements(of: Int32.self).map { Int($0) }
        case .float32, .bool: []
        }
    }
}

extension Operator {
    /// Runs the shape rule on actual tensors: validates them and gives the shapes to fill.
    func resultShapes(_ inputs: [Tensor?]) throws(OperatorError) -> [Shape] {
        let facts = inputs.map { $0.map { ValueFacts(constant: $0) } }
        var shapes: [Shape] = []
        for output in try outputs(for: facts) {
            guard let shape = output.shape else { throw OperatorError("the output's shape depends on its elements") }
            shapes.append(shape)
        }
        return shapes
    }

    /// The shape of the only (or first) output; see `resultShapes`.
    func resultShape(_ inputs: [Tensor?]) throws(OperatorError) -> Shape {
        try resultShapes(inputs)[0]
    }
}
