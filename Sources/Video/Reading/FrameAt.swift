extension VideoReader {
    /// The frame that a file shows at a time.
    ///
    /// - Parameters:
    ///   - pts: its presentation time in seconds, as `Frame.ptsSeconds` has it.
    ///   - options: which stream, and by how many threads; what they say of the range does not count.
    /// - Returns: nil if no frame has this time, to 3 ms.
    /// - Complexity: opens the file, and decodes from the key frame before.
    package static func frame(of input: String, at pts: Double, options: VideoOptions) throws(VideoError) -> Frame? {
        var range = VideoOptions()
        (range.stream, range.threads) = (options.stream, options.threads)
        let start = try VideoReader(input, options: range).info.startSeconds ?? 0
        (range.start, range.maxFrames) = (max(0, pts - start - 0.0005), 1)
        guard let frame = try VideoReader(input, options: range).next(), let found = frame.ptsSeconds, abs(found - pts) < 0.003 else {
            return nil
        }
        return frame
    }
}
