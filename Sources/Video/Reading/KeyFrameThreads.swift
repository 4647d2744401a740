import CFFmpeg
import Concurrency

/// A key frame that another thread decodes.
///
/// `@unchecked Sendable`: the packet is the thread's until it gives the result.
final class KeyFrameJob: @unchecked Sendable {
    private let packet: UnsafeMutablePointer<AVPacket>
    private let result = Channel<Frame?, Never>(capacity: 1)

    /// - Returns: `nil` without memory.
    init?(_ picture: CodedPicture) {
        guard let packet = av_packet_clone(picture.packet) else { return nil }
        // What an edit list hides is not given otherwise.
        packet.pointee.flags &= ~AV_PKT_FLAG_DISCARD
        self.packet = packet
    }

    deinit {
        var packet: UnsafeMutablePointer<AVPacket>? = packet
        av_packet_free(&packet)
    }

    /// The frame, waiting for it; once. `nil` if it cannot be decoded.
    func frame() -> Frame? { result.receive()?.element ?? nil }

    fileprivate func run(_ decoder: StreamDecoder) {
        let begin = monotonicNanoseconds()
        var frame: Frame?
        do throws(VideoError) { frame = try decoder.decode(alone: packet)?.frame } catch {}
        frame?.decodeMilliseconds = Double(monotonicNanoseconds() - begin) / 1e6
        _ = result.send(frame)
    }
}

/// Threads with a decoder each that decode key frames in the order in which they are asked for. What nobody waits for any more is left out.
final class KeyFrameThreads {
    private struct Waiting: Sendable { weak let job: KeyFrameJob? }

    private let jobs = Channel<Waiting, Never>(capacity: .max)

    /// More hardly find work: a few key frames are asked for ahead.
    static let most = 4

    /// - Returns: `nil` if the system starts no thread.
    init?(_ decoders: [StreamDecoder]) {
        var started = 0
        for decoder in decoders {
            let transfer = UncheckedTransfer(decoder)
            let isStarted = startThread(named: "deepvid keys") { [jobs] in
                while let (waiting, _) = jobs.receive() { waiting.job?.run(transfer.value) }
            }
            if isStarted { started += 1 }
        }
        guard started > 0 else { return nil }
    }

    deinit { jobs.cancel() }

    func add(_ job: KeyFrameJob) { _ = jobs.send(Waiting(job: job)) }
}

extension StreamDecoder {
    /// Decodes one picture that needs no other.
    /// - Returns: the frame, and whether the decoder can go on from it; it can where it gives the frame without being drained. `nil` where none
    ///   comes out.
    func decode(alone packet: UnsafeMutablePointer<AVPacket>) throws(VideoError) -> (frame: Frame, canGoOn: Bool)? {
        flush()
        try send(packet)
        if case .frame(let frame) = try receive() { return (frame, true) }
        drain()
        if case .frame(let frame) = try receive() { return (frame, false) }
        return nil
    }
}
