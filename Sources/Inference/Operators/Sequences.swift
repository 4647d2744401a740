import Tensors

// Sequences of tensors: `Tensor.items`. All tensors of one have the same element type.

/// ONNX SequenceConstruct: the inputs as a sequence. O(inputs).
public struct SequenceConstruct: Operator {
    public init() {}

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let first = try inputs.operand(0, "inputs[0]")
        let items = try inputs.indices.map { index throws(OperatorError) in
            try inputs.operand(index, "inputs[\(index)]", [first.elementType])
        }
        return [ValueFacts(sequence: items, of: first.elementType)]
    }

    public func evaluate(_ inputs: Operands) -> [Tensor] {
        [Tensor(sequence: inputs.tensors.compactMap(\.self), of: inputs.outputs[0].elementType)]
    }
}

/// ONNX SequenceEmpty.
public struct SequenceEmpty: Operator {
    public var elementType: ElementType
    public init(of elementType: ElementType = .float32) { self.elementType = elementType }

    public func outputs(for inputs: [ValueFacts?]) -> [ValueFacts] { [ValueFacts(sequence: [], of: elementType)] }
    public func evaluate(_ inputs: Operands) -> [Tensor] { [Tensor(sequence: [], of: elementType)] }
}

/// ONNX SequenceAt: a sequence, a position, counted from the end where negative. O(1).
public struct SequenceAt: Operator {
    public init() {}

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let sequence = try inputs.sequence(0)
        guard let position = try inputs.integer(1, "position"), let items = sequence.items else {
            return [ValueFacts(sequence.elementType, nil)]
        }
        return [items[try checkedPosition(position, items.count)]]
    }

    public func evaluate(_ inputs: Operands) throws(OperatorError) -> [Tensor] {
        let items = inputs[0].items!
        return [items[try checkedPosition(inputs[1].integerElements[0], items.count)]]
    }
}

/// ONNX SequenceInsert: a sequence, a tensor, the position before which it goes (optional; the end). O(items).
public struct SequenceInsert: Operator {
    public init() {}

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let sequence = try inputs.sequence(0)
        let tensor = try inputs.operand(1, "tensor", [sequence.elementType])
        guard var items = sequence.items else {
            _ = try inputs.integers(2, "position", else: [])
            return [ValueFacts(sequence: nil, of: sequence.elementType)]
        }
        guard let position = try inputs.optional(2) == nil ? items.count : inputs.integer(2, "position") else {
            return [ValueFacts(sequence: nil, of: sequence.elementType)]
        }
        items.insert(tensor, at: try insertion(position, items.count))
        return [ValueFacts(sequence: items, of: sequence.elementType)]
    }

    public func evaluate(_ inputs: Operands) throws(OperatorError) -> [Tensor] {
        var items = inputs[0].items!
        items.insert(inputs[1], at: try insertion(inputs.optional(2)?.integerElements[0] ?? items.count, items.count))
        return [try Tensor(checkedSequence: items, of: inputs[1].elementType)]
    }

    /// The place after the last is one more than there are items.
    private func insertion(_ position: Int, _ count: Int) throws(OperatorError) -> Int {
        position == count ? count : try checkedPosition(position, count)
    }
}

/// ONNX SequenceErase: a sequence, a position (optional; the last). O(items).
public struct SequenceErase: Operator {
    public init() {}

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let sequence = try inputs.sequence(0)
        guard let position = try inputs.optional(1) == nil ? -1 : inputs.integer(1, "position"), var items = sequence.items else {
            return [ValueFacts(sequence: nil, of: sequence.elementType)]
        }
        items.remove(at: try checkedPosition(position, items.count))
        return [ValueFacts(sequence: items, of: sequence.elementType)]
    }

    public func evaluate(_ inputs: Operands) throws(OperatorError) -> [Tensor] {
        var items = inputs[0].items!
        items.remove(at: try checkedPosition(inputs.optional(1)?.integerElements[0] ?? -1, items.count))
        return [Tensor(sequence: items, of: inputs[0].elementType)]
    }
}

/// ONNX SequenceLength: how many tensors a sequence has, as an int64 scalar.
public struct SequenceLength: Operator {
    public init() {}

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        guard let items = try inputs.sequence(0).items else { return [ValueFacts(.int64, [])] }
        return [ValueFacts(constant: Tensor(scalar: Int64(items.count)))]
    }

    public func evaluate(_ inputs: Operands) -> [Tensor] { [Tensor(scalar: Int64(inputs[0].items!.count))] }
}

