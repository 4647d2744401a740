import Tensors

/// ONNX BitwiseAnd, BitwiseOr, BitwiseXor and BitShift on integers, with numpy broadcasting. O(n).
public struct Bitwise: NumericOperator {
    /// Shifts by the width of the type or more give zero.
    public enum Function: Sendable, Hashable { case and, or, xor, shiftLeft, shiftRight }
    public var function: Function
    public init(_ function: Function) { self.function = function }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let isShift = function == .shiftLeft || function == .shiftRight
        let a = try inputs.operand(0, "A", isShift ? [.uint8, .uint16, .uint32, .uint64] : ElementType.integers)
        let b = try inputs.operand(1, "B", [a.elementType])
        return [ValueFacts(a.elementType, try a.broadcast(with: b))]
    }

    func evaluate<T: NumericElement>(_ inputs: Operands, _: T.Type) -> [Tensor] {
        switch function {
        case .and: combine(inputs, T.self) { $0 & $1 }
        case .or: combine(inputs, T.self) { $0 | $1 }
        case .xor: combine(inputs, T.self) { $0 ^ $1 }
        case .shiftLeft: combine(inputs, T.self) { $0 << $1 }
        case .shiftRight: combine(inputs, T.self) { $0 >> $1 }
        }
    }

    /// On the bits of 64-bit integers, the lower of which are the elements'.
    @inline(__always)
    private func combine<T: NumericElement>(_ inputs: Operands, _: T.Type, _ rule: (UInt64, UInt64) -> UInt64) -> [Tensor] {
        let result = zipElements(inputs[0], inputs[1], inputs.shape) { (x: T, y: T) in
            T(converting: rule(UInt64(bitPattern: x.asInteger), UInt64(bitPattern: y.asInteger)))
        }
        return [result]
    }
}
