import Models
import Results
import SemanticMemory
import Video

extension DeepVidError {
    /// `Code` "not a video" is `not_a_video` in the records.
    package init(_ error: VideoError) {
        self.init(named: error.code.description.replacing(" ", with: "_"), error.description, cause: error)
    }

    package init(_ error: MemoryError) { self.init(named: error.code.rawValue, error.message, cause: error) }

    var failure: EndRecord.Failure { EndRecord.Failure(code: code.rawValue, message: message) }
}
