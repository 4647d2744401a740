import Tensors

/// A value (edge) of a graph.
public struct ValueID: Hashable, Sendable, Comparable {
    public let index: Int
    public init(index: Int) { self.index = index }
    public static func < (a: ValueID, b: ValueID) -> Bool { a.index < b.index }
}

/// One extent of a graph input: known, or to be resolved when a plan is made.
public enum Dimension: Sendable, Hashable {
    case fixed(Int)
    case symbolic(String)
}

/// What the model says of an input before a plan fixes its shape.
public struct InputDeclaration: Sendable {
    public let value: ValueID
    public let name: String
    public let elementType: ElementType
    public let dims: [Dimension]

    public init(value: ValueID, name: String, elementType: ElementType, dims: [Dimension]) {
        (self.value, self.name, self.elementType, self.dims) = (value, name, elementType, dims)
    }
}

/// One operator applied to values. A nil input is an omitted optional one; a nil output is not wanted.
public struct Node: Sendable {
    public var name: String
    /// The operator's public name, as in the model ("Conv"), for messages and `inspect`.
    public var kind: String
    public var op: any Operator
    public var inputs: [ValueID?]
    public var outputs: [ValueID?]

    public init(name: String, kind: String, op: any Operator, inputs: [ValueID?], outputs: [ValueID?]) {
        (self.name, self.kind, self.op, self.inputs, self.outputs) = (name, kind, op, inputs, outputs)
    }
}

/// An immutable, topologically sorted network. Knows nothing of files or of execution.
public struct Graph: Sendable {
    public var inputs: [InputDeclaration]
    public var outputs: [(name: String, value: ValueID)]
    public var nodes: [Node]
    public var constants: [ValueID: Tensor]
    /// Names for messages; index = `ValueID.index`.
    public var valueNames: [String]

    public init(
        inputs: [InputDeclaration], outputs: [(name: String, value: ValueID)], nodes: [Node],
        constants: [ValueID: Tensor], valueNames: [String]
    ) {
        (self.inputs, self.outputs, self.nodes) = (inputs, outputs, nodes)
        (self.constants, self.valueNames) = (constants, valueNames)
    }

    /// A fresh value, for passes that rewrite nodes.
    public mutating func makeValue(named name: String) -> ValueID {
        valueNames.append(name)
        return ValueID(index: valueNames.count - 1)
    }
}
