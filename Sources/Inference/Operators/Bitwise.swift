import Tensors

/// ONNX BitwiseAnd, BitwiseOr, BitwiseXor on integers and Xor on bools, with numpy broadcasting. O(n).
public struct Bitwise: Operator {
    public enum Function: Sendable, Hashable { case and, or, xor }
    public var function: Function
    /// Bools instead of integers.
    public var isLogical: Bool
    public init(_ function: Function, isLogical: Bool = false) { (self.function, self.isLogical) = (function, isLogical) }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let a = try inputs.operand(0, "A", isLogical ? [.bool] : ElementType.integers)
        let b = try inputs.operand(1, "B", [a.elementType])
        guard let left = a.shape, let right = b.shape else { return [ValueFacts(a.elementType, nil)] }
        return [ValueFacts(a.elementType, try left.checkedBroadcast(with: right))]
    }

    public func evaluate(_ inputs: [Tensor?]) throws(OperatorError) -> [Tensor] {
        let shape = try resultShape(inputs)
        let a = try inputs.required(0, "A")
        let b = try inputs.required(1, "B")
        switch a.elementType {
        case .int32: return [combine(a, b, shape, Int32.self)]
        case .int64: return [combine(a, b, shape, Int64.self)]
        case .bool: return [combine(a, b, shape)]
        case .float32: return [a]  // Not reached: refused by the shape rule.
        }
    }

    @inline(__always)
    private func combine<T: NumericElement & FixedWidthInteger>(_ a: Tensor, _ b: Tensor, _ shape: Shape, _: T.Type) -> Tensor {
        switch function {
        case .and: zipElements(a, b, shape) { (x: T, y: T) in x & y }
        case .or: zipElements(a, b, shape) { (x: T, y: T) in x | y }
        case .xor: zipElements(a, b, shape) { (x: T, y: T) in x ^ y }
        }
    }

    private func combine(_ a: Tensor, _ b: Tensor, _ shape: Shape) -> Tensor {
        switch function {
        case .and: zipElements(a, b, shape) { (x: Bool, y: Bool) in x && y }
        case .or: zipElements(a, b, shape) { (x: Bool, y: Bool) in x || y }
        case .xor: zipElements(a, b, shape) { (x: Bool, y: Bool) in x != y }
        }
    }
}

/// ONNX BitwiseNot: all bits of each integer, flipped. O(n).
public struct BitwiseNot: Operator {
    public init() {}

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let x = try inputs.operand(0, "X", ElementType.integers)
        return [ValueFacts(x.elementType, x.shape)]
    }

    public func evaluate(_ inputs: [Tensor?]) throws(OperatorError) -> [Tensor] {
        _ = try resultShape(inputs)
        let x = try inputs.required(0, "X")
        if x.elementType == .int32 { return [mapElements(x) { (x: Int32) in ~x }] }
        return [mapElements(x) { (x: Int64) in ~x }]
    }
}
