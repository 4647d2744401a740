import ONNXProto

/// The versions of the operator sets that a model is written against, by domain.
struct OperatorSets: Sendable {
    /// Operators of onnxruntime's own, which its graph optimizer leaves in models.
    static let microsoft = "com.microsoft"

    /// Version of ONNX's own operators.
    let main: Int
    private var others: [String: Int] = [:]
    /// Operators that the model defines itself.
    let functions: FunctionLibrary

    init(main: Int, _ imports: [ONNX_OperatorSetIdProto] = [], functions: [ONNX_FunctionProto] = []) throws(ImportError) {
        self.main = main
        self.functions = try FunctionLibrary(functions)
        for entry in imports where !OperatorRegistry.isDefault(domain: entry.domain) {
            let version = Int(entry.version)
            guard others.updateValue(version, forKey: entry.domain) ?? version == version else {
                throw ImportError(
                    .invalidGraph, "the model imports the operators of \(entry.domain) in several versions", domain: entry.domain)
            }
        }
    }

    /// Models that use a domain without importing it exist; its first version is meant.
    func version(of domain: String) -> Int { domain == "ai.onnx" ? main : others[domain] ?? 1 }
}
