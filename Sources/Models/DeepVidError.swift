/// Why something cannot be done, in a sentence that says what to do: the one error of the library.
public struct DeepVidError: Error, Sendable, CustomStringConvertible {
    /// What kind of failure: programs branch on it. Its raw value stands in records (`end.error.code`).
    public enum Code: String, Sendable, CaseIterable {
        // What was asked for.
        case invalidOptions = "invalid_options"
        case notFound = "not_found"
        case unreadable
        case unwritable
        case locked
        // Models.
        case noModel = "no_model"
        case sizeNeeded = "size_needed"
        case unsupportedModel = "unsupported_model"
        case unusableModel = "unusable_model"
        case modelFailed = "model_failed"
        // Videos.
        case notVideo = "not_a_video"
        case noVideoStream = "no_video_stream"
        case refused
        case unsupported
        case truncated
        case damaged
        case changed
        case timedOut = "timed_out"
        case unauthorized
        case cancelled
        case ended
        case internalFailure = "internal_failure"
        case cannotResume = "cannot_resume"
        // Bundles and edges.
        case unreadableBundle = "unreadable_bundle"
        case invalidBundle = "invalid_bundle"
        case missingFile = "missing_file"
        case damagedFile = "damaged_file"
        case unwritableBundle = "unwritable_bundle"
        case invalidRequest = "invalid_request"
        case edgeUnreachable = "edge_unreachable"
        case edgeTimeout = "edge_timeout"
        case edgeBusy = "edge_busy"
        case edgeUnauthorized = "edge_unauthorized"
        case edgeInvalidAnswer = "edge_invalid_answer"
        // Semantic memory.
        case unusableMemory = "unusable_memory"
        case otherModel = "other_model"
        case tooLittle = "too_little"
        // Results.
        case cannotWrite = "cannot_write"
        case noRecords = "no_records"
        case notRecords = "not_records"
        case resultsLonger = "results_longer"
        case resultsMismatch = "results_mismatch"
        case cannotExport = "cannot_export"
        case cannotCount = "cannot_count"

        /// Whether an input that failed by this will fail again, until it is another one.
        package var isLasting: Bool {
            [.notVideo, .noVideoStream, .refused, .unsupported, .truncated, .damaged].contains(self)
        }
    }

    public let code: Code
    /// What failed and what to do about it.
    public let message: String
    /// The error beneath this one, if another room found it.
    public let cause: (any Error)?

    public init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        (self.code, self.message, self.cause) = (code, message, cause)
    }

    public var description: String { message }
}

extension DeepVidError {
    /// - Parameter name: the raw value of a code, as the rooms beneath name their own failures.
    package init(named name: String, _ message: String, cause: (any Error)? = nil) {
        self.init(Code(rawValue: name) ?? .internalFailure, message, cause: cause)
    }
}
