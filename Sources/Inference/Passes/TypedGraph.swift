import Tensors

/// A graph whose input shapes are fixed, with the facts of every value. What passes rewrite.
public struct TypedGraph: Sendable {
    public var graph: Graph
    /// Index = `ValueID.index`; nil for values that nothing produces any more.
    public var facts: [ValueFacts?]

    /// What its convolutions and products with constants are computed in; it has to be available.
    public var precision = Precision.fp32
    /// Of values that whole numbers are made of where the precision is `int8`. Layers that read others are computed in floats.
    var levels: [ValueID: Level] = [:]
    /// What the tensors of a run may take, constants included.
    let memory: MemoryLimit
    /// Of the constants that were not in the graph.
    var foldedBytes = 0

    public subscript(value: ValueID) -> ValueFacts? { facts[value.index] }

    /// Infers all facts in topological order; nodes that depend on constants only are evaluated and vanish.
    /// - Throws: `InferenceError` naming the node whose types, shapes or attributes contradict each other, or whose outputs are too large.
    public init(_ graph: Graph, inputShapes: [String: Shape], memory: MemoryLimit = .machine) throws(InferenceError) {
        (self.graph, self.memory) = (graph, memory)
        facts = Array(repeating: nil, count: graph.valueNames.count)
        for (value, tensor) in graph.constants { facts[value.index] = ValueFacts(constant: tensor) }
        for input in graph.inputs {
            facts[input.value.index] = ValueFacts(input.elementType, try Self.shape(of: input, given: inputShapes[input.name]))
        }
        var kept: [Node] = []
        kept.reserveCapacity(graph.nodes.count)
        for node in graph.nodes { try place(node, in: &kept) }
        self.graph.nodes = kept
        for (name, value) in self.graph.outputs where facts[value.index] == nil {
            throw InferenceError(.invalidGraph, "output '\(name)' is produced by no node")
        }
    }

    /// Appends what is left of a node: nothing where it is constant, the branch that it takes where it is a conditional.
    private mutating func place(_ node: Node, in kept: inout [Node]) throws(InferenceError) {
        if let branch = try branchNodes(of: node) {
            for inner in branch { try place(inner, in: &kept) }
        } else if try !fold(node) {
            kept.append(node)
        }
    }

    private static func shape(of input: InputDeclaration, given: Shape?) throws(InferenceError) -> Shape {
        var dims: [Int] = []
        if let given, given.rank != input.dims.count {
            throw InferenceError(.invalidInput, "input '\(input.name)' has rank \(input.dims.count), not \(given.rank)")
        }
        for (axis, dim) in input.dims.enumerated() {
            switch (dim, given?[axis]) {
            case (.fixed(let extent), let wanted):
                if let wanted, wanted != extent {
                    throw InferenceError(.invalidInput, "input '\(input.name)' is fixed to \(extent) on axis \(axis), not \(wanted)")
                }
                dims.append(extent)
            case (.symbolic, let wanted?): dims.append(wanted)
            case (.symbolic(let name), nil):
                throw InferenceError(
                    .unresolvedShape,
                    "input '\(input.name)' leaves axis \(axis) ('\(name)') open; give --input-size WxH or a model card with input.width and input.height"
                )
            }
        }
        guard dims.allSatisfy({ $0 >= 0 }), dims.reduce(1.0, { $0 * Double($1) }) < Double(Int32.max) else {
            throw InferenceError(.invalidInput, "input '\(input.name)' of \(Shape(dims)) is too large")
        }
        return Shape(dims)
    }

    /// In elements: a constant larger than any sensible model's.
    private static let foldingLimit = 1 << 28

    /// Infers the node's outputs; true when they became constants.
    private mutating func fold(_ node: Node) throws(InferenceError) -> Bool {
        let inputs = node.inputs.map { $0.flatMap { facts[$0.index] } }
        for (index, value) in node.inputs.enumerated() where value != nil && inputs[index] == nil {
            throw InferenceError(.invalidGraph, "input \(index) is not produced by any earlier node", node: node.name)
        }
        let isConstant = !inputs.isEmpty && inputs.allSatisfy { $0 == nil || $0?.constant != nil } || node.inputs.isEmpty
        let outputs = try Self.named(node) { () throws(OperatorError) in try node.op.outputs(for: inputs) }
        if let excess = memory.excess(of: outputs, besides: foldedBytes) {
            throw InferenceError(.tooLarge, "\(node.kind): \(excess)", node: node.name)
        }
        guard isConstant else {
            for (output, fact) in zip(node.outputs, outputs) {
                guard let output else { continue }
                facts[output.index] = fact
                if let constant = fact.constant { graph.constants[output] = constant }
            }
            // A node such as Shape knows its value from facts alone.
            return node.outputs.allSatisfy { $0 == nil || facts[$0!.index]?.constant != nil }
        }
        for shape in outputs.compactMap(\.shape) where shape.elementCount > Self.foldingLimit {
            throw InferenceError(.tooLarge, "\(node.kind): a constant of \(shape) is larger than any sensible model's", node: node.name)
        }
        let values = try Self.named(node) { () throws(OperatorError) in try node.op.evaluate(inputs.map { $0?.constant }) }
        for (output, tensor) in zip(node.outputs, values) {
            guard let output else { continue }
            facts[output.index] = ValueFacts(constant: tensor)
            graph.constants[output] = tensor
            foldedBytes += tensor.shape.elementCount * tensor.elementType.byteCount
        }
        return true
    }

    /// The operator's error with the node's name.
    private static func named<Result>(_ node: Node, _ body: () throws(OperatorError) -> Result) throws(InferenceError) -> Result {
        do throws(OperatorError) { return try body() } catch {
            throw InferenceError(.invalidGraph, "\(node.kind): \(error.message)", node: node.name)
        }
    }

    // MARK: Rewriting

    public func producers() -> [ValueID: Int] {
        var map: [ValueID: Int] = [:]
        for (index, node) in graph.nodes.enumerated() { for output in node.outputs { if let output { map[output] = index } } }
        return map
    }

    /// How often each value is read, graph outputs included.
    public func useCounts() -> [Int] {
        var counts = Array(repeating: 0, count: graph.valueNames.count)
        for node in graph.nodes { for input in node.inputs { if let input { counts[input.index] += 1 } } }
        for output in graph.outputs { counts[output.value.index] += 1 }
        return counts
    }

    /// Adds a constant and returns its value.
    public mutating func addConstant(_ tensor: Tensor, named name: String) -> ValueID {
        let value = graph.makeValue(named: name)
        facts.append(ValueFacts(constant: tensor))
        graph.constants[value] = tensor
        return value
    }

    public mutating func addValue(_ fact: ValueFacts, named name: String) -> ValueID {
        facts.append(fact)
        return graph.makeValue(named: name)
    }

    public func constant(_ value: ValueID?) -> Tensor? { value.flatMap { facts[$0.index]?.constant } }

    /// The only element of a constant float tensor.
    public func scalar(_ value: ValueID?) -> Float? {
        guard let tensor = constant(value), tensor.elementType == .float32, tensor.shape.elementCount == 1 else { return nil }
        return tensor.elements(of: Float.self)[0]
    }
}
