/// Why a file of answers cannot be used, in a sentence that says what to do.
public struct ResultCacheError: Error, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable {
        /// Of another kind, or of another version.
        case unusableFile = "unusable_result_cache"
        case unreadable
        case unwritable
    }

    public let code: Code
    public let message: String

    public init(_ code: Code, _ message: String) { (self.code, self.message) = (code, message) }

    public var description: String { message }
}
