import CFFmpeg
import Glibc

/// Remembers when each packet was received, until its picture comes out of the decoder.
///
/// FFmpeg carries a number from packet to frame, but under a name that changed between its versions; time stamps serve all.
struct ArrivalLog {
    /// More than any decoder holds back, and as many as `HeldDecoder` does.
    private static let capacity = 1280
    private var entries: [(pts: Int64, monotonic: UInt64)] = []
    private var last = monotonicNanoseconds()
    /// Nanoseconds between two packets, at most, since it was set to 0.
    var longestGap: UInt64 = 0

    mutating func add(pts: Int64) {
        longestGap = silence
        last = monotonicNanoseconds()
        if entries.count == Self.capacity { entries.removeFirst() }
        entries.append((pts, last))
    }

    /// `longestGap`, with the time since the last packet.
    var silence: UInt64 { max(longestGap, monotonicNanoseconds() - last) }

    /// When the packet with this time stamp came; without one, the last packet.
    func arrival(pts: Int64?) -> Arrival {
        Arrival(monotonic: pts.flatMap { pts in entries.last { $0.pts == pts }?.monotonic } ?? last)
    }
}

/// Delivers pictures at the rate at which they were taken, where their bytes come faster: from files, and from playlists, whose
/// segments come at once.
struct Pace {
    /// The moment at which a picture of time `seconds` is due.
    private var origin: (seconds: Double, monotonic: UInt64)?
    /// Seconds of lateness after which playing goes on from there, rather than in a rush.
    private static let longestDelay = 1.0
    /// Seconds. A longer wait is a jump of the time stamps.
    private static let longestWait = 10.0

    /// Waits until `frame`, of time `seconds`, is due; that becomes its arrival.
    mutating func hold(_ frame: inout Frame, at seconds: Double, _ interrupt: Interrupt) {
        let now = monotonicNanoseconds()
        let due = origin.map { Double($0.monotonic) / 1e9 + seconds - $0.seconds }
        guard let due, (-Self.longestDelay...Self.longestWait).contains(due - Double(now) / 1e9) else {
            origin = (seconds, now)
            frame.arrival = .now
            return
        }
        let moment = UInt64(due * 1e9)
        while !interrupt.isCancelled {
            let now = monotonicNanoseconds()
            if now >= moment { break }
            // Short waits, so that a cancellation is noticed soon.
            usleep(UInt32(min((moment - now) / 1000 + 1, 20_000)))
        }
        frame.arrival = Arrival(monotonic: moment)
    }
}

extension StreamDecoder {
    /// Notices when a live stream goes on but its pictures do not: they became another stream, or none can be decoded.
    ///
    /// - Returns: what is wrong now that `packet` was read; `nil` while pictures come.
    func liveProblem(_ packet: UnsafePointer<AVPacket>) -> VideoError? {
        guard let liveTimeout else { return nil }
        let index = Int(packet.pointee.stream_index)
        let from = container.format!.pointee.streams[index]!
        let parameters = from.pointee.codecpar.pointee
        func name(_ codec: AVCodecID) -> String { String(cString: avcodec_get_name(codec)) }
        if parameters.codec_type == AVMEDIA_TYPE_VIDEO, index >= streamCount {
            return VideoError(
                .changed, "another video stream (\(name(parameters.codec_id))) took the place of the one that was read", url: container.url)
        }
        if from == stream, parameters.codec_id != codec.pointee.codec_id {
            let before = name(codec.pointee.codec_id)
            return VideoError(.changed, "the stream changed from \(before) to \(name(parameters.codec_id))", url: container.url)
        }
        if Double(monotonicNanoseconds() - lastPicture) / 1e9 > liveTimeout {
            // FFmpeg gives out what it still has when a time-out is over: one packet after a long silence.
            let isSilent = Double(arrivals.silence) / 1e9 > liveTimeout / 2
            let reason =
                isSilent
                ? "no data for \(liveTimeout) s; check that the source is running, or raise --timeout"
                : "data comes, but no picture for \(liveTimeout) s; check the source's encoder"
            return VideoError(.timedOut, reason, url: container.url, lastLog: isSilent ? "" : container.log.last)
        }
        return nil
    }
}
