import CFFmpeg

/// A clip that was cut out of a recording.
package struct CutClip: Sendable {
    package let path: String
    /// In seconds of the recording: of the first picture, and of the end of the last.
    package let start, end: Double
    package let frames: Int
    package let bytes: Int
}

/// Cuts parts out of a recording without decoding anything: packets are copied, those of the video and of all sound.
///
/// A part begins at the last key frame at or before what was asked for, since pictures before the next one cannot be shown without it, and
/// ends with the last picture at or before the end, or with the last one that this refers to.
package final class ClipCutter {
    private let container: Container
    private let video: CodedStream
    private let stream: UnsafeMutablePointer<AVStream>
    private let sources: [CodedStream]

    /// - Parameter stream: index of the video stream; nil takes the one that FFmpeg thinks best.
    /// - Throws: when it cannot be opened, or is no video.
    package init(_ input: String, stream index: Int?) throws(VideoError) {
        container = try Container(input, options: VideoOptions(), interrupt: Interrupt())
        stream = try container.chooseStream(index)
        video = try CodedStream(stream)
        var sources = [video]
        for other in container.streams where other.pointee.codecpar.pointee.codec_type == AVMEDIA_TYPE_AUDIO {
            other.pointee.discard = AVDISCARD_DEFAULT
            sources.append(try CodedStream(other))
        }
        self.sources = sources
    }

    /// Cuts one part out.
    ///
    /// - Parameters:
    ///   - range: presentation times in seconds, as `Frame.ptsSeconds` has them.
    ///   - name: of the file to write, without an ending.
    /// - Returns: nil if the recording shows nothing in that time.
    /// - Throws: when reading or writing fails; nothing is left of the file then.
    /// - Complexity: reads the part, and what lies between it and the place that the container can go to.
    package func cut(_ range: ClosedRange<Double>, to name: String) throws(VideoError) -> CutClip? {
        container.log.claimThread()
        defer { container.log.releaseThread() }
        let base = Rational(video.timeBase), from = base.ticks(of: range.lowerBound), to = base.ticks(of: range.upperBound)
        let beginning = try findBeginning(from)
        guard let first = beginning.first(where: { $0.stream == video.index }), first.pts <= to else { return nil }
        let writer = try PacketWriter(name, sources)
        var waiting = beginning[...], newest = Int64.min
        func next() throws(VideoError) -> Packet? { if let packet = waiting.popFirst() { packet } else { try read() } }
        while let packet = try next() {
            if packet.stream == video.index {
                // Packets come in the order of decoding: what is shown until the end was decoded by then. Of what is shown later, only what
                // lies before a picture that was needed, so that there is no gap.
                if packet.dts > to, packet.pts > newest { break }
                newest = max(newest, packet.pts)
            }
            try writer.write(packet)
        }
        guard writer.end > range.lowerBound, let bytes = try writer.finish(), let start = writer.start else { return nil }
        return CutClip(path: writer.path, start: start, end: writer.end, frames: writer.frames, bytes: bytes)
    }

    /// Goes to the last key frame at or before `target`, or to the first one.
    ///
    /// - Returns: the packets from there to the first that is decoded after `target`, and the sound beside them.
    private func findBeginning(_ target: Int64) throws(VideoError) -> [Packet] {
        // Indices may point behind the target (B frames, open groups of pictures), and transport streams have none.
        for back in [0.0, 2, 10, .infinity] {
            let isBeginning = back == .infinity
            let distance = isBeginning ? nil : Rational(video.timeBase).ticks(of: back)
            guard container.seek(stream, back: distance, from: target) else { continue }
            var packets: [Packet] = [], hasKey = false
            while let packet = try read() {
                if packet.stream == video.index, packet.isKey, packet.pts <= target || !hasKey && isBeginning {
                    // Sound may be stored before the pictures that it goes with.
                    packets.removeAll { $0.stream == video.index || seconds($0) < seconds(packet) }
                    hasKey = true
                }
                packets.append(packet)
                if packet.stream == video.index, packet.dts > target { break }
            }
            if hasKey { return packets }
        }
        return []
    }

    private func seconds(_ packet: Packet) -> Double {
        let source = sources.first { $0.index == packet.stream }
        return source.map { Rational($0.timeBase).seconds(of: packet.pts) } ?? 0
    }

    /// The next packet of the video or the sound that has a time; nil at the end, also at one that comes too early.
    private func read() throws(VideoError) -> Packet? {
        var packet = av_packet_alloc()
        defer { av_packet_free(&packet) }
        guard let packet else { throw VideoError(.internalFailure, "out of memory", url: container.url) }
        while true {
            av_packet_unref(packet)
            let result = container.read(packet)
            if result == -EAGAIN || result == dv_averror_invalid_data && !hasEnded { continue }
            guard result >= 0 else { return nil }
            guard sources.contains(where: { $0.index == packet.pointee.stream_index }) else { continue }
            let copy = try Packet(packet)
            if copy.hasTime { return copy }
        }
    }

    private var hasEnded: Bool { container.format?.pointee.pb.map { $0.pointee.eof_reached != 0 } ?? true }
}
