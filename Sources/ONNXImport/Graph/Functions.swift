import FoundationEssentials
import ONNXProto
import SwiftProtobuf

/// The operators that a model defines itself, by nodes. Where a node uses one, its nodes take the node's place.
struct FunctionLibrary: Sendable {
    private let functions: [String: ONNX_FunctionProto]

    /// Nodes that functions may become: each may use another several times, which a few of them make any number of.
    private static let mostNodes = 1 << 18
    private static let deepestNesting = 64

    init(_ functions: [ONNX_FunctionProto] = []) throws(ImportError) {
        var byName: [String: ONNX_FunctionProto] = [:]
        for function in functions {
            let key = Self.key(function.domain, function.name, function.overload)
            guard byName.updateValue(function, forKey: key) == nil else {
                throw ImportError(.invalidGraph, "the function '\(function.name)' of domain '\(function.domain)' is there twice")
            }
        }
        self.functions = byName
    }

    private static func key(_ domain: String, _ name: String, _ overload: String) -> String {
        "\(OperatorRegistry.isDefault(domain: domain) ? "" : domain)\0\(name)\0\(overload)"
    }

    /// The nodes, with those of functions in place of the nodes that use them. O(nodes).
    func inlined(_ nodes: [ONNX_NodeProto], sets: OperatorSets) throws(ImportError) -> [ONNX_NodeProto] {
        if functions.isEmpty { return nodes }
        var result: [ONNX_NodeProto] = [], calls = 0
        for node in nodes { try place(node, in: &result, &calls, depth: 0, sets) }
        return result
    }

    private func place(
        _ node: ONNX_NodeProto, in result: inout [ONNX_NodeProto], _ calls: inout Int, depth: Int, _ sets: OperatorSets
    ) throws(ImportError) {
        guard let function = functions[Self.key(node.domain, node.opType, node.overload)] else {
            result.append(node)
            guard result.count <= Self.mostNodes else {
                throw ImportError(.invalidGraph, "functions make more than \(Self.mostNodes) nodes")
            }
            return
        }
        let context = NodeContext(node, sets: sets)
        guard depth < Self.deepestNesting else {
            throw context.error(.invalidGraph, "functions use each other more than \(Self.deepestNesting) deep")
        }
        for entry in function.opsetImport where OperatorRegistry.isDefault(domain: entry.domain) && Int(entry.version) != sets.main {
            throw context.error(
                .unsupportedOpset,
                "the function is written in operator set \(entry.version) and the model in \(sets.main): inline it with onnx.inliner")
        }
        guard node.input.count <= function.input.count, node.output.count <= function.output.count else {
            throw context.error(
                .invalidGraph,
                "it has \(node.input.count) inputs and \(node.output.count) outputs, its function has \(function.input.count) and "
                    + "\(function.output.count)")
        }
        calls += 1
        guard calls <= Self.mostNodes else { throw context.error(.invalidGraph, "functions are used more than \(Self.mostNodes) times") }
        let call = FunctionCall(node, function, prefix: "\(context.name)#\(calls)/")
        // A function may hand an input on.
        for (inner, outer) in zip(function.output, node.output) where function.input.contains(inner) && !outer.isEmpty {
            var identity = ONNX_NodeProto()
            (identity.opType, identity.input, identity.output) = ("Identity", [call.outer(inner)], [outer])
            result.append(identity)
        }
        for inner in function.node { try place(try call.node(inner), in: &result, &calls, depth: depth + 1, sets) }
    }
}

/// One use of a function: what its names and attributes stand for.
private struct FunctionCall {
    private var names: [String: String] = [:]
    private var attributes: [String: ONNX_AttributeProto] = [:]
    private let prefix: String

    init(_ node: ONNX_NodeProto, _ function: ONNX_FunctionProto, prefix: String) {
        self.prefix = prefix
        for (index, inner) in function.output.enumerated() where index < node.output.count && !node.output[index].isEmpty {
            names[inner] = node.output[index]
        }
        for (index, inner) in function.input.enumerated() { names[inner] = index < node.input.count ? node.input[index] : "" }
        for attribute in function.attributeProto + node.attribute { attributes[attribute.name] = attribute }
    }

    /// What a name inside stands for outside; an empty one is nothing everywhere.
    func outer(_ name: String) -> String { name.isEmpty ? "" : names[name] ?? prefix + name }

    func node(_ inner: ONNX_NodeProto, depth: Int = 0) throws(ImportError) -> ONNX_NodeProto {
        var node = inner
        node.name = prefix + NodeContext.displayName(inner)
        node.input = inner.input.map(outer)
        node.output = inner.output.map(outer)
        node.attribute = []
        for attribute in inner.attribute {
            var attribute = attribute
            if !attribute.refAttrName.isEmpty {
                // One that the node leaves out is left out inside too.
                guard var given = attributes[attribute.refAttrName] else { continue }
                given.name = attribute.name
                attribute = given
            } else if attribute.hasG {
                attribute.g = try graph(attribute.g, inner, depth: depth)
            }
            node.attribute.append(attribute)
        }
        return node
    }

    /// A graph inside of a node, whose names are those of the function too.
    private func graph(_ bytes: Data, _ node: ONNX_NodeProto, depth: Int) throws(ImportError) -> Data {
        guard depth < NodeReads.deepestNesting else {
            throw ImportError(.invalidGraph, "graphs lie more than \(NodeReads.deepestNesting) deep in each other")
        }
        var graph = try ONNX_GraphProto(parsing: bytes)
        graph.node = try graph.node.map { inner throws(ImportError) in try self.node(inner, depth: depth + 1) }
        for index in graph.initializer.indices { graph.initializer[index].name = outer(graph.initializer[index].name) }
        for index in graph.input.indices { graph.input[index].name = outer(graph.input[index].name) }
        for index in graph.output.indices { graph.output[index].name = outer(graph.output[index].name) }
        do { return try graph.serializedBytes(partial: true) } catch {
            throw ImportError(.invalidGraph, "the graph of node '\(NodeContext.displayName(node))' is damaged", cause: error)
        }
    }
}
