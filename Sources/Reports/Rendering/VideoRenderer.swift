import DeepVid
import Models
import Results
import Tracking
import Video

/// Draws results over their clip and writes that as a video.
///
/// ```
/// decode thread ──▶ Run ──▶ frame       ──▶ RecordOverlay ──▶ VideoWriter (threads of libx264)
///                  ClipRecords ─────────────▲
/// ```
/// All frames from the first to the last that the results have are shown; where these skip frames, boxes hold until the next
/// record and are drawn faintly meanwhile.
package final class VideoRenderer: FrameProcessor {
    package struct Options: Sendable {
        /// The results: a file of records, or `-`.
        package var results: String
        package var output: String
        package var video: VideoWriterOptions
        /// Size of the video as a multiple of the clip's.
        package var scale = 1.0
        /// Zones and lines to be drawn; nil draws those of the results, if they were made with some.
        package var zones: ZonePlan?
        /// Draws what changed against the stored reference.
        package var showsHeat = false
        /// Draws how much of the computation was reused.
        package var showsReuse = false
        package var labels = LabelStyle.full

        /// - Throws: `DeepVidError` when the name does not end like a container that can be written.
        package init(results: String, output: String) throws(DeepVidError) {
            (self.results, self.output) = (results, output)
            do throws(VideoError) { video = VideoWriterOptions(container: try .init(path: output)) } catch { throw DeepVidError(error) }
        }
    }

    package struct Outcome: Sendable {
        /// Frames in the video.
        package var frames = 0
        package var bytes = 0
        /// What a person should know, though the video is there.
        package var warnings: [String] = []
        /// Why the video is incomplete or missing.
        package var error: DeepVidError?
        package var isWritten = false
    }

    private let clip: String
    /// The clip without secrets, as messages name it.
    private let clipName: String
    private let options: Options
    private let control: RunControl
    private let records: ClipRecords
    private var info: StreamInfo?
    private var output: Output?
    private var clock = ClockJumps()
    /// Whether the records end before the frame in work.
    private var isOver = false

    /// - Throws: `DeepVidError` when the results cannot be read.
    package init(_ clip: String, _ options: Options, control: RunControl) throws(DeepVidError) {
        (self.clip, clipName, self.options, self.control) = (clip, displayName(of: clip), options, control)
        records = try ClipRecords(options.results, clip: clipName)
    }

    /// Renders until the records or the clip end, or a stop comes. A stop ends the video in order: it can be played.
    package func run(onProgress: (RunProgress) -> Void = { _ in }) -> Outcome {
        var outcome = Outcome(), video = VideoOptions()
        if let source = records.begin?.source, source != "-", clip != "-", baseName(source) != baseName(clipName) {
            outcome.warnings.append("\(records.name): was made from \(source); is it the same clip as \(clipName)?")
        }
        video.start = max(0, records.begin?.options.startS ?? 0)
        video.stream = records.begin?.options.stream
        let run = Run(clip, options: RunOptions(model: ModelOptions(), video: video, threads: 1), control: control, processor: self)
        do throws(Over) {
            let summary = try run.run(
                into: { (_, output) throws(Over) in
                    if case .begin(let info?, _) = output {
                        self.info = info
                        if let error = mismatch(info) { throw Over(error: error) }
                    }
                    if isOver { throw Over() }
                }, onProgress: onProgress)
            outcome.error = summary.error
            if outcome.error == nil, !control.isStopped, let upcoming = records.upcoming {
                outcome.error = DeepVidError(
                    .resultsLonger,
                    "\(records.name): goes on with frame \(upcoming.frame) (line \(records.line)), after the end of \(clipName); "
                        + "is it the same clip?")
            }
        } catch { outcome.error = error.error }
        if let warning = clock.warning { outcome.warnings.append("\(clipName): \(warning)") }
        finish(&outcome)
        return outcome
    }

    /// Ends a run before its input does, and says why if it should not.
    private struct Over: Error {
        var error: DeepVidError?
    }

    /// Draws on a frame and writes it, if the records cover it.
    package func process(_ frame: Frame, index: Int?) throws(DeepVidError) -> FrameResult {
        let result = FrameResult(FrameInfo(frame), answer: .detections([]), timing: FrameResult.Timing())
        let isOwn = try records.advance(to: frame.index)
        isOver = !records.covers(frame.index)
        // Before the first record there is nothing to show.
        guard !isOver, let isOwn, let record = records.current, let info else { return result }
        if isOwn, let error = mismatch(frame, record) { throw error }
        if output == nil { output = try Output(frame, info, records.begin, options) }
        clock.add(frame.index, at: frame.ptsSeconds)
        try output?.add(frame, record, isHeld: !isOwn)
        return result
    }

    private func finish(_ outcome: inout Outcome) {
        outcome.frames = output?.frames ?? 0
        if records.reader.isCutOff {
            outcome.warnings.append("\(records.name): the last line is not complete; the run that wrote it was cut short")
        }
        if output?.writer.codec == .mpeg4, options.video.codec == nil {
            outcome.warnings.append("this FFmpeg has no libx264; \(options.output) is MPEG-4 part 2, which browsers do not play")
        }
        // Results of another clip, drawn over this one, would be wrong. A writer that is not finished leaves no file.
        if outcome.error?.code == .resultsMismatch { outcome.warnings = [] }
        if let code = outcome.error?.code, [.resultsMismatch, .unwritable].contains(code) { return }
        guard let output, output.frames > 0 else {
            if outcome.error == nil, !control.isStopped {
                outcome.error = DeepVidError(
                    .resultsMismatch, "\(records.name): begins with frame \(records.upcoming?.frame ?? 0), after the end of \(clipName)")
            }
            return
        }
        do throws(VideoError) {
            outcome.bytes = try output.writer.finish()
            outcome.isWritten = true
        } catch { outcome.error = DeepVidError(error) }
    }

    // MARK: - Are the results of this clip?

    private func mismatch(_ info: StreamInfo) -> DeepVidError? {
        guard let video = records.begin?.video, video.width != info.width || video.height != info.height else { return nil }
        return DeepVidError(
            .resultsMismatch,
            "\(records.name): is of a clip of \(video.width)×\(video.height) pixels, and \(clipName) has \(info.width)×\(info.height); "
                + "name the clip that the results were made from")
    }

    /// Containers differ in how finely they store times: Matroska in milliseconds.
    private func mismatch(_ frame: Frame, _ record: FrameRecord) -> DeepVidError? {
        guard let there = record.ptsS, let here = frame.ptsSeconds, !(abs(there - here) <= 0.002) else { return nil }
        return DeepVidError(
            .resultsMismatch,
            "\(records.name): frame \(frame.index) is shown at \(Format.decimal(there, 3)) s there and at \(Format.decimal(here, 3)) s "
                + "in \(clipName); name the clip that the results were made from")
    }
}

