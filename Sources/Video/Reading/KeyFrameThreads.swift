import CFFmpeg
import Concurrency
import Synchronization

/// What another thread decodes, with a decoder of its own.
protocol DecodingJob: AnyObject, Sendable {
    func run(_ decoder: StreamDecoder)
}

/// A key frame that another thread decodes.
///
/// `@unchecked Sendable`: the picture is only read.
final class KeyFrameJob: DecodingJob, @unchecked Sendable {
    private let picture: CodedPicture
    private let result = Channel<Frame?, Never>(capacity: 1)

    init(_ picture: CodedPicture) { self.picture = picture }

    /// The frame, waiting for it; once. `nil` if it cannot be decoded.
    func frame() -> Frame? { result.receive()?.element ?? nil }

    func run(_ decoder: StreamDecoder) {
        let begin = monotonicNanoseconds()
        var frame: Frame?
        do throws(VideoError) { frame = try decoder.decode(alone: picture)?.frame } catch {}
        frame?.decodeMilliseconds = Double(monotonicNanoseconds() - begin) / 1e6
        _ = result.send(frame)
    }
}

/// A group's key frame and some frames after it that another thread decodes.
///
/// `@unchecked Sendable`: the pictures are only read.
final class GroupFramesJob: DecodingJob, @unchecked Sendable {
    private let pictures: [CodedPicture]
    private let places: Set<Int>
    private let key = Channel<Frame?, Never>(capacity: 1)
    /// `nil` is the last, where one is damaged.
    private let frames = Channel<Frame?, Never>(capacity: .max)
    private let isCancelled = Atomic<Bool>(false)

    /// - Parameter places: of the frames, in the group's `pictures`.
    init(_ group: PacketGroup, at places: [Int]) {
        (pictures, self.places) = (Array(group.pictures[...(places.max() ?? 0)]), Set(places))
    }

    /// Whether it gives the frames at these places.
    func has(_ wanted: [Int]) -> Bool { places.isSuperset(of: wanted) }

    /// The key frame, waiting for it; once. `nil` if it cannot be decoded.
    func keyFrame() -> Frame? { key.receive()?.element ?? nil }

    /// Gives the frames at these places, which it has, in the order in which they are shown, waiting for each; once.
    /// - Returns: as `KeyFrameDecoder.frames`.
    func frames(at wanted: [Int], _ take: (Frame) -> Bool) -> Bool {
        defer { cancel() }
        var left = Set(wanted.map { pictures[$0].pts })
        while !left.isEmpty {
            guard let frame = frames.receive()?.element ?? nil else { return false }
            if left.remove(frame.pts) != nil, !take(frame) { return true }
        }
        return true
    }

    /// Nobody wants any more.
    func cancel() { isCancelled.store(true, ordering: .relaxed) }

    func run(_ decoder: StreamDecoder) {
        let begin = monotonicNanoseconds()
        var isWhole = false, hasKey = false
        do throws(VideoError) {
            decoder.flush()
            isWhole = try decoder.decode(pictures, from: 0, at: places.union([0])) { frame in
                guard hasKey else {
                    var frame = frame
                    frame.decodeMilliseconds = Double(monotonicNanoseconds() - begin) / 1e6
                    hasKey = key.send(frame)
                    key.finish()
                    return !isCancelled.load(ordering: .relaxed)
                }
                return frames.send(frame) && !isCancelled.load(ordering: .relaxed)
            }
        } catch {}
        key.finish()
        if !isWhole { _ = frames.send(nil) }
        frames.finish()
    }
}

/// Threads with a decoder each that do what they are asked for, in that order. What nobody waits for any more is left out.
final class KeyFrameThreads {
    private struct Waiting: Sendable { weak let job: (any DecodingJob)? }

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

    func add(_ job: any DecodingJob) { _ = jobs.send(Waiting(job: job)) }
}

extension StreamDecoder {
    /// Decodes one picture that needs no other, also one that an edit list hides. Its packet, which another thread may read, is left as it is.
    /// - Returns: the frame, and whether the decoder can go on from it; it can where it gives the frame without being drained. `nil` where none
    ///   comes out.
    func decode(alone picture: CodedPicture) throws(VideoError) -> (frame: Frame, canGoOn: Bool)? {
        var clone = av_packet_clone(picture.packet)
        defer { av_packet_free(&clone) }
        guard let packet = clone else { throw VideoError(.internalFailure, "out of memory", url: container.url) }
        packet.pointee.flags &= ~AV_PKT_FLAG_DISCARD
        flush()
        try send(packet)
        if case .frame(let frame) = try receive() { return (frame, true) }
        drain()
        if case .frame(let frame) = try receive() { return (frame, false) }
        return nil
    }

    /// Decodes pictures as far as some of their frames need it, and gives these in the order in which they are shown.
    /// - Parameters:
    ///   - first: the picture to be sent first; those before it were.
    ///   - places: of the frames.
    ///   - take: says whether to go on.
    /// - Returns: whether all came; false if one of the pictures is damaged.
    func decode(_ pictures: [CodedPicture], from first: Int, at places: Set<Int>, _ take: (Frame) -> Bool) throws(VideoError) -> Bool {
        var wanted = Set(places.map { pictures[$0].pts }), place = first
        let last = places.max() ?? -1
        while !wanted.isEmpty {
            switch try receive() {
            case .frame(let frame):
                guard wanted.remove(frame.pts) != nil else { continue }
                guard !frame.isCorrupt else { return false }
                if !take(frame) { return true }
            case .ended: return false
            case .needsPacket:
                guard place <= last else {
                    drain()
                    continue
                }
                let picture = pictures[place]
                place += 1
                guard !picture.isCorrupt else { return false }
                if !picture.isDisposable || wanted.contains(picture.pts) { try send(picture) }
            }
        }
        return true
    }
}
