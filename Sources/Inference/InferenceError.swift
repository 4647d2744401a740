/// Why a graph could not be planned or run.
public struct InferenceError: Error, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable {
        /// The graph contradicts itself (types, shapes, attributes).
        case invalidGraph
        /// A dynamic input dimension was left open.
        case unresolvedShape
        /// The tensors do not fit the memory that they may take.
        case tooLarge
        /// The tensor handed in does not fit the plan's input.
        case invalidInput
        /// A data-dependent operator failed while running.
        case executionFailed
    }

    public let code: Code
    /// What failed and how to mend it.
    public let message: String
    public let node: String?
    public let cause: (any Error)?

    public init(_ code: Code, _ message: String, node: String? = nil, cause: (any Error)? = nil) {
        (self.code, self.message, self.node, self.cause) = (code, message, node, cause)
    }

    public var description: String {
        (node.map { "node '\($0)': " } ?? "") + message + (cause.map { ": \($0)" } ?? "")
    }
}
