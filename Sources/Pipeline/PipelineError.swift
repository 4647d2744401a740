import ONNXImport
import Results
import Video
import Vision

/// Why a run cannot go on, in one sentence that says what to do.
public struct PipelineError: Error, Sendable, CustomStringConvertible {
    /// A stable name for programs; goes into `end.error.code`.
    public let code: String
    public let message: String

    public init(code: String, _ message: String) { (self.code, self.message) = (code, message) }

    public var description: String { message }
}
