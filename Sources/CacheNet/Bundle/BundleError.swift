/// Why a bundle, or a file of it, cannot be used, in words that say what to do.
public struct BundleError: Error, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable {
        /// No folder, no `bundle.json` in it, or no right to read it.
        case unreadable = "unreadable_bundle"
        /// `bundle.json` is not what it should be, or of another version.
        case invalid = "invalid_bundle"
        /// A file that `bundle.json` names is not there.
        case missingFile = "missing_file"
        /// A file is not the one that `bundle.json` names: another size or SHA-256.
        case damagedFile = "damaged_file"
        /// The folder cannot be written.
        case unwritable = "unwritable_bundle"
    }

    public let code: Code
    public let message: String
    public let cause: (any Error)?

    public init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        (self.code, self.message, self.cause) = (code, message, cause)
    }

    public var description: String { message + (cause.map { ": \($0)" } ?? "") }
}
