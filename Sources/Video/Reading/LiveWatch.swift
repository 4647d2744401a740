import CFFmpeg

/// Notices when a live stream goes on but its pictures do not: they became another stream, or none can be decoded.
struct LiveWatch {
    private let container: Container
    private let stream: UnsafeMutablePointer<AVStream>
    private let codec: AVCodecID
    private let timeout: Double
    /// Streams that were there at the beginning; a later one with pictures takes the place of ours.
    private let streamCount: Int
    private var lastPicture = monotonicNanoseconds()

    init(container: Container, stream: UnsafeMutablePointer<AVStream>, codec: AVCodecID, timeout: Double) {
        (self.container, self.stream, self.codec, self.timeout) = (container, stream, codec, timeout)
        streamCount = Int(container.format!.pointee.nb_streams)
    }

    mutating func sawPicture() { lastPicture = monotonicNanoseconds() }

    /// What is wrong now that `packet` was read; `nil` while pictures come.
    func problem(_ packet: UnsafePointer<AVPacket>) -> VideoError? {
        let index = Int(packet.pointee.stream_index)
        let from = container.format!.pointee.streams[index]!
        if from.pointee.codecpar.pointee.codec_type == AVMEDIA_TYPE_VIDEO, index >= streamCount {
            return changed("another video stream (\(name(from.pointee.codecpar.pointee.codec_id))) took the place of the one that was read")
        }
        if from == stream, stream.pointee.codecpar.pointee.codec_id != codec {
            return changed("the stream changed from \(name(codec)) to \(name(stream.pointee.codecpar.pointee.codec_id))")
        }
        if Double(monotonicNanoseconds() - lastPicture) / 1e9 > timeout {
            return VideoError(
                .timedOut, "data comes, but no picture for \(timeout) s; check the source's encoder", url: container.url,
                stream: Int(stream.pointee.index), lastLog: container.log.last)
        }
        return nil
    }

    private func changed(_ message: String) -> VideoError {
        VideoError(.changed, message, url: container.url, stream: Int(stream.pointee.index))
    }

    private func name(_ codec: AVCodecID) -> String { String(cString: avcodec_get_name(codec)) }
}
