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
        let result = try axes.map { axis throws(OperatorError) in try checked(axis: axis) }
        for (i, axis) in result.enumerated() where result[..<i].contains(axis) {
            throw OperatorError("axis \(axis) is named twice in \(axes)")
        }
        return result
    }

    /// The extents before `axis`, which may be the rank, and from there on.
    func cut(before axis: Int) throws(OperatorError) -> (Shape, Shape) {
        let split = axis < 0 ? axis + rank : axis
        guard split >= 0, split <= rank else { throw OperatorError("axis \(axis) is outside of shape \(self)") }
        return (Shape(Array(dims[..<split])), Shape(Array(dims[split...])))
    }

    func checkedBroadcast(with other: Shape) throws(OperatorError) -> Shape {
        guard let shape = broadcast(with: other) else { throw OperatorError("shapes \(self) and \(other) do not broadcast") }
        return try Shape(checking: shape.dims)
    }
}

extension ElementType {
    static let numeric: [ElementType] = any.filter { $0 != .bool }
    static let integers: [ElementType] = numeric.filter { $0 != .float32 }
    static let any: [ElementType] = ElementType.allCases
}

extension Array where Element == ValueFacts? {
    /// A required input whose type is one of `types` and whose shape, when known, is safe to compute with.
    func operand(_ index: Int, _ name: String, _ types: [ElementType] = ElementType.any) throws(OperatorError) -> ValueFacts {
        let facts = try required(index, name)
        guard !facts.isSequence else { throw OperatorError("input \(index) (\(name)) is a sequence, not a tensor") }
        guard types.contains(facts.elementType) else {
            let wanted = types.map(\.rawValue).joined(separator: " or ")
            throw OperatorError("input \(index) (\(name)) is \(facts.elementType), not \(wanted)")
        }
        if let shape = facts.shape { _ = try Shape(checking: shape.dims) }
        return facts
    }

    /// Like `operand`, but nil where the model omits the input.
    func optionalOperand(_ index: Int, _ name: String, _ types: [ElementType]) throws(OperatorError) -> ValueFacts? {
        optional(index) == nil ? nil : try operand(index, name, types)
    }

    /// Checks an input, when the model has it, that must be a single element.
    func checkSingle(_ index: Int, _ name: String, _ type: ElementType) throws(OperatorError) {
        if let shape = try optionalOperand(index, name, [type])?.shape, shape.elementCount != 1 {
            throw OperatorError("\(name) has shape \(shape) instead of one element")
        }
    }

    /// The elements of a list (rank 0 or 1) of integers; nil when they are not known yet.
    func integers(_ index: Int, _ name: String) throws(OperatorError) -> [Int]? {
        try operand(index, name, ElementType.integers).list(name)?.integerElements
    }

    /// The same of an optional input: `fallback` where the model omits it.
    func integers(_ index: Int, _ name: String, else fallback: [Int]) throws(OperatorError) -> [Int]? {
        optional(index) == nil ? fallback : try integers(index, name)
    }

    /// The only element of an integer input; nil when it is not known yet.
    func integer(_ index: Int, _ name: String) throws(OperatorError) -> Int? {
        guard let values = try integers(index, name) else { return nil }
        guard values.count == 1 else { throw OperatorError("\(name) has \(values.count) elements instead of 1") }
        return values[0]
    }
}

extension ValueFacts {
    /// The shape, when it is known; it must then have `rank` axes.
    func shape(rank: Int, _ name: String) throws(OperatorError) -> Shape? {
        if let shape, shape.rank != rank { throw OperatorError("\(name) has shape \(shape) instead of \(rank) axes") }
        return shape
    }

    /// The broadcast shape of two operands; nil while one is unknown.
    func broadcast(with other: ValueFacts) throws(OperatorError) -> Shape? {
        guard let shape, let second = other.shape else { return nil }
        return try shape.checkedBroadcast(with: second)
    }

    /// The value, when it is known; it must have one axis at most.
    func list(_ name: String) throws(OperatorError) -> Tensor? {
        if let shape, shape.rank > 1 { throw OperatorError("\(name) has shape \(shape) instead of one axis") }
        return constant
    }

    /// An empty tensor stands for an omitted input in some operators (Resize).
    var isKnownEmpty: Bool { shape?.dims.contains(0) ?? false }
}

extension Tensor {
    /// The elements of an integer tensor; empty for other types.
    var integerElements: [Int] {
        if elementType == .int64 { return elements(of: Int64.self).map { Int($0) } }
        return ElementType.integers.contains(elementType) ? converted(to: .int64).integerElements : []
    }
}
