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

    /// The shard's clips: those with the most frames first, each to the shard that has least by then. Every shard comes to the
    /// same division, without asking another, as long as all see the same files. Of one shard, all clips in the order in which
    /// several jobs should begin them, so that no long one is left over at the end.
    ///
    /// - Complexity: opens every file, on `threads` threads.
    public func clips(of all: [BatchClip], video: VideoOptions, threads: Int) -> [BatchClip] {
        clips(of: all, weights: BatchClip.frameCounts(of: all, video, threads: threads))
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
    /// Frames that each clip has for the model, by its header. Where that does not say, or cannot be read, by the file's size and
    /// the mean of the others.
    ///
    /// - Complexity: opens every file, on `threads` threads.
    static func frameCounts(of clips: [BatchClip], _ video: VideoOptions, threads: Int) -> [Double] {
        let known = Mutex([Double?](repeating: nil, count: clips.count)), next = Atomic(0)
        onThreads(min(threads, clips.count)) { _ in
            while true {
                let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
                guard index < clips.count else { return }
                var options = VideoOptions()
                options.threads = 1
                guard let info = try? VideoReader(clips[index].path, options: options).info, let count = video.expectedFrames(of: info)
                else { continue }
                known.withLock { $0[index] = count }
            }
        }
        let counts = known.withLock { $0 }
        var (frames, bytes) = (0.0, 0.0)
        for (clip, count) in zip(clips, counts) {
            guard let count else { continue }
            (frames, bytes) = (frames + count, bytes + Double(clip.sizeBytes))
        }
        let framesPerByte = bytes > 0 ? frames / bytes : 1
        return zip(clips, counts).map { $1 ?? Double($0.sizeBytes) * framesPerByte }
    }
}

extension VideoOptions {
    /// About how many frames these options select; nil where the header does not say how long the video is.
    func expectedFrames(of info: StreamInfo) -> Double? {
        guard let rate = info.averageFrameRate?.value, rate > 0, let length = info.duration ?? info.frameCount.map({ Double($0) / rate })
        else { return nil }
        let seconds = min(max(length - start, 0), duration ?? .infinity)
        return min(seconds * min(rate, fps ?? .infinity) / Double(every), maxFrames.map(Double.init) ?? .infinity)
    }
}
