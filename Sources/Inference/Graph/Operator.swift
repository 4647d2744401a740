import Tensors

/// What is known of a value while a plan is made.
public struct ValueFacts: Sendable {
    public var elementType: ElementType
    /// Nil when the shape depends on data (after `NonMaxSuppression`, say).
    public var shape: Shape?
    /// The value itself when it does not depend on the graph's inputs.
    public var constant: Tensor?
    /// Whether it is a sequence of tensors, which operators on tensors refuse. The type is theirs.
    public let isSequence: Bool
    /// Of a sequence what is known of its tensors; nil when it is not known how many there are.
    public let items: [ValueFacts]?

    public init(_ elementType: ElementType, _ shape: Shape?, constant: Tensor? = nil) {
        (self.elementType, self.shape, self.constant) = (elementType, shape, constant)
        (isSequence, items) = (false, nil)
    }

    public init(sequence items: [ValueFacts]?, of type: ElementType, constant: Tensor? = nil) {
        (elementType, shape, self.constant) = (type, items.map { [$0.count] }, constant)
        (isSequence, self.items) = (true, items)
    }

    public init(constant: Tensor) {
        if let items = constant.items {
            self.init(sequence: items.map { ValueFacts(constant: $0) }, of: constant.elementType, constant: constant)
        } else {
            self.init(constant.elementType, constant.shape, constant: constant)
        }
    }
}

/// A stateless function of tensors, and all its rules. Conforming types are small structs holding the attributes, already free of opset
/// differences; each lies in a file of its own with its kernels.
///
/// Two rules are required, shape and values. The others have defaults under which an operator runs on row-major tensors, whole,
/// whenever one of its inputs has changed: that is always right, and slower than a lowering onto images.
///
/// Operators that are equal compute the same of equal inputs, to the last bit: graphs are joined by that (`TypedGraph.join`).
public protocol Operator: Sendable, Equatable {
    /// Shape rule: facts of the outputs from facts of the inputs (nil = omitted optional input).
    ///
    /// Where an output shape depends on a *value* (Reshape's second input), it is known only if that input's
    /// `constant` is; else return a nil shape, and the plan will ask `evaluate` at run time.
    /// - Throws: `OperatorError` when types, ranks, shapes or attributes do not fit. Must never trap, whatever the model says.
    func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts]

    /// Reference kernel on row-major tensors (NCHW for images). Also used for constant folding and for whatever
    /// has no kernel of its own in the plan, so it should be decent, not naive, in speed.
    /// - Parameter inputs: what the shape rule accepts, with some output that is not empty.
    /// - Throws: `OperatorError` when the inputs do not fit. Must never trap.
    func evaluate(_ inputs: Operands) throws(OperatorError) -> [Tensor]

    /// How the operator runs on NHWC images in place of `node`: what it reads of each source and with which kernel, or as a view. The
    /// kernel also says what changes of its sources are worth (`SpatialKernel.importance`). Nil, the default, where it has no such form.
    ///
    /// Asked only where the node has one wanted output, of float32 and of a known shape that is not empty.
    func spatialLowering(of node: PlannedNode) -> SpatialLowering?

    /// Whether it only moves elements of input 0, whatever they are: chains of such operators may turn out to move whole channels.
    var movesElements: Bool { get }

    /// Whether output 0 is input 0 unchanged, so that the node can go.
    func isIdentity(for inputs: [ValueFacts?]) -> Bool
}

extension Operator {
    public func spatialLowering(of node: PlannedNode) -> SpatialLowering? { nil }
    public var movesElements: Bool { false }
    public func isIdentity(for inputs: [ValueFacts?]) -> Bool { false }

    /// The same for an operator of any type.
    func isEqual(to other: any Operator) -> Bool { (other as? Self) == self }
}

/// What went wrong inside one operator; whoever calls adds the node's name.
public struct OperatorError: Error, Sendable, CustomStringConvertible {
    public let message: String
    public init(_ message: String) { self.message = message }
    public var description: String { message }
}

extension Array {
    /// A required input, or its facts.
    public func required<Input>(_ index: Int, _ name: String) throws(OperatorError) -> Input where Element == Input? {
        guard let input = optional(index) else { throw OperatorError("input \(index) (\(name)) is missing") }
        return input
    }

    public func optional<Input>(_ index: Int) -> Input? where Element == Input? { index < count ? self[index] : nil }
}
