/// Why the edge cannot serve, in a sentence that says what to do.
public struct EdgeServerError: Error, Sendable, CustomStringConvertible {
    public let description: String
    public init(_ description: String) { self.description = description }
}
