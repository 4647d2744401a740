/// Gives frames of a stream for the packets that it takes, and knows of each which group it is of and whether it was decoded.
protocol GroupwiseDecoder: AnyObject {
    /// Frames that were delivered, by who delivers them.
    var framesDelivered: Int { get set }
    /// Frames that were not decoded in their turn.
    var framesLeft: Int { get set }
    /// Nanoseconds that went by in deciding, which is no decoding.
    var deciding: UInt64 { get }
    var hasDecoded: Bool { get }
    /// The next frame in the order in which they are shown, not numbered; `nil` at the end.
    /// - Throws: as `StreamDecoder.next()`.
    func next() throws(VideoError) -> Frame?
}

/// Decodes key frames of a stream, and single frames after them, beside the decoder that its other pictures go through. What is wrong with
/// a picture is counted when it is decoded in its turn.
final class KeyFrameDecoder {
    private let main: StreamDecoder
    private let single: StreamDecoder
    private let options: VideoOptions
    private let log: FFmpegLog
    /// Made when it is wanted first; stays `nil` where there is one thread only.
    private var threads: KeyFrameThreads?
    private var mayStartThreads: Bool
    private let count: Int
    /// The group whose key frame was sent to `single` last, if others can be sent after it.
    private weak var open: PacketGroup?

    var timeBase: Rational { main.timeBase }
    var interval: Int64 { main.interval }
    /// Of a picture, as the container says; 0 if it does not.
    var pixels: Int {
        let parameters = main.stream.pointee.codecpar.pointee
        return max(0, Int(parameters.width)) * max(0, Int(parameters.height))
    }
    private(set) var hasDecoded = false

    init(beside main: StreamDecoder, options: VideoOptions) throws(VideoError) {
        var own = options
        (own.threads, own.exportMotionVectors) = (1, false)
        (self.main, self.options, log) = (main, own, FFmpegLog(main.container.redaction))
        single = try StreamDecoder(container: main.container, stream: main.stream, options: own, log: log)
        count = min(KeyFrameThreads.most, options.decoderThreads)
        mayStartThreads = options.live != true && count > 1
    }

    /// Begins to decode the group's key frame on another thread, if there is one.
    func begin(keyOf group: PacketGroup) {
        guard group.keyFrame == nil, group.keyJob == nil, group.framesJob == nil, canDecode(keyOf: group), let threads = startThreads()
        else { return }
        let job = KeyFrameJob(group.pictures[0])
        group.keyJob = job
        threads.add(job)
    }

    /// Begins to decode the group's key frame and some of its frames on another thread, if there is one.
    /// - Parameter places: of those frames, in `pictures`.
    func begin(framesOf group: PacketGroup, at places: [Int]) {
        guard group.framesJob == nil, !places.isEmpty, canDecode(framesOf: group), canDecode(keyOf: group), let threads = startThreads()
        else { return }
        let job = GroupFramesJob(group, at: places)
        group.framesJob = job
        threads.add(job)
    }

    private func startThreads() -> KeyFrameThreads? {
        guard mayStartThreads else { return threads }
        mayStartThreads = false
        let decoders = (0..<count).compactMap { _ in
            try? StreamDecoder(container: main.container, stream: main.stream, options: options, log: log)
        }
        threads = KeyFrameThreads(decoders)
        return threads
    }

    private func canDecode(keyOf group: PacketGroup) -> Bool { group.beginsWithKey && !group.pictures[0].isCorrupt }

    private func canDecode(framesOf group: PacketGroup) -> Bool { group.beginsWithKey && group.isRegular && group.leading == 0 }

    /// The group's key frame, decoded by itself; `nil` if it is damaged. Costs nothing the second time.
    func keyFrame(of group: PacketGroup) throws(VideoError) -> Frame? {
        if let key = group.keyFrame { return key }
        guard canDecode(keyOf: group) else { return nil }
        let decoded: Frame?
        if let job = group.keyJob.take() {
            decoded = job.frame()
        } else if let job = group.framesJob {
            decoded = job.keyFrame()
        } else {
            decoded = try decode(keyOf: group)
        }
        guard var found = decoded else { return nil }
        hasDecoded = true
        guard found.isKeyFrame, !found.isCorrupt, found.pts == group.pictures[0].pts else { return nil }
        found.group = group.number
        group.keyFrame = found
        return found
    }

    private func decode(keyOf group: PacketGroup) throws(VideoError) -> Frame? {
        let begin = monotonicNanoseconds()
        open = nil
        guard let decoded = try single.decode(alone: group.pictures[0]) else { return nil }
        if decoded.canGoOn { open = group }
        var frame = decoded.frame
        frame.decodeMilliseconds = Double(monotonicNanoseconds() - begin) / 1e6
        return frame
    }

    /// Decodes a group as far as some of its frames need it, and gives these in the order in which they are shown. Costs less where they were
    /// begun.
    /// - Parameters:
    ///   - places: of those frames, in `pictures`.
    ///   - take: says whether to go on.
    /// - Returns: whether all came; false if one of them is damaged.
    func frames(of group: PacketGroup, at places: [Int], _ take: (Frame) -> Bool) throws(VideoError) -> Bool {
        guard !places.isEmpty else { return true }
        guard canDecode(framesOf: group) else { return false }
        if group.keyFrame != nil, let job = group.framesJob {
            group.framesJob = nil
            if job.has(places) { return job.frames(at: places, take) }
            job.cancel()
        }
        let isOpen = open === group
        defer { open = nil }
        if !isOpen { single.flush() }
        return try single.decode(group.pictures, from: isOpen ? 1 : 0, at: Set(places), take)
    }
}
