import Models
import SemanticMemory
import Video

extension DeepVidError {
    /// `Code` "not a video" is `not_a_video` in records.
    package init(_ error: VideoError) {
        self.init(named: error.code.description.replacing(" ", with: "_"), error.description, cause: error)
    }

    package init(_ error: MemoryError) { self.init(named: error.code.rawValue, error.message, cause: error) }
}
