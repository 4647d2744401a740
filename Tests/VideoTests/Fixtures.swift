import Foundation
import Video

/// Where the repository's clips are.
enum Fixtures {
    /// The repository's root, from this file's place in it.
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    static func clip(_ name: String) -> String { root.appending(path: "Fixtures/clips/\(name)").path }
}

/// Every frame that `input` delivers, and the reader for what it noted.
func readAll(_ input: String, _ options: VideoOptions = VideoOptions()) throws -> (frames: [Frame], reader: VideoReader) {
    let reader = try VideoReader(input, options: options)
    var frames: [Frame] = []
    while let frame = try reader.next() { frames.append(frame) }
    return (frames, reader)
}
