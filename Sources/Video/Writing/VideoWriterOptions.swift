/// How a video is written.
public struct VideoWriterOptions: Sendable, Hashable {
    public enum Codec: String, Sendable, Hashable, CaseIterable {
        /// By libx264.
        case h264
        /// MPEG-4 part 2, which every FFmpeg has.
        case mpeg4
    }

    /// Containers by the ending of the file's name.
    public enum Container: String, Sendable, Hashable {
        case mp4, mov, matroska

        /// - Throws: ``VideoError/Code/invalidOptions`` for endings of other containers, and says which there are.
        public init(path: String) throws(VideoError) {
            let name = path.split(separator: "/").last.map(String.init) ?? path
            let ending = name.contains(".") ? name.split(separator: ".").last.map { $0.lowercased() } ?? "" : ""
            switch ending {
            case "mp4", "m4v": self = .mp4
            case "mov": self = .mov
            case "mkv": self = .matroska
            case "webm":
                throw VideoError(.invalidOptions, "WebM holds no H.264; name a file that ends in .mp4, .mov or .mkv", url: path)
            default:
                let reason =
                    ending.isEmpty ? "the name does not say which container to write" : "'.\(ending)' is no container that can be written"
                throw VideoError(.invalidOptions, "\(reason); name a file that ends in .mp4, .mov or .mkv", url: path)
            }
        }
    }

    public var container: Container
    /// Nil takes H.264 where this FFmpeg can, else MPEG-4.
    public var codec: Codec?
    /// Constant rate factor of H.264: 0 is lossless, 51 the worst.
    public var crf = 23
    /// Frames a second, about: for pictures without a time and for the length of the last one.
    public var frameRate: Rational?

    public init(container: Container) { self.container = container }
}
