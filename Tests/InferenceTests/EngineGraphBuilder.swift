import Glibc
import Inference
import Tensors

/// Added to every network's seed, so that a long run draws others: DEEPVID_TEST_SEED=1000 swift test …
let seedOffset = getenv("DEEPVID_TEST_SEED").flatMap { Int(String(cString: $0)) } ?? 0

/// Deterministic numbers: a failing case names its seed and fails again (SplitMix64).
struct Dice {
    private var state: UInt64
    init(_ seed: Int) { state = UInt64(bitPattern: Int64(seed)) &* 0x9e37_79b9_7f4a_7c15 &+ 0x1234_5678_9abc_def1 }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    mutating func int(_ range: ClosedRange<Int>) -> Int { range.lowerBound + Int(next() % UInt64(range.count)) }
    mutating func pick<T>(_ values: [T]) -> T { values[int(0...values.count - 1)] }
    mutating func chance(_ oneIn: Int) -> Bool { int(1...oneIn) == 1 }
    mutating func float() -> Float { Float(int(-1000...1000)) / 1000 }
    mutating func tensor(_ shape: Shape, scale: Float = 1) -> Tensor {
        Tensor(shape, (0..<shape.elementCount).map { _ in float() * scale })
    }
}

/// Makes graphs node by node and knows every value's shape.
struct GraphBuilder {
    private(set) var nodes: [Node] = []
    private(set) var constants: [ValueID: Tensor] = [:]
    private var names: [String] = []
    private var facts: [ValueFacts] = []
    private var inputs: [InputDeclaration] = []
    var outputs: [ValueID] = []

    mutating func input(_ name: String, _ shape: Shape) -> ValueID {
        let value = makeValue(name, ValueFacts(.float32, shape))
        inputs.append(InputDeclaration(value: value, name: name, elementType: .float32, dims: shape.dims.map(Dimension.fixed)))
        return value
    }

    mutating func constant(_ tensor: Tensor) -> ValueID {
        let value = makeValue("c\(names.count)", ValueFacts(constant: tensor))
        constants[value] = tensor
        return value
    }

    mutating func constant(_ values: [Int]) -> ValueID { constant(Tensor([values.count], values.map { Int64($0) })) }
    mutating func constant(_ value: Float) -> ValueID { constant(Tensor(scalar: value)) }

    /// Appends a node; its first output. Throws when the operator does not take such inputs.
    @discardableResult
    mutating func add(_ op: some Operator, _ inputs: [ValueID?]) throws -> ValueID { try addAll(op, inputs)[0] }

    /// Appends a node; all its outputs.
    mutating func addAll(_ op: some Operator, _ inputs: [ValueID?]) throws -> [ValueID] {
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

    func shape(_ value: ValueID) -> Shape { facts[value.index].shape! }

    var graph: Graph {
        Graph(
            inputs: inputs, outputs: outputs.enumerated().map { (name: "out\($0)", value: $1) }, nodes: nodes, constants: constants,
            valueNames: names)
    }

    /// For messages: a line a node.
    var text: String {
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
