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
    private static let entries: [String: OperatorEntry] = {
        var entries: [String: OperatorEntry] = [:]
        for family in [
            convolutions, pooling, normalization, activations, elementwise, variadic, linear, movement, indexing, shapes, constants,
            casts, reductions, selection, resizing, elementary, logic, rowNormalization, scattering, sequences, sampling, attention,
            recurrent, control,
        ] {
            entries.merge(family) { first, _ in first }
        }
        return entries
    }()

    /// Names of all operators that some supported opset has.
    static var names: [String] { entries.keys.sorted() }

    static func isDefault(domain: String) -> Bool { domain.isEmpty || domain == "ai.onnx" }

    static func entry(for context: NodeContext) throws(ImportError) -> OperatorEntry {
        guard let entry = known(context) else {
            throw context.error(.unsupportedOperator, "not supported in domain \(context.domain), opset \(context.opset)")
        }
        return entry
    }

    private static func known(_ context: NodeContext) -> OperatorEntry? {
        let entry: OperatorEntry?
        switch context.domain {
        case "ai.onnx": entry = entries[context.kind]
        case OperatorSets.microsoft: entry = microsoftEntries[context.kind]
        default: entry = nil
        }
        return entry?.opsets.contains(context.opset) == true ? entry : nil
    }

    private static let microsoftEntries = microsoft

    /// All that is missing, in one error: who has to replace operators wants to know of every one.
    static func checkAllSupported(_ nodes: [ONNX_NodeProto], sets: OperatorSets) throws(ImportError) {
        var missing: [String: [String: [String]]] = [:]
        let opset = sets.main
        for node in nodes {
            let context = NodeContext(node, sets: sets)
            if known(context) != nil { continue }
            missing[context.domain, default: [:]][context.kind, default: []].append(context.name)
        }
        guard let firstDomain = missing.keys.sorted().first else { return }
        var kinds: [String] = []
        var places: [String] = []
        for (domain, nodes) in missing.sorted(by: { $0.key < $1.key }) {
            let version = domain == "ai.onnx" ? ", opset \(opset)" : ""
            kinds.append(nodes.keys.sorted().joined(separator: ", ") + " (domain \(domain)\(version))")
            for (kind, names) in nodes.sorted(by: { $0.key < $1.key }) {
                let shown = names.prefix(4).map { "'\($0)'" }.joined(separator: ", ")
                places.append("\(kind): \(shown)" + (names.count > 4 ? " and \(names.count - 4) more" : ""))
            }
        }
        let first = missing[firstDomain]?.sorted { $0.key < $1.key }.first?.value.first
        throw ImportError(
            .unsupportedOperator,
            "the model uses operators that are not supported: \(kinds.joined(separator: "; ")). "
                + "Nodes: \(places.joined(separator: "; ")). Export it without them, to opset 11 or later; "
                + "onnx-simplifier removes many that only compute shapes",
            node: first, domain: firstDomain, opset: opset)
    }
}
