import Results
import Synchronization
import Video

/// One of `count` parts of a batch, each for a machine of its own.
public struct Shard: Sendable, Equatable {
    /// 1…count.
    public let index: Int
    public let count: Int

    public init(index: Int, count: Int) {
        precondition((1...count).contains(index), "shards count from 1")
        (self.index, self.count) = (index, count)
    }

    /// The shard's clips: the longest first, each to the shard that has least by then. Every shard comes to the same
    /// division, without asking another, as long as all see the same files.
    ///
    /// - Complexity: opens every file, on `threads` threads.
    public func clips(of all: [BatchClip], threads: Int) -> [BatchClip] {
        clips(of: all, weights: BatchClip.durations(of: all, threads: threads))
    }

    /// - Parameter weights: what the clips take, in any unit.
    func clips(of all: [BatchClip], weights: [Double]) -> [BatchClip] {
        var loads = [Double](repeating: 0, count: count)
        var mine: [Int] = []
        for clip in all.indices.sorted(by: { (-weights[$0], all[$0].output) < (-weights[$1], all[$1].output) }) {
            let least = loads.indices.min { (loads[$0], $0) < (loads[$1], $1) }!
            loads[least] += weights[clip]
            if least == index - 1 { mine.append(clip) }
        }
        return mine.map { all[$0] }
    }
}

extension BatchClip {
    /// Seconds of video in each clip, by its header. Where that does not say, or cannot be read, by the file's size and the
    /// mean bit rate of the others.
    ///
    /// - Complexity: opens every file, on `threads` threads.
    static func durations(of clips: [BatchClip], threads: Int) -> [Double] {
        let known = Mutex([Double?](repeating: nil, count: clips.count)), next = Atomic(0)
        onThreads(min(threads, clips.count)) { _ in
            while true {
                let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
                guard index < clips.count else { return }
                var options = VideoOptions()
                options.threads = 1
                guard let info = try? VideoReader(clips[index].path, options: options).info, let duration = info.duration else { continue }
                known.withLock { $0[index] = duration }
            }
        }
        let durations = known.withLock { $0 }
        var (seconds, bytes) = (0.0, 0.0)
        for (clip, duration) in zip(clips, durations) {
            guard let duration else { continue }
            (seconds, bytes) = (seconds + duration, bytes + Double(clip.sizeBytes))
        }
        let secondsPerByte = bytes > 0 ? seconds / bytes : 1
        return zip(clips, durations).map { $1 ?? Double($0.sizeBytes) * secondsPerByte }
    }
}
