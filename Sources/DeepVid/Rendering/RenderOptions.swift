import Models
import Tracking
import Video

/// What is drawn over a clip, and how the outcome is written.
public struct RenderOptions: Sendable {
    /// The results: a file of records, or `-`.
    public var results: String
    public var output: String
    public var video: VideoWriterOptions
    /// Size of the picture as a multiple of the clip's.
    public var scale = 1.0
    /// Zones and lines to be drawn; nil draws those of the results, if they were made with some.
    public var zones: ZonePlan?
    /// Draws what changed against the stored reference.
    public var showsHeat = false
    /// Draws how much of the computation was reused.
    public var showsReuse = false

    /// - Throws: `DeepVidError` when the name does not end like a container that can be written.
    public init(results: String, output: String) throws(DeepVidError) {
        (self.results, self.output) = (results, output)
        do throws(VideoError) { video = VideoWriterOptions(container: try .init(path: output)) } catch { throw DeepVidError(error) }
    }
}
