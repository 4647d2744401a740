/// Why records could not be read back.
public struct RecordError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Code: Sendable, Equatable {
        /// No such file, a folder, a failing disk.
        case unreadable
        /// Readable, and not what deepvid writes.
        case notRecords
    }

    public let code: Code
    /// What is wrong and what was expected, without the file's name.
    public let message: String
    /// Counted from 1; nil when no line is concerned.
    public let line: Int?

    init(_ code: Code, _ message: String, line: Int? = nil) { (self.code, self.message, self.line) = (code, message, line) }

    public var description: String { line.map { "line \($0): \(message)" } ?? message }
}
