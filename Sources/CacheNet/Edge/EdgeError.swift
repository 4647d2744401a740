/// Why the edge gave no usable answer.
public struct EdgeError: Error, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable {
        /// No connection, or it broke.
        case unreachable
        /// The deadline passed.
        case timeout
        /// 503: the edge has as much to do as it takes.
        case busy
        /// 401 or 403.
        case unauthorized
        /// The edge answered, but not what was asked for: wrong hash, wrong shape, endless body, another status.
        case invalidAnswer = "invalid_answer"
    }

    public let code: Code
    /// What failed and what to do.
    public let description: String
    /// After which the edge wants to be asked again, if it said so.
    public let retryAfter: Duration?

    public init(_ code: Code, _ description: String, retryAfter: Duration? = nil) {
        (self.code, self.description, self.retryAfter) = (code, description, retryAfter)
    }
}
