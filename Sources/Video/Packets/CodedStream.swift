import CFFmpeg

/// What a container says of one of its streams, for another container that takes its packets as they are.
///
/// `@unchecked Sendable`: nobody writes to it after `init`.
final class CodedStream: @unchecked Sendable {
    /// Number in the container that it is from.
    let index: Int32
    let timeBase: AVRational
    let isVideo: Bool
    private let parameters: UnsafeMutablePointer<AVCodecParameters>
    private let frameRate: AVRational
    /// How pictures are turned to be shown; empty without.
    private let displayMatrix: [UInt8]

    /// - Parameter timeBase: of the packets, where it is not the stream's.
    init(_ stream: UnsafeMutablePointer<AVStream>, timeBase: AVRational? = nil) throws(VideoError) {
        guard let parameters = avcodec_parameters_alloc(), avcodec_parameters_copy(parameters, stream.pointee.codecpar) >= 0 else {
            throw VideoError(.internalFailure, "out of memory")
        }
        self.parameters = parameters
        // The number by which one container knows a codec is another's for something else.
        parameters.pointee.codec_tag = 0
        (index, self.timeBase) = (stream.pointee.index, timeBase ?? stream.pointee.time_base)
        (isVideo, frameRate) = (parameters.pointee.codec_type == AVMEDIA_TYPE_VIDEO, stream.pointee.avg_frame_rate)
        var size = 0
        let side = av_stream_get_side_data(stream, AV_PKT_DATA_DISPLAYMATRIX, &size)
        displayMatrix = side.map { Array(UnsafeBufferPointer(start: $0, count: size)) } ?? []
    }

    deinit {
        var parameters: UnsafeMutablePointer<AVCodecParameters>? = parameters
        avcodec_parameters_free(&parameters)
    }

    var codecName: String { String(cString: avcodec_get_name(parameters.pointee.codec_id)) }

    /// Whether a container of this kind can hold it.
    func fits(_ format: UnsafePointer<AVOutputFormat>?) -> Bool {
        guard let format else { return false }
        // Matroska's answer leaves out what it holds in the manner of AVI, such as the sound of many cameras.
        var tag: UInt32 = 0
        return avformat_query_codec(format, parameters.pointee.codec_id, 0) == 1
            || av_codec_get_tag2(format.pointee.codec_tag, parameters.pointee.codec_id, &tag) != 0
    }

    /// Adds a stream like this one to a file that is written.
    func add(to format: UnsafeMutablePointer<AVFormatContext>) -> UnsafeMutablePointer<AVStream>? {
        guard let stream = avformat_new_stream(format, nil), avcodec_parameters_copy(stream.pointee.codecpar, parameters) >= 0 else {
            return nil
        }
        (stream.pointee.time_base, stream.pointee.avg_frame_rate) = (timeBase, frameRate)
        stream.pointee.sample_aspect_ratio = parameters.pointee.sample_aspect_ratio
        if !displayMatrix.isEmpty, let side = av_stream_new_side_data(stream, AV_PKT_DATA_DISPLAYMATRIX, displayMatrix.count) {
            side.update(from: displayMatrix, count: displayMatrix.count)
        }
        return stream
    }
}

/// A packet, by reference: its bytes are shared and counted.
///
/// `@unchecked Sendable`: nobody writes to it after `init`, and FFmpeg's reference counts are atomic.
final class Packet: @unchecked Sendable {
    let raw: UnsafeMutablePointer<AVPacket>

    init(_ packet: UnsafePointer<AVPacket>) throws(VideoError) {
        guard let copy = av_packet_clone(packet) else { throw VideoError(.internalFailure, "out of memory") }
        raw = copy
        // A picture's time is missing where it is the order of decoding, as in AVI.
        if raw.pointee.pts == dv_nopts { raw.pointee.pts = raw.pointee.dts }
    }

    deinit {
        var packet: UnsafeMutablePointer<AVPacket>? = raw
        av_packet_free(&packet)
    }

    var stream: Int32 { raw.pointee.stream_index }
    var isKey: Bool { raw.pointee.flags & AV_PKT_FLAG_KEY != 0 }
    var hasTime: Bool { raw.pointee.pts != dv_nopts }
    var pts: Int64 { raw.pointee.pts }
    /// `Int64.min`, which is before everything, where the container does not say when it is decoded.
    var dts: Int64 { raw.pointee.dts }
    var bytes: Int { Int(raw.pointee.size) }
}
