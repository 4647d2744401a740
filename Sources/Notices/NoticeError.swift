/// Why others could not be told.
public struct NoticeError: Error, Sendable, CustomStringConvertible {
    public enum Code: Sendable {
        /// The address is none, or the system gives no means.
        case unusable
        /// Another attempt may succeed: no connection, a server that is busy or broken.
        case again
        /// Another attempt would end the same way.
        case refused
    }

    public let code: Code
    /// What failed and what to do, without secrets.
    public let message: String

    init(_ code: Code, _ message: String) { (self.code, self.message) = (code, message) }

    public var description: String { message }
}
