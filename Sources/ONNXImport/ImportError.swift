/// Why a model cannot be used, said so that whoever exported it can mend it.
public struct ImportError: Error, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable, CaseIterable {
        /// The file cannot be opened or read.
        case unreadableFile
        /// The bytes are not an ONNX model.
        case notONNX
        /// The file ends in the middle of a field: an interrupted download or copy.
        case truncated
        /// The model uses operators (or modes of them) that the engine does not have; all of them are named.
        case unsupportedOperator
        /// An attribute that the importer does not know and that may change the result.
        case unsupportedAttribute
        /// An element type that the engine does not compute in.
        case unsupportedType
        /// An operator set outside 7 to 24.
        case unsupportedOpset
        /// The graph contradicts itself: cycles, missing or doubly defined values, wrong attributes.
        case invalidGraph
        /// A weight whose bytes do not fit its shape.
        case invalidWeight
        /// Weights in a file beside the model that cannot, or must not, be read.
        case externalData
        /// What the file says of its capacities is damaged, or there is none of that name.
        case invalidCapacities
    }

    public let code: Code
    /// What failed and how to mend it.
    public let message: String
    /// The (first) node concerned.
    public let node: String?
    public let domain: String?
    public let opset: Int?
    public let cause: (any Error)?

    public init(
        _ code: Code, _ message: String, node: String? = nil, domain: String? = nil, opset: Int? = nil,
        cause: (any Error)? = nil
    ) {
        (self.code, self.message, self.node) = (code, message, node)
        (self.domain, self.opset, self.cause) = (domain, opset, cause)
    }

    public var description: String {
        (node.map { "node '\($0)': " } ?? "") + message + ((cause as? ImportError).map { " (\($0))" } ?? "")
    }
}
