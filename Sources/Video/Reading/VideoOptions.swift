import Concurrency

/// What to read of an input, and how.
///
/// The default reads every frame of the first (best) video stream from the beginning to the end.
public struct VideoOptions: Sendable, Hashable {
    /// Seconds from the stream's beginning; the first frame shown at or after it is the first delivered. Exact.
    public var start: Double
    /// Seconds of video from ``start`` on; `nil` reads to the end.
    public var duration: Double?
    /// Deliver every N-th decoded frame, the first included. Not together with ``fps``.
    public var every: Int
    /// Deliver the frames nearest to this many evenly spaced instants a second; never a frame twice.
    public var fps: Double?
    /// Deliver key frames only: those that decode without others, as the container marks them. Not together with ``every`` and ``fps``.
    public var choosesKeyFrames = false
    /// Stop after this many delivered frames.
    public var maxFrames: Int?
    /// The stream's index in the container; `nil` takes the one that FFmpeg thinks best.
    public var stream: Int?
    /// Ask the decoder for its motion vectors (MPEG-4, H.264 and their elders have them; others are
    /// decoded as ever). It costs the decoder's frame threads.
    public var exportMotionVectors = false
    /// Decoder threads; 0 takes one for each CPU.
    public var threads: Int
    /// FFmpeg itself would take one thread more than there are CPUs. It decodes no faster for it, and each has a picture and a context of its own.
    var decoderThreads: Int { threads > 0 ? threads : min(availableCPUs(), 16) }
    /// Seconds without any data after which a network input, FIFO or device counts as dead.
    public var timeout: Double
    /// Whether pictures come as they are taken and late ones are worthless: they are decoded without delay, dropped when
    /// nobody takes them, and what has a length (a file, a playlist's segment) is played at its own rate. `nil` lets the
    /// input decide whether they are dropped, and changes nothing else.
    public var live: Bool?
    /// How RTSP sends pictures.
    public var rtspTransport = RTSPTransport.tcp
    /// Frames a second that an image sequence is played at.
    public var imageRate: Int = 25
    /// Go on from here instead of beginning; see ``Frame/resumePoint``. Everything else must be as it was then.
    public var resume: ResumePoint?
    /// Give up after this many consecutive packets that could not be decoded.
    public var maxCorruptRun: Int = 1000

    public enum RTSPTransport: String, Sendable, CaseIterable {
        /// On the connection of the commands; UDP if the server refuses that.
        case tcp
        /// Datagrams: nothing waits for what was lost, and lost packets are gray pictures.
        case udp
    }

    /// - Parameter threads: of the decoder; 0 takes one for each CPU.
    public init(
        start: Double = 0, duration: Double? = nil, every: Int = 1, fps: Double? = nil, maxFrames: Int? = nil, stream: Int? = nil,
        threads: Int = 0, timeout: Double = 10, live: Bool? = nil
    ) {
        (self.start, self.duration, self.every, self.fps) = (start, duration, every, fps)
        (self.maxFrames, self.stream, self.threads, self.timeout, self.live) = (maxFrames, stream, threads, timeout, live)
    }

    /// Decode also what nobody needs: to compare with.
    package var decodesAll = false

    /// Whether not all frames are delivered.
    var isSampled: Bool { every > 1 || fps != nil || choosesKeyFrames }

    func validate() throws(VideoError) {
        let duration = duration ?? .infinity, rate = fps ?? 1, maxFrames = maxFrames ?? .max
        let rules = [
            (start >= 0 && start.isFinite, "start must be 0 seconds or more, not \(start)"),
            (duration > 0, "duration must be more than 0 seconds, not \(duration)"),
            (every >= 1, "every must be 1 or more, not \(every)"),
            (rate > 0 && rate.isFinite, "fps must be more than 0, not \(rate)"),
            (fps == nil || every == 1, "every and fps both select frames; give one of them"),
            (!choosesKeyFrames || fps == nil && every == 1, "every, fps and key frames all select frames; give one of them"),
            (maxFrames > 0, "maxFrames must be 1 or more, not \(maxFrames)"),
            ((0...64).contains(threads), "threads must be 0 (automatic) to 64, not \(threads)"),
            (timeout > 0 && timeout < 1e6, "timeout must be more than 0 seconds, not \(timeout)"),
            ((1...1000).contains(imageRate), "imageRate must be 1 to 1000, not \(imageRate)"),
            (maxCorruptRun >= 1, "maxCorruptRun must be 1 or more, not \(maxCorruptRun)"),
        ]
        if let (_, message) = rules.first(where: { !$0.0 }) { throw VideoError(.invalidOptions, message) }
    }
}
