import DeepVid
import Models
import Video

/// Frames of the user's clips, evenly spread over each: in turns, stretches to tune on and stretches to judge by.
struct SampledFrames {
    /// What is measured and fitted while tuning.
    private(set) var tuning: [Frame] = []
    /// What is looked at once the search is over.
    private(set) var heldOut: [Frame] = []
    /// Frames that each clip has, as many as were chosen by the options.
    private(set) var counts: [Int] = []
    /// Of the frames as displayed, one for each clip that has any.
    private(set) var sizes: [(width: Int, height: Int)] = []

    /// A clip is cut into so many stretches: neighbouring frames are nearly the same, so those of one stretch are all on one side.
    static let stretches = 8
    /// Bytes of pixels that are held, of all clips together; while a clip is read, twice as many frames as are wanted.
    private static let memory = 384 << 20

    /// - Parameters:
    ///   - wanted: frames of all clips together.
    ///   - isStopped: whether to give up.
    /// - Throws: where a clip cannot be read, or there are too few frames.
    init(
        _ clips: [String], _ options: VideoOptions, wanted: Int, isStopped: () -> Bool, onProgress: (String) -> Void
    ) throws(DeepVidError) {
        for clip in clips where !isStopped() {
            onProgress("reading \(displayName(of: clip))")
            let (frames, count) = try Self.sample(
                clip, options, wanted: max(wanted / clips.count, 2 * Self.stretches), bytes: Self.memory / clips.count, isStopped)
            counts.append(count)
            if let first = frames.first?.frame { sizes.append((first.width, first.height)) }
            for (frame, index) in frames {
                if Self.isHeldOut(index, of: count) { heldOut.append(frame) } else { tuning.append(frame) }
            }
        }
        guard isStopped() || tuning.count >= Self.stretches && heldOut.count >= Self.stretches else {
            throw DeepVidError(
                .tooLittle,
                "the clips have \(tuning.count + heldOut.count) frames to tune on and to judge by, and \(4 * Self.stretches) or more are needed: "
                    + "name more or longer clips")
        }
    }

    /// Whether a frame is of a stretch that is judged by. The index counts from 0 the frames that the options choose.
    static func isHeldOut(_ index: Int, of count: Int) -> Bool { index * stretches / max(count, 1) % 2 == 1 }

    /// Every n-th frame, where n doubles whenever there are twice as many as wanted: how long a clip is, only its end tells.
    private static func sample(
        _ clip: String, _ options: VideoOptions, wanted: Int, bytes: Int, _ isStopped: () -> Bool
    ) throws(DeepVidError) -> (frames: [(frame: Frame, index: Int)], count: Int) {
        let reader = try DeepVid.VideoReader(clip, options: options)
        var (frames, every, count, most): ([(frame: Frame, index: Int)], Int, Int, Int) = ([], 1, 0, wanted)
        while !isStopped(), let frame = try reader.next() {
            if count == 0 { most = max(min(wanted, bytes / 2 / max(frame.width * frame.height * 3 / 2, 1)), 2 * stretches) }
            if count.isMultiple(of: every) {
                frames.append((frame, count))
                if frames.count == 2 * most {
                    frames = frames.enumerated().filter { $0.offset.isMultiple(of: 2) }.map(\.element)
                    every *= 2
                }
            }
            count += 1
        }
        return (frames, count)
    }
}
