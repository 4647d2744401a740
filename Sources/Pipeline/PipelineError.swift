import Results
import Video

/// Why a run cannot go on, in one sentence that says what to do.
public struct PipelineError: Error, Sendable, CustomStringConvertible {
    /// A stable name for programs; goes into `end.error.code`.
    public let code: String
    public let message: String

    public init(code: String, _ message: String) { (self.code, self.message) = (code, message) }

    /// `Code` "not a video" is `not_a_video` in the records.
    init(_ error: VideoError) { self.init(code: error.code.description.replacing(" ", with: "_"), error.description) }

    public var description: String { message }

    var failure: EndRecord.Failure { EndRecord.Failure(code: code, message: message) }
}
