import Concurrency
import Models
import Results
import Video

/// Counts for the `end` record. Constant in size, however long the input.
struct Tally: Codable, Sendable {
    private var watch = Stopwatch()
    /// Wall time of the runs before this one, where an interrupted one was resumed.
    private var earlierSeconds = 0.0
    private(set) var frames = 0
    private var decode = 0.0
    private var match: Double?
    private var infer = 0.0
    private var policy: String?
    private var reused = 0.0

    mutating func add(_ record: FrameRecord) {
        frames += 1
        decode += record.timingMs.decode
        infer += record.timingMs.infer
        if let time = record.timingMs.match { match = (match ?? 0) + time }
        if let cache = record.cache {
            policy = cache.policy
            reused += cache.reused
        }
    }

    /// Nil without reuse.
    var meanReuse: Double? { policy == nil || frames == 0 ? nil : reused / Double(frames) }

    enum CodingKeys: String, CodingKey {
        case earlierSeconds, frames, decode, match, infer, policy, reused
    }

    /// These counts, to go on from in another process.
    var paused: Tally {
        var copy = self
        copy.earlierSeconds += watch.seconds
        copy.watch = Stopwatch()
        return copy
    }

    func end(_ source: String, _ reason: EndRecord.Reason, queue: FrameQueue.Summary? = nil, error: DeepVidError? = nil) -> EndRecord {
        let seconds = earlierSeconds + watch.seconds
        let count = Double(frames)
        return EndRecord(
            source: source, reason: reason, frames: frames, decoded: queue?.framesDecoded ?? 0, damaged: queue?.corruptPackets ?? 0,
            dropped: queue?.dropped ?? 0, fps: seconds > 0 ? count / seconds : 0, wallS: seconds,
            timingMs: frames > 0 ? Timing(decode: decode / count, match: match.map { $0 / count }, infer: infer / count) : nil,
            cache: policy.map { EndRecord.Reuse(policy: $0, reused: meanReuse ?? 0) },
            peakMemoryMB: PeakMemory.megabytes, error: error?.failure)
    }
}
