import CFFmpeg

/// What is known of an input before its first frame is decoded.
public struct StreamInfo: Sendable {
    /// One stream of the container, for listings.
    public struct Entry: Sendable, Hashable {
        public let index: Int
        /// `video`, `audio`, `subtitle`, `data`, `attachment` or `unknown`.
        public let kind: String
        public let codec: String
    }

    /// FFmpeg's name of the container format, such as `mov,mp4,m4a,3gp,3g2,mj2`.
    public let container: String
    /// FFmpeg's name of the codec, such as `h264`.
    public let codec: String
    /// The chosen stream's index in ``streams``.
    public let stream: Int
    public let codedWidth: Int
    public let codedHeight: Int
    /// Columns and rows as shown, after ``orientation``.
    public let width: Int
    public let height: Int
    public let orientation: Orientation
    public let timeBase: Rational
    /// Average frames a second over the stream; `nil` when unknown.
    public let averageFrameRate: Rational?
    /// Seconds; `nil` when unknown (live streams, pipes).
    public let duration: Double?
    /// As the container states it; `nil` when it does not.
    public let frameCount: Int?
    /// The first frame's presentation time in seconds, from which ``VideoOptions/start`` counts.
    public let startSeconds: Double?
    public let pixelFormat: String
    public let colourMatrix: ColourMatrix
    public let colourRange: ColourRange
    /// FFmpeg's names of the flags as they stand in the stream; `unknown` where there are none.
    public let colourSpace: String
    public let colourPrimaries: String
    public let colourTransfer: String
    /// Clockwise degrees: 0, 90, 180 or 270.
    public var rotation: Int { orientation.rotation }
    /// Whether the stream says that its pictures are two fields; single frames may still differ.
    public let isInterlaced: Bool
    /// Whether FFmpeg's decoder for this codec can give motion vectors, see ``VideoOptions/exportMotionVectors``.
    public var hasMotionVectors: Bool { Self.codecsWithMotionVectors.contains(codec) }
    /// Whether frames are stored in another order than they are shown.
    public let hasBFrames: Bool
    /// Bits a second; `nil` when unknown.
    public let bitRate: Int?
    public let streams: [Entry]
    /// Whether pictures arrive as they are taken: a network input without an end.
    public let isLive: Bool

    /// H.264, and the MPEG-1, 2 and 4 family. HEVC, VP9 and AV1 have vectors too, but no decoder of FFmpeg's exports them.
    static let codecsWithMotionVectors: Set<String> = [
        "h264", "mpeg1video", "mpeg2video", "mpeg4", "h263", "h263p", "flv1", "msmpeg4v1", "msmpeg4v2", "msmpeg4v3", "wmv1", "wmv2",
    ]

    /// Reads the description out of an opened input and decoder.
    init(
        format: UnsafePointer<AVFormatContext>, stream: UnsafePointer<AVStream>, decoder: UnsafePointer<AVCodecContext>,
        orientation: Orientation, isLive: Bool
    ) {
        let s = stream.pointee
        let p = s.codecpar.pointee
        func text(_ c: UnsafePointer<CChar>?) -> String { c.map { String(cString: $0) } ?? "unknown" }

        container = text(format.pointee.iformat?.pointee.name)
        codec = text(avcodec_get_name(p.codec_id))
        self.stream = Int(s.index)
        codedWidth = Int(p.width)
        codedHeight = Int(p.height)
        self.orientation = orientation
        width = orientation.transposed ? codedHeight : codedWidth
        height = orientation.transposed ? codedWidth : codedHeight
        timeBase = Rational(s.time_base)
        averageFrameRate = s.avg_frame_rate.num > 0 && s.avg_frame_rate.den > 0 ? Rational(s.avg_frame_rate) : nil
        if s.duration != dv_nopts, s.duration > 0 {
            duration = timeBase.seconds(of: s.duration)
        } else if format.pointee.duration != dv_nopts, format.pointee.duration > 0 {
            duration = Double(format.pointee.duration) / Double(AV_TIME_BASE)
        } else {
            duration = nil
        }
        frameCount = s.nb_frames > 0 ? Int(s.nb_frames) : nil
        startSeconds = s.start_time != dv_nopts ? timeBase.seconds(of: s.start_time) : nil
        let pixels = PixelFormat(p.format)
        pixelFormat = pixels.name
        colourMatrix = ColourMatrix(p.color_space, isRGB: pixels.isRGB)
        colourRange = ColourRange(
            p.color_range, format: AVPixelFormat(p.format), isRGB: pixels.isRGB, isGrey: pixels.isGrey)
        colourSpace = text(av_color_space_name(p.color_space))
        colourPrimaries = text(av_color_primaries_name(p.color_primaries))
        colourTransfer = text(av_color_transfer_name(p.color_trc))
        isInterlaced = ![AV_FIELD_UNKNOWN, AV_FIELD_PROGRESSIVE].contains(p.field_order)
        hasBFrames = p.video_delay > 0 || decoder.pointee.has_b_frames > 0
        bitRate = p.bit_rate > 0 ? Int(p.bit_rate) : nil
        streams = (0..<Int(format.pointee.nb_streams)).map { i in
            let p = format.pointee.streams[i]!.pointee.codecpar.pointee
            return Entry(
                index: i, kind: text(av_get_media_type_string(p.codec_type)), codec: text(avcodec_get_name(p.codec_id)))
        }
        self.isLive = isLive
    }
}
