import Tensors

/// Tensors that an operator's shape rule has accepted, and what it says of the outputs.
public struct Operands {
    let tensors: [Tensor?]
    let facts: [ValueFacts?]
    let outputs: [ValueFacts]

    /// A required input: the shape rule has seen to it.
    public subscript(index: Int) -> Tensor { tensors[index]! }
    /// Nil where the model omits the input.
    public func optional(_ index: Int) -> Tensor? { index < tensors.count ? tensors[index] : nil }
    /// Of the only (or first) output.
    var shape: Shape { outputs[0].shape! }
}

extension Operator {
    /// The outputs' values. The shape rule is run on the actual tensors, so everything is checked once more before memory is touched.
    /// Outputs without elements are not computed.
    public func evaluate(_ inputs: [Tensor?]) throws(OperatorError) -> [Tensor] {
        let facts = inputs.map { $0.map { ValueFacts(constant: $0) } }
        let outputs = try outputs(for: facts)
        if outputs.allSatisfy({ $0.isKnownEmpty && !$0.isSequence }) {
            return outputs.map { Tensor($0.shape!, type: $0.elementType) { _ in } }
        }
        return try evaluate(Operands(tensors: inputs, facts: facts, outputs: outputs))
    }
}

/// An operator with one rule for all types of numbers, which is compiled for each of them.
protocol NumericOperator: Operator {
    /// `T` is the type of input 0.
    func evaluate<T: NumericElement>(_ inputs: Operands, _: T.Type) throws(OperatorError) -> [Tensor]
    /// For those whose shape rule admits truth values.
    func evaluateBools(_ inputs: Operands) throws(OperatorError) -> [Tensor]
}

extension NumericOperator {
    public func evaluate(_ inputs: Operands) throws(OperatorError) -> [Tensor] {
        if let result = try inputs[0].elementType.compute(NumericEvaluation(op: self, inputs: inputs)) { return result }
        return try evaluateBools(inputs)
    }

    func evaluateBools(_ inputs: Operands) -> [Tensor] { [inputs[0]] }
}

private struct NumericEvaluation<Op: NumericOperator>: NumericComputation {
    let op: Op
    let inputs: Operands
    func callAsFunction<T: NumericElement>(_: T.Type) throws(OperatorError) -> [Tensor] { try op.evaluate(inputs, T.self) }
}

/// Something with one rule for all types of numbers, where the type is known only while running.
protocol NumericComputation {
    associatedtype Result
    func callAsFunction<T: NumericElement>(_: T.Type) throws(OperatorError) -> Result
}

extension ElementType {
    /// The computation for this type of numbers; nil for truth values.
    func compute<Computation: NumericComputation>(_ compute: Computation) throws(OperatorError) -> Computation.Result? {
        switch self {
        case .float32: try compute(Float.self)
        case .uint8: try compute(UInt8.self)
        case .int8: try compute(Int8.self)
        case .uint16: try compute(UInt16.self)
        case .int16: try compute(Int16.self)
        case .uint32: try compute(UInt32.self)
        case .int32: try compute(Int32.self)
        case .uint64: try compute(UInt64.self)
        case .int64: try compute(Int64.self)
        case .bool: nil
        }
    }
}