/// What is open while frames are written.
private final class Output {
    let writer: VideoWriter
    private let planes: YUVImage
    private let showsReuse: Bool
    private let shapes: ZoneLayout
    private let heat: ChangeHeatmap?
    private let labels: LabelStyle
    private let isTracked: Bool
    private var counts: ShapeCounts?
    private var colors = TrackColors()
    private(set) var frames = 0

    init(_ frame: Frame, _ info: StreamInfo, _ begin: BeginRecord?, _ options: VideoRenderer.Options) throws(DeepVidError) {
        let (width, height) = (Double(frame.width) * options.scale, Double(frame.height) * options.scale)
        guard width >= 1, height >= 1, width <= 16384, height <= 16384 else {
            throw DeepVidError(
                .invalidOptions,
                "--scale \(options.scale) of \(frame.width)×\(frame.height) pixels gives no video of 1 to 16384 pixels a side")
        }
        var video = options.video
        video.frameRate = info.averageFrameRate
        do throws(VideoError) {
            planes = try YUVImage(width: Int(width.rounded()), height: Int(height.rounded()))
            try planes.load(frame)
            writer = try VideoWriter(options.output, first: planes, options: video)
        } catch { throw DeepVidError(error) }
        shapes = options.zones?.layout(width: frame.width, height: frame.height) ?? ZoneLayout(begin)
        heat = options.showsHeat ? ChangeHeatmap(begin, frameWidth: frame.width, frameHeight: frame.height) : nil
        (showsReuse, labels) = (options.showsReuse || options.showsHeat, options.labels)
        (counts, isTracked) = (ShapeCounts(begin), begin?.options.trackBufferS != nil)
    }

    func add(_ frame: Frame, _ record: FrameRecord, isHeld: Bool) throws(DeepVidError) {
        do throws(VideoError) {
            try planes.load(frame)
            var canvas = PlanarCanvas(planes)
            if let heat {
                // Frames without a record were not compared, so the reference stayed what it was.
                if !isHeld { try heat.add(frame, isInFull: record.cache?.reason != nil) }
                heat.draw(on: &canvas)
            }
            let scale = Point(Double(canvas.width), Double(canvas.height)) / Point(Double(frame.width), Double(frame.height))
            if !isHeld { counts?.add(record) }
            let overlay = RecordOverlay(
                scale: scale, shapes: shapes, counts: counts, showsReuse: showsReuse, labels: labels, isTracked: isTracked)
            let time = frame.ptsSeconds.map { "\(Format.clock($0))  " } ?? ""
            overlay.draw(record, isHeld: isHeld, title: "\(time)frame \(frame.index)", colors: &colors, on: &canvas)
            try writer.write(planes)
        } catch { throw DeepVidError(error) }
        frames += 1
    }
}

/// Counts the jumps of a clip's clock, as after a camera was restarted or set. ``VideoWriter`` leaves such gaps out of the video.
struct ClockJumps {
    /// Seconds: a longer step from one frame to the next is a jump, as is a step backwards of more than a second.
    static let longest = 600.0
    private var count = 0
    private var first: (frame: Int, seconds: Double)?
    private var last: Double?

    mutating func add(_ frame: Int, at seconds: Double?) {
        guard let seconds else { return }
        if let last, !(-1...Self.longest).contains(seconds - last) {
            count += 1
            first = first ?? (frame, seconds - last)
        }
        last = seconds
    }

    var warning: String? {
        first.map { first in
            let more = count > 1 ? ", and \(Format.count(count - 1, "time")) more" : ""
            return
                "the clock jumps by \(Format.decimal(first.seconds, 1)) s at frame \(first.frame)\(more); the video goes on without a gap"
        }
    }
}
