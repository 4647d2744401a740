import CFFmpeg

/// What is known of an input before its first frame is decoded.
public struct StreamInfo: Sendable {
    /// One stream of the container, for listings.
    public struct Entry: Sendable, Hashable {
        public let index: Int
        /// `video`, `audio`, `subtitle`, `data`, `attachment` or `unknown`.
        public let kind: String
        public let codec: String

        init(_ stream: UnsafeMutablePointer<AVStream>) {
            let parameters = stream.pointee.codecpar.pointee
            index = Int(stream.pointee.index)
            kind = text(av_get_media_type_string(parameters.codec_type))
            codec = text(avcodec_get_name(parameters.codec_id))
        }
    }

    /// FFmpeg's name of the container format, such as `mov,mp4,m4a,3gp,3g2,mj2`.
    public let container: String
    /// FFmpeg's name of the codec, such as `h264`.
    public let codec: String
    /// The chosen stream's index in ``streams``.
    public let stream: Int
    public let codedWidth, codedHeight: Int
    /// Columns and rows of the first frame as shown, after ``orientation``. Later frames may have another size, see ``Frame``.
    public var width: Int { orientation.transposed ? codedHeight : codedWidth }
    public var height: Int { orientation.transposed ? codedWidth : codedHeight }
    /// How the first frame is turned to be shown.
    public internal(set) var orientation: Orientation
    public let timeBase: Rational
    /// Average frames a second over the stream; `nil` when unknown.
    public let averageFrameRate: Rational?
    /// Seconds; `nil` when unknown (live streams, pipes).
    public let duration: Double?
    /// As the container's index or header states it; `nil` when it does not. An estimate: files are cut, and AVI counts frames that
    /// repeat the one before.
    public let frameCount: Int?
    /// The presentation time in seconds at which the input begins, its sound included; from it ``VideoOptions/start`` counts.
    public let startSeconds: Double?
    /// The same in ticks of ``timeBase``, and 0 if unknown.
    let startTicks: Int64
    /// When the recording was made, in seconds since 1970, if the container says so; what makers of containers mean by it differs, and
    /// converting a file may renew it.
    public let creationTime: Double?
    /// Whether a `VideoWriter` made it.
    public let isDrawn: Bool
    public let pixelFormat: String
    public let colorMatrix: ColorMatrix
    public let colorRange: ColorRange
    /// FFmpeg's names of the flags as they stand in the stream; `unknown` where there are none.
    public let colorSpace, colorPrimaries, colorTransfer: String
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
    init(container input: Container, stream: UnsafeMutablePointer<AVStream>, decoder: StreamDecoder, isLive: Bool) {
        let format = input.format!
        let s = stream.pointee
        let p = s.codecpar.pointee
        container = input.formatName
        let entry = Entry(stream)
        (codec, self.stream) = (entry.codec, entry.index)
        (codedWidth, codedHeight) = (Int(p.width), Int(p.height))
        orientation = stream.displayOrientation
        timeBase = decoder.timeBase
        // AVI's header counts ticks of its clock, which may be finer than the frames are.
        let rate = input.formatName == "avi" ? s.r_frame_rate : s.avg_frame_rate
        averageFrameRate = rate.num > 0 && rate.den > 0 && !decoder.usesArrivalTimes ? Rational(rate) : nil
        // An unknown duration is negative.
        let whole = format.pointee.duration
        duration =
            s.duration > 0
            ? Rational(s.time_base).seconds(of: s.duration) : whole > 0 ? Double(whole) / Double(AV_TIME_BASE) : nil
        var frames = Int(s.nb_frames)
        if input.formatName == "avi" {
            let entries = 0..<max(avformat_index_get_entries_count(stream), 0)
            let indexed = entries.count { avformat_index_get_entry(stream, $0).pointee.size > 0 }
            if indexed > 0 { frames = indexed }
        }
        frameCount = frames > 0 ? frames : nil
        let start = decoder.usesArrivalTimes ? nil : input.origin(of: stream)
        (startTicks, startSeconds) = (start ?? 0, start.map(timeBase.seconds(of:)))
        creationTime = Self.creationTime([format.pointee.metadata, s.metadata])
        isDrawn = av_dict_get(format.pointee.metadata, "comment", nil, 0).map { String(cString: $0.pointee.value) } == Self.drawnMark
        let pixels = PixelFormat(p.format)
        pixelFormat = pixels.name
        colorMatrix = ColorMatrix(p.color_space, isRGB: pixels.isRGB)
        colorRange = ColorRange(p.color_range, pixels)
        colorSpace = text(av_color_space_name(p.color_space))
        colorPrimaries = text(av_color_primaries_name(p.color_primaries))
        colorTransfer = text(av_color_transfer_name(p.color_trc))
        isInterlaced = ![AV_FIELD_UNKNOWN, AV_FIELD_PROGRESSIVE].contains(p.field_order)
        hasBFrames = p.video_delay > 0 || decoder.hasBFrames
        bitRate = p.bit_rate > 0 ? Int(p.bit_rate) : nil
        streams = input.streams.map(Entry.init)
        self.isLive = isLive
    }
}

extension StreamInfo {
    /// The comment in the files of `VideoWriter`.
    static let drawnMark = "drawn by deepvid"

    /// Phones of one maker keep the time of the recording, with its zone, where others have that of the file.
    fileprivate static func creationTime(_ dictionaries: [OpaquePointer?]) -> Double? {
        for key in ["com.apple.quicktime.creationdate", "creation_time", "DATE_RECORDED", "date"] {
            for dictionary in dictionaries {
                guard let entry = av_dict_get(dictionary, key, nil, 0), let value = entry.pointee.value else { continue }
                // A day, or a year, is no time of day; and FFmpeg would take a time without a zone for the machine's.
                guard String(cString: value).wholeMatch(of: /[0-9]{4}-.*[T ][0-9]{2}:.*([Zz]|[+-][0-9]{2}:?[0-9]{2})/) != nil else {
                    continue
                }
                var microseconds: Int64 = 0
                // Before 1990 there were no such files: a clock that was never set.
                if av_parse_time(&microseconds, value, 0) >= 0, microseconds > 631_152_000_000_000 { return Double(microseconds) / 1e6 }
            }
        }
        return nil
    }
}

private func text(_ name: UnsafePointer<CChar>?) -> String { name.map { String(cString: $0) } ?? "unknown" }
