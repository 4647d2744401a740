import Tensors

/// What is known of a value while a plan is made.
public struct ValueFacts: Sendable {
    public var elementType: ElementType
    /// Nil when the shape depends on data (after `NonMaxSuppression`, say).
    public var shape: Shape?
    /// The value itself when it does not depend on the graph's inputs.
    public var constant: Tensor?

    public init(_ elementType: ElementType, _ shape: Shape?, constant: Tensor? = nil) {
        (self.elementType, self.shape, self.constant) = (elementType, shape, constant)
    }

    public init(constant: Tensor) { self.init(constant.elementType, constant.shape, constant: constant) }
}

/// A stateless function of tensors. Conforming types are small structs holding the attributes,
/// already free of opset differences.
public protocol Operator: Sendable {
    /// Shape rule: facts of the outputs from facts of the inputs (nil = omitted optional input).
    ///
    /// Where an output shape depends on a *value* (Reshape's second input), it is known only if that input's
    /// `constant` is; else return a nil shape, and the plan will ask `evaluate` at run time.
    /// - Throws: `OperatorError` when types, ranks, shapes or attributes do not fit. Must never trap, whatever the model says.
    func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts]

    /// Reference kernel on row-major tensors (NCHW for images). Also used for constant folding and for whatever
    /// has no kernel of its own in the plan, so it should be decent, not naive, in speed.
    /// - Throws: `OperatorError` when the inputs do not fit. Must never trap.
    func evaluate(_ inputs: [Tensor?]) throws(OperatorError) -> [Tensor]
}

/// What went wrong inside one operator; whoever calls adds the node's name.
public struct OperatorError: Error, Sendable, CustomStringConvertible {
    public let message: String
    public init(_ message: String) { self.message = message }
    public var description: String { message }
}

extension Array where Element == ValueFacts? {
    /// The facts of a required input.
    public func required(_ index: Int, _ name: String) throws(OperatorError) -> ValueFacts {
        guard index < count, let facts = self[index] else { throw OperatorError("input \(index) (\(name)) is missing") }
        return facts
    }

    public func optional(_ index: Int) -> ValueFacts? { index < count ? self[index] : nil }
}

extension Array where Element == Tensor? {
    /// A required input, of the wanted type when one is named.
    public func required(_ index: Int, _ name: String, _ type: ElementType? = nil) throws(OperatorError) -> Tensor {
        guard index < count, let tensor = self[index] else { throw OperatorError("input \(index) (\(name)) is missing") }
        if let type, tensor.elementType != type { throw OperatorError("input \(index) (\(name)) is \(tensor.elementType), not \(type)") }
        return tensor
    }

    public func optional(_ index: Int) -> Tensor? { index < count ? self[index] : nil }
}
