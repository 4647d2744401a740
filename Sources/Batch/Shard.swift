import Concurrency
import DeepVid
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

    /// The shard's clips. They are divided the longest first, each to the shard that has least by then: every shard comes to the
    /// same division, without asking another, as long as all see the same files. Those with the most frames come first, so that
    /// of several jobs none is left with a long one at the end.
    ///
    /// - Complexity: opens every file, on `threads` threads.
    public func clips(of all: [BatchClip], video: VideoOptions, threads: Int) -> [BatchClip] {
        clips(of: all, lengths: BatchClip.lengths(of: all, video, threads: threads))
    }

    func clips(of all: [BatchClip], lengths: [BatchClip.Length]) -> [BatchClip] {
        var loads = [Double](repeating: 0, count: count)
        var mine: [Int] = []
        for clip in all.indices.sorted(by: { (-lengths[$0].seconds, all[$0].output) < (-lengths[$1].seconds, all[$1].output) }) {
            let least = loads.indices.min { (loads[$0], $0) < (loads[$1], $1) }!
            loads[least] += lengths[clip].seconds
            if least == index - 1 { mine.append(clip) }
        }
        return mine.sorted { (-lengths[$0].frames, all[$0].output) < (-lengths[$1].frames, all[$1].output) }.map { index in
            var clip = all[index]
            clip.expectedFrames = lengths[index].frames
            return clip
        }
    }
}

extension BatchClip {
    struct Length {
        /// Of video.
        var seconds: Double
        /// For the model.
        var frames: Double
    }

    /// How long each clip is, by its header. Where that does not say, or cannot be read, by the file's size and the mean of the
    /// others.
    ///
    /// - Complexity: opens every file, on `threads` threads.
    static func lengths(of clips: [BatchClip], _ video: VideoOptions, threads: Int) -> [Length] {
        let known = Mutex([Length?](repeating: nil, count: clips.count)), next = Atomic(0)
        onThreads(min(threads, clips.count), named: "deepvid length") { _ in
            while true {
                let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
                guard index < clips.count else { return }
                var options = VideoOptions()
                options.threads = 1
                guard let info = try? Video.VideoReader(clips[index].path, options: options).info, let seconds = info.duration else {
                    continue
                }
                let frames = video.expectedFrames(of: seconds, rate: info.averageFrameRate?.value)
                known.withLock { $0[index] = Length(seconds: seconds, frames: frames) }
            }
        }
        let lengths = known.withLock { $0 }
        var sum = Length(seconds: 0, frames: 0), bytes = 0.0
        for case (let clip, let length?) in zip(clips, lengths) {
            sum = Length(seconds: sum.seconds + length.seconds, frames: sum.frames + length.frames)
            bytes += Double(clip.sizeBytes)
        }
        // Of none known, every byte is as long.
        if bytes == 0 { (sum, bytes) = (Length(seconds: 1, frames: 1), 1) }
        return zip(clips, lengths).map { clip, length in
            if let length { return length }
            let share = Double(clip.sizeBytes) / bytes
            return Length(seconds: share * sum.seconds, frames: share * sum.frames)
        }
    }
}

extension VideoOptions {
    /// About how many frames these options select of so many seconds.
    /// - Parameter rate: of the video; nil where the header does not say, and then a usual one is taken.
    func expectedFrames(of length: Double, rate: Double?) -> Double {
        let rate = min(rate ?? 25, fps ?? .infinity) / Double(every)
        let seconds = min(max(length - start, 0), duration ?? .infinity)
        return min(seconds * rate, maxFrames.map(Double.init) ?? .infinity)
    }
}
