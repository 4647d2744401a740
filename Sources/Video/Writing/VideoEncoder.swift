import CFFmpeg

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
    /// Frames a second, about: for images without a time and for the length of the last one.
    public var frameRate: Rational?

    public init(container: Container) { self.container = container }
}

/// The codec of a video that is written.
final class VideoEncoder {
    let context: UnsafeMutablePointer<AVCodecContext>
    let codec: VideoWriterOptions.Codec
    let timeBase: Rational

    /// - Parameter first: the image whose size, time base and colors hold for all.
    init(_ options: VideoWriterOptions, first: YUVImage) throws(VideoError) {
        let (encoder, codec) = try Self.find(options.codec)
        self.codec = codec
        guard let context = avcodec_alloc_context3(encoder) else { throw VideoError(.internalFailure, "out of memory for an encoder") }
        self.context = context
        // MPEG-4 counts in 16 bits.
        let isFine = codec == .mpeg4 && first.timeBase.denominator > 65535 || first.timeBase.denominator <= 0
        timeBase = isFine ? Rational(1, 60000) : first.timeBase
        (context.pointee.width, context.pointee.height) = (Int32(first.width), Int32(first.height))
        context.pointee.pix_fmt = AV_PIX_FMT_YUV420P
        context.pointee.time_base = timeBase.av
        if let rate = options.frameRate { context.pointee.framerate = rate.av }
        let frame = first.raw.pointee
        context.pointee.sample_aspect_ratio = frame.sample_aspect_ratio
        (context.pointee.colorspace, context.pointee.color_range) = (frame.colorspace, frame.color_range)
        (context.pointee.color_primaries, context.pointee.color_trc) = (frame.color_primaries, frame.color_trc)
        context.pointee.thread_count = codec == .h264 ? 0 : 1
        // All containers here want the codec's parameters at the beginning, and not in the packets.
        context.pointee.flags |= AV_CODEC_FLAG_GLOBAL_HEADER
        switch codec {
        case .h264:
            av_opt_set(context.pointee.priv_data, "preset", "veryfast", 0)
            av_opt_set(context.pointee.priv_data, "crf", "\(options.crf)", 0)
        case .mpeg4:
            context.pointee.flags |= AV_CODEC_FLAG_QSCALE
            // About as good: 23 is 5, 51 the worst.
            context.pointee.global_quality = FF_QP2LAMBDA * Int32(max(2, min(31, options.crf * 31 / 51 - 9)))
        }
        let result = avcodec_open2(context, encoder, nil)
        guard result >= 0 else {
            throw VideoError(
                .unsupported, "the \(codec.rawValue) encoder does not take images of \(first.width)×\(first.height) pixels",
                ffmpegCode: result)
        }
    }

    deinit {
        var context: UnsafeMutablePointer<AVCodecContext>? = context
        avcodec_free_context(&context)
    }

    private static func find(_ wanted: VideoWriterOptions.Codec?) throws(VideoError) -> (UnsafePointer<AVCodec>, VideoWriterOptions.Codec) {
        if wanted != .mpeg4, let x264 = avcodec_find_encoder_by_name("libx264") { return (x264, .h264) }
        if wanted != .h264, let mpeg4 = avcodec_find_encoder(AV_CODEC_ID_MPEG4) { return (mpeg4, .mpeg4) }
        throw VideoError(
            .unsupported,
            "this FFmpeg has no \(wanted == .h264 ? "libx264" : "video encoder that is known here"); install one built with it")
    }
}
