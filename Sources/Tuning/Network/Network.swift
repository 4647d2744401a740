import FoundationEssentials
import Models
import ONNXImport
import ONNXProto

/// A trained model's file while it is changed: nodes by name of what they make, weights as numbers.
///
/// A weight that several nodes read is never changed in place: a node gets one of its own.
struct Network {
    private(set) var file: ONNXFile
    /// Index of the node that makes a value.
    private(set) var producers: [String: Int] = [:]
    /// Indices of the nodes that read a value, each as often as it reads it.
    private(set) var consumers: [String: [Int]] = [:]
    private var weights: [String: Int] = [:]
    private var outputs: Set<String> = []
    private var madeWeights = 0

    init(_ file: ONNXFile) {
        self.file = file
        for (index, weight) in file.model.graph.initializer.enumerated() { weights[weight.name] = index }
        outputs = Set(file.model.graph.output.map(\.name))
        for (index, node) in file.model.graph.node.enumerated() {
            for output in node.output where !output.isEmpty { producers[output] = index }
            for input in node.input where !input.isEmpty { consumers[input, default: []].append(index) }
        }
    }

    var nodes: [ONNX_NodeProto] { file.model.graph.node }

    /// Whether the graph gives the value out.
    func isOutput(_ value: String) -> Bool { outputs.contains(value) }

    /// Whether a value becomes an output of the graph without another convolution: as a prediction does.
    func isPrediction(_ value: String) -> Bool {
        var seen: Set = [value]
        var queue = [value]
        while let next = queue.popLast() {
            if isOutput(next) { return true }
            for node in consumers[next] ?? [] where nodes[node].opType != "Conv" {
                for output in nodes[node].output where seen.insert(output).inserted { queue.append(output) }
            }
        }
        return false
    }

    func isWeight(_ value: String) -> Bool { weights[value] != nil }

    /// A weight of 32-bit floats; nil for other values and types.
    func floats(_ value: String) -> (dims: [Int], values: [Float])? {
        guard let index = weights[value] else { return nil }
        let weight = file.model.graph.initializer[index], dims = weight.dims.map { Int($0) }
        guard weight.dataType == Int32(ONNX_TensorProto.DataType.float.rawValue), dims.allSatisfy({ $0 >= 0 }) else { return nil }
        guard let count = elementCount(value) else { return nil }
        guard weight.hasRawData else { return weight.floatData.count == count ? (dims, weight.floatData) : nil }
        guard weight.rawData.count == 4 * count else { return nil }
        // The bytes of a file need not lie where floats may.
        let values = [Float](unsafeUninitializedCapacity: count) { buffer, filled in filled = weight.rawData.copyBytes(to: buffer) / 4 }
        return (dims, values)
    }

    /// Nil for other values than weights, and for extents that no file has room for.
    func elementCount(_ value: String) -> Int? {
        guard let dims = dims(value), dims.allSatisfy({ $0 >= 0 }) else { return nil }
        let count = dims.reduce(1.0) { $0 * Double($1) }
        return count < Double(1 << 31) ? Int(count) : nil
    }

    func dims(_ value: String) -> [Int]? { weights[value].map { file.model.graph.initializer[$0].dims.map { Int($0) } } }

    /// Gives a node another weight; one is added where the node has fewer inputs.
    mutating func setInput(_ input: Int, of node: Int, dims: [Int], floats: [Float]) {
        set(input, of: node, Self.tensor(dims, .float, floats.withUnsafeBytes { Data($0) }))
    }

    /// The same for whole numbers.
    mutating func setInput(_ input: Int, of node: Int, integers: [Int]) {
        set(input, of: node, Self.tensor([integers.count], .int64, integers.map { Int64($0) }.withUnsafeBytes { Data($0) }))
    }

    mutating func setAttribute(_ name: String, of node: Int, integers: [Int]) {
        file.model.graph.node[node].attribute.removeAll { $0.name == name }
        file.model.graph.node[node].attribute.append(.integers(name, integers))
    }

    /// The group count of a convolution.
    mutating func setGroup(of node: Int, _ group: Int) {
        file.model.graph.node[node].attribute.removeAll { $0.name == "group" }
        var attribute = ONNX_AttributeProto()
        (attribute.name, attribute.type, attribute.i) = ("group", .int, Int64(group))
        file.model.graph.node[node].attribute.append(attribute)
    }

    /// Puts nodes in the places of others; indices of later nodes are no longer what they were, so this comes last.
    mutating func replaceNodes(_ replacements: [Int: [ONNX_NodeProto]]) {
        let nodes = file.model.graph.node
        self = Network(replacingNodes: nodes.enumerated().flatMap { replacements[$0] ?? [$1] }, in: self)
    }

    private init(replacingNodes nodes: [ONNX_NodeProto], in other: Network) {
        var file = other.file
        file.model.graph.node = nodes
        self.init(file)
        madeWeights = other.madeWeights
    }

