import Tensors

/// ONNX CastLike where only the plan knows the type: input 0 as the type of input 1. O(n), as `Cast`.
public struct CastLike: Operator {
    public init() {}

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let x = try inputs.operand(0, "input")
        return [ValueFacts(try inputs.operand(1, "target_type").elementType, x.shape)]
    }

    public func evaluate(_ inputs: [Tensor?]) throws(OperatorError) -> [Tensor] {
        _ = try resultShape(inputs)
        return try Cast(to: try inputs.required(1, "target_type").elementType).evaluate([inputs[0]])
    }

    public func isIdentity(for inputs: [ValueFacts?]) -> Bool {
        inputs.optional(0)?.elementType == inputs.optional(1)?.elementType
    }
}
