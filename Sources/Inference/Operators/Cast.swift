import Glibc
import Tensors

/// ONNX Cast. Types that the engine does not compute in are mapped on import (half and double to float32, …).
/// `rounding` keeps a cast to float16 honest: values are rounded to half precision although stored as float32.
///
/// How numbers are converted is in `NumericElement.init(converting:)`.
public struct Cast: Operator {
    public var elementType: ElementType
    public var roundsToHalf: Bool
    public init(to elementType: ElementType, roundsToHalf: Bool = false) {
        (self.elementType, self.roundsToHalf) = (elementType, roundsToHalf)
    }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let x = try inputs.operand(0, "input")
        return [ValueFacts(elementType, x.shape)]
    }

    public func evaluate(_ inputs: Operands) throws(OperatorError) -> [Tensor] {
        let result = inputs[0].converted(to: elementType)
        return [roundsToHalf ? mapElements(result) { (x: Float) in Float(Float16(x)) } : result]
    }

    public func isIdentity(for inputs: [ValueFacts?]) -> Bool { inputs.optional(0)?.elementType == elementType && !roundsToHalf }
}

/// ONNX CastLike where only the plan knows the type: input 0 as the type of input 1. O(n), as `Cast`.
public struct CastLike: Operator {
    public init() {}

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let x = try inputs.operand(0, "input")
        return [ValueFacts(try inputs.operand(1, "target_type").elementType, x.shape)]
    }

    public func evaluate(_ inputs: Operands) throws(OperatorError) -> [Tensor] { try Cast(to: inputs[1].elementType).evaluate([inputs[0]]) }

    public func isIdentity(for inputs: [ValueFacts?]) -> Bool { inputs.optional(0)?.elementType == inputs.optional(1)?.elementType }
}

extension Tensor {
    /// The elements as another type; truth values are 0 and 1, and numbers other than 0 are true. O(n), or O(1) where the type stays.
    func converted(to type: ElementType) -> Tensor {
        // Conversions refuse nothing.
        type == elementType ? self : try! elementType.compute(ConversionFrom(tensor: self, type: type)) ?? fromBools(to: type)
    }

    private func fromBools(to type: ElementType) -> Tensor {
        // The bytes of truth values are 0 and 1.
        Tensor(shape, of: UInt8.self) { out in
            if let bytes = out.baseAddress { memcpy(bytes, baseAddress, shape.elementCount) }
        }.converted(to: type)
    }
}

private struct ConversionFrom: NumericComputation {
    let tensor: Tensor
    let type: ElementType

    func callAsFunction<Source: NumericElement>(_: Source.Type) throws(OperatorError) -> Tensor {
        try type.compute(ConversionTo<Source>(tensor: tensor)) ?? mapElements(tensor) { (x: Source) in x != .zero }
    }
}

private struct ConversionTo<Source: NumericElement>: NumericComputation {
    let tensor: Tensor

    func callAsFunction<Target: NumericElement>(_: Target.Type) -> Tensor {
        mapElements(tensor) { (x: Source) in Target(converting: x) }
    }
}