    /// Adds a weight that a new node is going to read.
    mutating func addWeight(dims: [Int], floats: [Float]) -> String {
        add(Self.tensor(dims, .float, floats.withUnsafeBytes { Data($0) }))
    }

    /// The picture's declared extents.
    mutating func declare(input name: String, dims: [Int]) {
        for index in file.model.graph.input.indices where file.model.graph.input[index].name == name {
            file.model.graph.input[index].setDims(dims)
        }
    }

    /// - Parameter dims: nil where they depend on data.
    mutating func declare(output name: String, dims: [Int]?) {
        for index in file.model.graph.output.indices where file.model.graph.output[index].name == name {
            if let dims {
                file.model.graph.output[index].setDims(dims)
            } else {
                file.model.graph.output[index].type.tensorType.clearShape()
            }
        }
    }

    /// Has the graph give out values besides its outputs.
    mutating func addOutputs(_ names: [String]) {
        for name in names where !isOutput(name) {
            var output = ONNX_ValueInfoProto()
            output.name = name
            output.type.tensorType.elemType = Int32(ONNX_TensorProto.DataType.float.rawValue)
            file.model.graph.output.append(output)
            outputs.insert(name)
        }
    }

    /// Has the graph give out these values alone: what only others need is not computed.
    mutating func giveOut(only names: [String]) {
        file.model.graph.output = []
        outputs = []
        addOutputs(names)
    }

    /// The file, without the weights that nothing reads any more.
    /// - Throws: where it would be too large for a file.
    func bytes() throws(DeepVidError) -> Data {
        var file = file
        let read = Set(nodes.flatMap(\.input)).union(outputs)
        // A graph inside of a node may read weights of this one, and is not looked into.
        if !nodes.contains(where: \.hasGraph) { file.model.graph.initializer.removeAll { !read.contains($0.name) } }
        // Before version 4 weights had to stand among the inputs, too.
        let names = Set(weights.keys)
        file.model.graph.input.removeAll { names.contains($0.name) }
        file.model.irVersion = max(file.model.irVersion, 4)
        do throws(ImportError) { return try file.bytes() } catch { throw DeepVidError(.unusableModel, error.description, cause: error) }
    }

    private mutating func set(_ input: Int, of node: Int, _ tensor: ONNX_TensorProto) {
        let name = add(tensor)
        if input < file.model.graph.node[node].input.count {
            file.model.graph.node[node].input[input] = name
        } else {
            file.model.graph.node[node].input.append(name)
        }
        consumers[name] = [node]
    }

    private mutating func add(_ tensor: ONNX_TensorProto) -> String {
        var tensor = tensor
        repeat {
            madeWeights += 1
            tensor.name = "tuned.\(madeWeights)"
        } while weights[tensor.name] != nil || producers[tensor.name] != nil
        weights[tensor.name] = file.model.graph.initializer.count
        file.model.graph.initializer.append(tensor)
        return tensor.name
    }

    private static func tensor(_ dims: [Int], _ type: ONNX_TensorProto.DataType, _ bytes: Data) -> ONNX_TensorProto {
        var tensor = ONNX_TensorProto()
        (tensor.dims, tensor.dataType, tensor.rawData) = (dims.map { Int64($0) }, Int32(type.rawValue), bytes)
        return tensor
    }
}

extension ONNX_NodeProto {
    /// As `ONNXImport` names nodes in plans and messages.
    var displayName: String { name.isEmpty ? "\(opType) of \(output.first { !$0.isEmpty } ?? "nothing")" : name }

    var isOwn: Bool { domain.isEmpty || domain == "ai.onnx" }

    func integers(_ name: String) -> [Int]? { attribute.first { $0.name == name }.map { $0.ints.map { Int($0) } } }
    func integer(_ name: String) -> Int? { attribute.first { $0.name == name }.map { Int($0.i) } }

    var hasGraph: Bool { attribute.contains { $0.hasG || !$0.graphs.isEmpty } }

    static func convolution(_ name: String, inputs: [String], output: String, attributes: [ONNX_AttributeProto]) -> ONNX_NodeProto {
        var node = ONNX_NodeProto()
        (node.name, node.opType, node.input, node.output, node.attribute) = (name, "Conv", inputs, [output], attributes)
        return node
    }
}

extension ONNX_AttributeProto {
    static func integers(_ name: String, _ values: [Int]) -> ONNX_AttributeProto {
        var attribute = ONNX_AttributeProto()
        (attribute.name, attribute.type, attribute.ints) = (name, .ints, values.map { Int64($0) })
        return attribute
    }
}

extension ONNX_ValueInfoProto {
    fileprivate mutating func setDims(_ dims: [Int]) {
        type.tensorType.shape.dim = dims.map { extent in
            var dim = ONNX_TensorShapeProto.Dimension()
            dim.dimValue = Int64(extent)
            return dim
        }
    }
}
