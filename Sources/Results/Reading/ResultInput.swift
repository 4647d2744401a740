/// An input of a run, as far as its records have told of it.
package final class ResultInput {
    /// From 0, in the order in which inputs are met, over all files.
    package let number: Int
    /// The file of its first record.
    package let file: String
    /// As its records name it; nil where they do not, as after a filter that took `begin` away.
    package let source: String?
    package let begin: BeginRecord?
    /// Of its pictures as displayed, in pixels; nil where the records do not say.
    package internal(set) var size: BeginRecord.Size?
    var lastFrame: Int?
    /// The file of its last record, and whether that was its end.
    var latestFile: String
    var isEnded = false

    init(number: Int, file: String, source: String?, begin: BeginRecord?) {
        (self.number, self.file, self.source, self.begin, latestFile) = (number, file, source, begin, file)
        camera = InputCamera(given: begin?.camera, source: source, input: source ?? file)
        size = begin?.video.map { BeginRecord.Size(width: $0.width, height: $0.height) }
    }

    /// For messages.
    package var name: String { source ?? file }
    /// The camera that it is of.
    package let camera: InputCamera
    /// Whether objects are followed.
    package var isTracked: Bool? { begin.map { $0.options.trackBufferS != nil } }
}
