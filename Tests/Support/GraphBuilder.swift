import Inference
import Tensors

/// Makes graphs node by node and knows every value's shape.
package struct GraphBuilder {
    package private(set) var nodes: [Node] = []
    package private(set) var constants: [ValueID: Tensor] = [:]
    private var names: [String] = []
    private var facts: [ValueFacts] = []
    private var inputs: [InputDeclaration] = []
    package var outputs: [ValueID] = []

    package init() {}

    package mutating func input(_ name: String, _ shape: Shape) -> ValueID {
        let value = makeValue(name, ValueFacts(.float32, shape))
        inputs.append(InputDeclaration(value: value, name: name, elementType: .float32, dims: shape.dims.map(Dimension.fixed)))
        return value
    }

    package mutating func constant(_ tensor: Tensor) -> ValueID {
        let value = makeValue("c\(names.count)", ValueFacts(constant: tensor))
        constants[value] = tensor
        return value
    }

    package mutating func constant(_ values: [Int]) -> ValueID { constant(Tensor([values.count], values.map { Int64($0) })) }
    package mutating func constant(_ value: Float) -> ValueID { constant(Tensor(scalar: value)) }

    /// Appends a node; its first output. Throws when the operator does not take such inputs.
    @discardableResult
    package mutating func add(_ op: some Operator, _ inputs: [ValueID?]) throws -> ValueID { try addAll(op, inputs)[0] }

    /// Appends a node; all its outputs.
    package mutating func addAll(_ op: some Operator, _ inputs: [ValueID?]) throws -> [ValueID] {
        let known = inputs.map { $0.map { facts[$0.index] } }
        var results = try op.outputs(for: known)
        // Arithmetic of constants is constant, and reshapes may depend on it.
        if known.allSatisfy({ $0 == nil || $0?.constant != nil }) {
            results = try op.evaluate(known.map { $0?.constant }).map { ValueFacts(constant: $0) }
        }
        for result in results { guard (result.shape?.elementCount ?? 0) > 0 else { throw OperatorError("nothing left") } }
        let kind = "\(type(of: op))", name = "\(kind)_\(nodes.count)"
        let outputs = results.enumerated().map { makeValue("\(name):\($0)", $1) }
        nodes.append(Node(name: name, kind: kind, op: op, inputs: inputs, outputs: outputs))
        return outputs
    }

    package func shape(_ value: ValueID) -> Shape { facts[value.index].shape! }

    package var graph: Graph {
        Graph(
            inputs: inputs, outputs: outputs.enumerated().map { (name: "out\($0)", value: $1) }, nodes: nodes, constants: constants,
            valueNames: names)
    }

    /// For messages: a line a node.
    package var text: String {
        nodes.map { node in
            let sources = node.inputs.map { $0.map { "\(names[$0.index])[\(shape($0))]" } ?? "-" }.joined(separator: ", ")
            return "  \(node.op) (\(sources)) → " + node.outputs.map { $0.map { "\(shape($0))" } ?? "-" }.joined(separator: ", ")
        }.joined(separator: "\n") + "\n  outputs " + outputs.map { names[$0.index] }.joined(separator: ", ")
    }

    private mutating func makeValue(_ name: String, _ fact: ValueFacts) -> ValueID {
        names.append(name)
        facts.append(fact)
        return ValueID(index: names.count - 1)
    }
}
