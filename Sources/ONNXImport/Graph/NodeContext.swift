import ONNXProto

/// Which node is being imported: what every error about it says.
struct NodeContext {
    let name: String
    let kind: String
    let domain: String
    let opset: Int

    init(_ node: ONNX_NodeProto, opset: Int) {
        name = Self.displayName(node)
        kind = node.opType
        domain = OperatorRegistry.isDefault(domain: node.domain) ? "ai.onnx" : node.domain
        self.opset = opset
    }

    func error(_ code: ImportError.Code, _ message: String, cause: (any Error)? = nil) -> ImportError {
        ImportError(code, "\(kind): \(message)", node: name, domain: domain, opset: opset, cause: cause)
    }

    /// Nodes need no name in ONNX; then what they produce names them.
    static func displayName(_ node: ONNX_NodeProto) -> String {
        node.name.isEmpty ? "\(node.opType) of \(node.output.first { !$0.isEmpty } ?? "nothing")" : node.name
    }
}
