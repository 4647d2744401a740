/// Why a memory cannot be made, read or used, in words that say what to do.
public struct MemoryError: Error, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable {
        /// Not a memory file, a newer one, or a damaged one.
        case unusableFile = "unusable_memory"
        /// Made for another model.
        case otherModel = "other_model"
        /// Too little was shown to make a memory of.
        case tooLittle = "too_little"
    }

    public let code: Code
    public let message: String

    public init(_ code: Code, _ message: String) { (self.code, self.message) = (code, message) }

    public var description: String { message }
}
