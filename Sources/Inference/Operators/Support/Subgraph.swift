import Tensors

/// A list of nodes inside of a node, with the outer values that it reads as its parameters.
public struct Subgraph: Sendable {
    /// In topological order.
    public var nodes: [Node]
    public var constants: [ValueID: Tensor]
    /// What stands for the inputs that the outer node hands in, in their order.
    public var parameters: [ValueID]
    public var outputs: [ValueID]
    /// Names for messages; index = `ValueID.index`.
    public var valueNames: [String]

    public init(
        nodes: [Node], constants: [ValueID: Tensor], parameters: [ValueID], outputs: [ValueID], valueNames: [String]
    ) {
        (self.nodes, self.constants, self.parameters) = (nodes, constants, parameters)
        (self.outputs, self.valueNames) = (outputs, valueNames)
    }

    /// Elements of constants that the shape rule computes, for shapes made of shapes.
    private static let foldingLimit = 1 << 12

    /// Shape rules of all nodes, in order.
    func facts(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        var facts = constants.mapValues { ValueFacts(constant: $0) }
        for (parameter, input) in zip(parameters, inputs) { facts[parameter] = input }
        for node in nodes {
            let arguments = node.inputs.map { $0.flatMap { facts[$0] } }
            let results = try Self.named(node) { () throws(OperatorError) in try node.op.outputs(for: arguments) }
            var values: [Tensor?] = results.map(\.constant)
            // What a node knows of graphs inside of it it has computed itself.
            if !(node.op is any GraphHolder), results.allSatisfy({ ($0.shape?.elementCount ?? Int.max) <= Self.foldingLimit }),
                zip(arguments, node.inputs).allSatisfy({ $1 == nil || $0?.constant != nil })
            {
                values = try Self.named(node) { () throws(OperatorError) in try node.op.evaluate(arguments.map { $0?.constant }) }
            }
            for (index, output) in node.outputs.enumerated() where index < results.count {
                guard let output else { continue }
                facts[output] = (index < values.count ? values[index] : nil).map { ValueFacts(constant: $0) } ?? results[index]
            }
        }
        var results: [ValueFacts] = []
        for output in outputs {
            guard let fact = facts[output] else { throw OperatorError("nothing produces '\(valueNames[output.index])'") }
            results.append(fact)
        }
        return results
    }

    /// All nodes, one after the other, on row-major tensors. What nothing reads any more is let go.
    func evaluate(_ inputs: [Tensor?]) throws(OperatorError) -> [Tensor] {
        var values = constants
        for (parameter, input) in zip(parameters, inputs) { values[parameter] = input }
        var uses: [ValueID: Int] = [:]
        for value in nodes.flatMap(\.inputs) + outputs { if let value { uses[value, default: 0] += 1 } }
        for node in nodes {
            let arguments = node.inputs.map { $0.flatMap { values[$0] } }
            let results = try Self.named(node) { () throws(OperatorError) in try node.op.evaluate(arguments) }
            for (output, result) in zip(node.outputs, results) { if let output { values[output] = result } }
            for case let input? in node.inputs {
                uses[input, default: 0] -= 1
                if uses[input] == 0 { values[input] = nil }
            }
        }
        var results: [Tensor] = []
        for output in outputs {
            guard let value = values[output] else { throw OperatorError("nothing produces '\(valueNames[output.index])'") }
            results.append(value)
        }
        return results
    }

    private static func named<T>(_ node: Node, _ body: () throws(OperatorError) -> T) throws(OperatorError) -> T {
        do throws(OperatorError) { return try body() } catch {
            throw OperatorError("inside, node '\(node.name)': \(node.kind): \(error.message)")
        }
    }
}

extension Subgraph: Equatable {
    /// Whether both compute the same. Names are for messages and do not count; values are compared by number, as one importer gives them.
    public static func == (a: Subgraph, b: Subgraph) -> Bool {
        (a.parameters, a.outputs, a.constants) == (b.parameters, b.outputs, b.constants) && a.nodes.count == b.nodes.count
            && zip(a.nodes, b.nodes).allSatisfy { $0.inputs == $1.inputs && $0.outputs == $1.outputs && $0.op.isEqual(to: $1.op) }
    }
}

/// An operator with graphs inside of it.
protocol GraphHolder: Operator {}
