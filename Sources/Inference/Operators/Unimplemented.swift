import Tensors

// Goes away when every operator has its rule and its kernel.
extension Operator {
    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] { throw OperatorError("not implemented") }
    public func evaluate(_ inputs: [Tensor?]) throws(OperatorError) -> [Tensor] { throw OperatorError("not implemented") }
}
