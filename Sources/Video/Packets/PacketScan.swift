import CFFmpeg

/// The groups of pictures of a file, by its packets alone: nothing is decoded.
public final class PacketScan {
    /// From a key frame up to the next.
    public struct Group: Sendable {
        /// Those that are shown, in the order in which they are decoded.
        public var pictures: [CodedGroup.Picture]
        /// When the first of them is shown, in seconds of the input.
        public var start: Double
        /// From one frame to the next, about.
        public var frameSeconds: Double
    }

    public let info: StreamInfo
    private let decoder: StreamDecoder
    private let groups: GroupReader

    /// - Parameter stream: index of the stream; nil is the best.
    /// - Throws: ``VideoError`` when the input cannot be opened, is no file, or has packets that do not tell its frames.
    public init(_ input: String, stream: Int? = nil) throws(VideoError) {
        var options = VideoOptions()
        options.threads = 1
        let container = try Container(input, options: options, interrupt: Interrupt()), chosen = try container.chooseStream(stream)
        decoder = try StreamDecoder(container: container, stream: chosen, options: options)
        info = StreamInfo(container: container, stream: chosen, decoder: decoder, isLive: container.isLive)
        guard let groups = GroupReader(decoder) else {
            throw VideoError(
                .unsupported,
                "packets of \(info.codec) in \(info.container), or of what is no file, do not tell frames apart: name a file in H.264, HEVC, "
                    + "MPEG-4, AV1, VP8 or VP9 that is not interlaced", url: container.url)
        }
        self.groups = groups
    }

    /// The next group; nil at the end, also of a file that breaks off. A group of more than 1,200 pictures comes in parts.
    public func next() throws(VideoError) -> Group? {
        guard let group = try groups.next() else { return nil }
        let start = group.times.first ?? group.pictures.lazy.compactMap(\.pts).first
        return Group(
            pictures: group.sizes, start: decoder.timeBase.seconds(of: start ?? 0),
            frameSeconds: group.frameSeconds(decoder.timeBase, interval: decoder.interval))
    }
}
