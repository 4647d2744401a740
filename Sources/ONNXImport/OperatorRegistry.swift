import Inference
import ONNXProto

/// How one ONNX operator becomes one of the engine's.
struct OperatorEntry: Sendable {
    typealias Build = @Sendable (inout NodeImport) throws(ImportError) -> (any Operator)?

    let opsets: ClosedRange<Int>
    /// Required inputs, and how many there may be.
    let inputs: ClosedRange<Int>
    let outputs: ClosedRange<Int>
    /// Reads the attributes, brings the inputs into the newest opset's form and returns the operator; nil when
    /// nothing is left to compute (constants).
    let build: Build

    init(
        _ inputs: ClosedRange<Int>, outputs: ClosedRange<Int> = 1...1, since: Int = 7, until: Int = 24, build: @escaping Build
    ) {
        (self.inputs, self.outputs, self.build) = (inputs, outputs, build)
        opsets = since...until
    }

    /// An operator without attributes.
    init(_ inputs: ClosedRange<Int>, since: Int = 7, _ op: any Operator) {
        self.init(inputs, since: since) { _ throws(ImportError) in op }
    }

    func checkCounts(_ given: [Inference.ValueID?], outputs names: [String], _ context: NodeContext) throws(ImportError) {
        guard given.count <= inputs.upperBound else {
            throw context.error(.invalidGraph, "it has \(given.count) inputs, but takes at most \(inputs.upperBound)")
        }
        for index in 0..<inputs.lowerBound where index >= given.count || given[index] == nil {
            throw context.error(.invalidGraph, "its input \(index) is missing")
        }
        guard names.count <= outputs.upperBound, names.count >= outputs.lowerBound, names.contains(where: { !$0.isEmpty }) else {
            throw context.error(.invalidGraph, "it has \(names.count) outputs, but gives \(outputs.lowerBound) to \(outputs.upperBound)")
        }
    }
}

/// The operators that are understood, by ONNX name.
enum OperatorRegistry {
    /// By domain.
    private static let entries = [
        "ai.onnx": [layers, elementwise, movement, selection, resizing, constants, recurrent, control, quantized].reduce(into: [:]) {
            $0.merge($1) { first, _ in first }
        },
        OperatorSets.microsoft: microsoft.merging(microsoftQuantized) { first, _ in first },
    ]

    static func isDefault(domain: String) -> Bool { domain.isEmpty || domain == "ai.onnx" }

    static func entry(for context: NodeContext) throws(ImportError) -> OperatorEntry {
        guard let entry = known(context) else {
            throw context.error(.unsupportedOperator, "not supported in domain \(context.domain), opset \(context.opset)")
        }
        return entry
    }

    private static func known(_ context: NodeContext) -> OperatorEntry? {
        guard let entry = entries[context.domain]?[context.kind], entry.opsets.contains(context.opset) else { return nil }
        return entry
    }

    static func missing(_ nodes: [ONNX_NodeProto], sets: OperatorSets) -> [NodeContext] {
        nodes.map { NodeContext($0, sets: sets) }.filter { known($0) == nil }
    }

    /// All that is missing, in one error: who has to replace operators wants to know of every one.
    static func checkAllSupported(_ nodes: [ONNX_NodeProto], sets: OperatorSets) throws(ImportError) {
        let missing = missing(nodes, sets: sets)
        let domains = Dictionary(grouping: missing, by: \.domain).sorted { $0.key < $1.key }.map { domain, nodes in
            (domain: domain, kinds: Dictionary(grouping: nodes, by: \.kind).sorted { $0.key < $1.key })
        }
        guard let (firstDomain, firstKinds) = domains.first else { return }
        let kinds = domains.map { domain, kinds in
            kinds.map(\.key).joined(separator: ", ") + " (domain \(domain)\(domain == "ai.onnx" ? ", opset \(sets.main)" : ""))"
        }
        let places = domains.flatMap(\.kinds).map { kind, nodes in
            let shown = nodes.prefix(4).map { "'\($0.name)'" }.joined(separator: ", ")
            return "\(kind): \(shown)" + (nodes.count > 4 ? " and \(nodes.count - 4) more" : "")
        }
        throw ImportError(
            .unsupportedOperator,
            "the model uses operators that are not supported: \(kinds.joined(separator: "; ")). "
                + "Nodes: \(places.joined(separator: "; ")). \(advice(domains.map(\.domain)))",
            node: firstKinds[0].value[0].name, domain: firstDomain, opset: sets.main)
    }

    /// What to do about operators of these domains.
    private static func advice(_ domains: [String]) -> String {
        if domains.allSatisfy({ $0.hasPrefix(OperatorSets.microsoft) }) {
            return "These are onnxruntime's own: the file was saved by its optimizer. Use the original file, which that was made from"
        }
        if let foreign = domains.first(where: { $0 != "ai.onnx" && !$0.hasPrefix(OperatorSets.microsoft) }) {
            return "Those of \(foreign) are no operators of ONNX: export the model without them, or cut the file where they begin"
        }
        return "Export it without them, to opset 11 or later; onnx-simplifier removes many that only compute shapes"
    }
}
