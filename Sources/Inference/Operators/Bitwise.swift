import Tensors

/// ONNX BitwiseAnd, BitwiseOr, BitwiseXor on integers, with numpy broadcasting. O(n).
public struct Bitwise: Operator {
    public enum Function: Sendable, Hashable { case and, or, xor }
    public var function: Function
    public init(_ function: Function) { self.function = function }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let a = try inputs.operand(0, "A", ElementType.integers)
        let b = try inputs.operand(1, "B", [a.elementType])
        return [ValueFacts(a.elementType, try a.broadcast(with: b))]
    }

    public func evaluate(_ inputs: Operands) -> [Tensor] {
        inputs[0].elementType == .int32 ? [combine(inputs, Int32.self)] : [combine(inputs, Int64.self)]
    }

    private func combine<T: TensorElement & FixedWidthInteger>(_ inputs: Operands, _: T.Type) -> Tensor {
        switch function {
        case .and: zipElements(inputs[0], inputs[1], inputs.shape) { (x: T, y: T) in x & y }
        case .or: zipElements(inputs[0], inputs[1], inputs.shape) { (x: T, y: T) in x | y }
        case .xor: zipElements(inputs[0], inputs[1], inputs.shape) { (x: T, y: T) in x ^ y }
        }
    }
}
