/// Why something cannot be done, in a sentence that says what to do: the one error of the library.
public struct DeepVidError: Error, Sendable, CustomStringConvertible {
    /// What kind of failure: programs branch on it. Its raw value stands in records (`end.error.code`).
    public enum Code: String, Sendable, CaseIterable {
        // What was asked for.
        /// Options contradict each other, do not suit the model, or have a value that cannot be.
        case invalidOptions = "invalid_options"
        /// No such file, host or stream.
        case notFound = "not_found"
        /// It is there and cannot be opened or read: permissions, a directory, a network failure.
        case unreadable
        /// An output cannot be made, or the disk is full.
        case unwritable
        /// Another process writes there.
        case locked
        // Models.
        /// This build carries no model of its own, and none was named.
        case noModel = "no_model"
        /// The model leaves its input size open, and nothing says it.
        case sizeNeeded = "size_needed"
        /// The model takes something other than one picture.
        case unsupportedModel = "unsupported_model"
        /// The file is no model that can be run: damaged, with operators that are not supported, too large, or with an unfit card.
        case unusableModel = "unusable_model"
        /// The model could not make anything of a frame.
        case modelFailed = "model_failed"
        // Videos.
        /// The input is readable and no video that this build understands.
        case notVideo = "not_a_video"
        /// The input has streams, but none with pictures.
        case noVideoStream = "no_video_stream"
        /// The input names other files or hosts, or a protocol that is not allowed here.
        case refused
        /// A codec or pixel format that this FFmpeg cannot decode.
        case unsupported
        /// The input ended before its own header says.
        case truncated
        /// Too much in a row could not be decoded.
        case damaged
        /// The input became another while it was read, or is another one than it was.
        case changed
        /// No data came within the time-out.
        case timedOut = "timed_out"
        /// The camera or server refuses the user or the password.
        case unauthorized
        /// Reading was stopped: `VideoReader.cancel()`.
        case cancelled
        /// A live input came to its end.
        case ended
        /// Memory ran out, or FFmpeg broke its own contract.
        case internalFailure = "internal_failure"
        /// The checkpoint is of other options, another model or another input.
        case cannotResume = "cannot_resume"
        // Bundles and edges.
        /// A bundle cannot be read.
        case unreadableBundle = "unreadable_bundle"
        /// A bundle contradicts itself.
        case invalidBundle = "invalid_bundle"
        /// A bundle lacks a file.
        case missingFile = "missing_file"
        /// A file of a bundle is not the one that its manifest names.
        case damagedFile = "damaged_file"
        /// A bundle cannot be written.
        case unwritableBundle = "unwritable_bundle"
        /// An edge server did not understand a request.
        case invalidRequest = "invalid_request"
        /// An edge server cannot be reached.
        case edgeUnreachable = "edge_unreachable"
        /// An edge server did not answer in time.
        case edgeTimeout = "edge_timeout"
        /// An edge server has too much to do.
        case edgeBusy = "edge_busy"
        /// An edge server refuses the token.
        case edgeUnauthorized = "edge_unauthorized"
        /// An edge server answered what cannot be used.
        case edgeInvalidAnswer = "edge_invalid_answer"
        // Semantic memory.
        /// A memory file is damaged, or of another version.
        case unusableMemory = "unusable_memory"
        /// A memory is of another model.
        case otherModel = "other_model"
        /// Too few frames were seen to make a memory of.
        case tooLittle = "too_little"
        // Results.
        /// Records cannot be written.
        case cannotWrite = "cannot_write"
        /// There are no records.
        case noRecords = "no_records"
        /// A file has no records of deepvid.
        case notRecords = "not_records"
        /// Records go on after the end of their clip.
        case resultsLonger = "results_longer"
        /// Records are of another clip.
        case resultsMismatch = "results_mismatch"
        /// Records have not what a format needs.
        case cannotExport = "cannot_export"
        /// Records have not what is to be counted.
        case cannotCount = "cannot_count"

        /// Whether an input that failed by this will fail again, until it is another one.
        package var isLasting: Bool {
            [.notVideo, .noVideoStream, .refused, .unsupported, .truncated, .damaged].contains(self)
        }
    }

    /// What kind of failure it is.
    public let code: Code
    /// What failed and what to do about it.
    public let message: String
    /// The error beneath this one, if another room found it.
    public let cause: (any Error)?

    /// - Parameter message: what failed and what to do about it, in a sentence.
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