/// ONNX ConcatFromSequence: the tensors of a sequence side by side along an axis, which may be a new one. O(output).
public struct ConcatFromSequence: Operator {
    public var axis: Int
    public var makesAxis: Bool
    public init(axis: Int, makesAxis: Bool = false) { (self.axis, self.makesAxis) = (axis, makesAxis) }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let sequence = try inputs.sequence(0)
        guard let items = sequence.items else { return [ValueFacts(sequence.elementType, nil)] }
        guard !items.isEmpty else { throw OperatorError("the sequence is empty") }
        return try Concat(axis: axis).outputs(
            for: items.map { item throws(OperatorError) in
                ValueFacts(item.elementType, try item.shape.map { shape throws(OperatorError) in try widened(shape) })
            })
    }

    public func evaluate(_ inputs: Operands) throws(OperatorError) -> [Tensor] {
        try Concat(axis: axis).evaluate(
            inputs[0].items!.map { item throws(OperatorError) in item.reshaped(to: try widened(item.shape)) })
    }

    private func widened(_ shape: Shape) throws(OperatorError) -> Shape { makesAxis ? try shape.inserting(axis: axis) : shape }
}

/// ONNX SplitToSequence: a tensor, sizes along the axis (optional: one for all parts but a smaller last, or a list). O(n).
public struct SplitToSequence: Operator {
    public var axis: Int
    /// Without sizes every part has extent 1 on the axis, which may then be left out.
    public var keepsAxis: Bool
    public init(axis: Int = 0, keepsAxis: Bool = true) { (self.axis, self.keepsAxis) = (axis, keepsAxis) }

    private static let mostParts = 1 << 16

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let data = try inputs.operand(0, "input")
        let split = try inputs.optionalOperand(1, "split", ElementType.integers)
        guard let shape = data.shape, split == nil || split?.constant != nil else {
            return [ValueFacts(sequence: nil, of: data.elementType)]
        }
        let items = try sizes(shape, split?.constant).map { size throws(OperatorError) in
            ValueFacts(data.elementType, try part(shape, size, dropsAxis: split == nil && !keepsAxis))
        }
        return [ValueFacts(sequence: items, of: data.elementType)]
    }

    public func evaluate(_ inputs: Operands) throws(OperatorError) -> [Tensor] {
        let data = inputs[0], strides = data.shape.strides, axis = try data.shape.checked(axis: axis)
        var start = 0
        let items = zip(try sizes(data.shape, inputs.optional(1)), inputs.outputs[0].items!).map { size, facts in
            defer { start += size }
            var cut = data.shape
            cut[axis] = size
            return data.strided(cut, offset: start * strides[axis], strides: strides).reshaped(to: facts.shape!)
        }
        return [Tensor(sequence: items, of: data.elementType)]
    }

    private func sizes(_ shape: Shape, _ split: Tensor?) throws(OperatorError) -> [Int] {
        let extent = shape[try shape.checked(axis: axis)], given = split?.integerElements ?? [1]
        if let split, split.shape.rank == 1 {
            guard given.allSatisfy({ $0 >= 0 && $0 <= extent }), given.reduce(0, { min($0 + $1, extent + 1) }) == extent else {
                throw OperatorError("sizes \(given) do not add up to the axis' \(extent)")
            }
            return given
        }
        guard given.count == 1, given[0] > 0, (extent - 1) / given[0] < Self.mostParts else {
            throw OperatorError("parts of \(given) on an axis of \(extent)")
        }
        return stride(from: 0, to: extent, by: given[0]).map { min(given[0], extent - $0) }
    }

    private func part(_ shape: Shape, _ size: Int, dropsAxis: Bool) throws(OperatorError) -> Shape {
        let axis = try shape.checked(axis: axis)
        var part = shape
        if dropsAxis { part.dims.remove(at: axis) } else { part[axis] = size }
        return part
    }
}

/// `position` from 0 on.
private func checkedPosition(_ position: Int, _ count: Int) throws(OperatorError) -> Int {
    guard position >= -count, position < count else { throw OperatorError("position \(position) is outside of a sequence of \(count)") }
    return position < 0 ? position + count : position
}

extension Tensor {
    /// Refuses a sequence whose tensors would take more memory than a model may.
    init(checkedSequence items: [Tensor], of type: ElementType, limit: MemoryLimit = .machine) throws(OperatorError) {
        let bytes = items.reduce(0) { $0 + MemoryLimit.bytes(of: $1.shape, $1.elementType) }
        guard bytes <= limit.bytes else { throw OperatorError("a sequence takes \(MemoryLimit.text(bytes)), of \(limit.described)") }
        self.init(sequence: items, of: type)
    }
}

extension Array where Element == ValueFacts? {
    /// A required input that must be a sequence.
    fileprivate func sequence(_ index: Int) throws(OperatorError) -> ValueFacts {
        let facts = try required(index, "sequence")
        guard facts.isSequence else { throw OperatorError("input \(index) is a tensor, not a sequence") }
        return facts
    }
}

extension Shape {
    /// This shape with an axis of extent 1 more, which then is number `axis`; from the end of the new shape where negative.
    func inserting(axis: Int) throws(OperatorError) -> Shape {
        var dims = dims
        dims.insert(1, at: try Shape(dims + [1]).checked(axis: axis))
        return Shape(dims)
    }
}
