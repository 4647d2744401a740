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
        var end = EndRecord(source: source, reason: reason)
        (end.frames, end.decoded, end.corruptPackets) = (frames, queue?.framesDecoded ?? 0, queue?.damagedPackets ?? 0)
        (end.dropped, end.fps, end.wallS) = (queue?.dropped ?? 0, seconds > 0 ? count / seconds : 0, seconds)
        if frames > 0 { end.timingMs = Timing(decode: decode / count, match: match.map { $0 / count }, infer: infer / count) }
        end.cache = policy.map { EndRecord.Reuse(policy: $0, reused: meanReuse ?? 0) }
        (end.peakMemoryMB, end.error) = (PeakMemory.megabytes, error?.failure)
        return end
    }
}
