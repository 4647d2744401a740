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
        if outputs.allSatisfy(\.isKnownEmpty) { return outputs.map { Tensor($0.shape!, type: $0.elementType) { _ in } } }
        return try evaluate(Operands(tensors: inputs, facts: facts, outputs: outputs))
    }
}

/// An operator with one rule for all types of numbers, which is compiled for each of them.
protocol NumericOperator: Operator {
    /// `T` is the type of input 0.
    func evaluate<T: NumericElement>(_ inputs: Operands, _: T.Type) throws(OperatorError) -> [Tensor]
    /// For those whose shape rule admits truth values.
    func evaluateBools(_ inputs: Operands) -> [Tensor]
}

extension NumericOperator {
    public func evaluate(_ inputs: Operands) throws(OperatorError) -> [Tensor] {
        switch inputs[0].elementType {
        case .float32: try evaluate(inputs, Float.self)
        case .int32: try evaluate(inputs, Int32.self)
        case .int64: try evaluate(inputs, Int64.self)
        case .bool: evaluateBools(inputs)
        }
    }

    func evaluateBools(_ inputs: Operands) -> [Tensor] { [inputs[0]] }
}
