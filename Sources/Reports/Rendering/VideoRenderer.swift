import Models
import Pictures
import Results
import Video

/// Draws results over their clip and writes that as a video.
///
/// ```
/// decode thread ──▶ FrameFeed ──▶ picture ──▶ FramePainter ──▶ VideoWriter (threads of libx264)
///                   ClipRecords ───────────────────▲
/// ```
/// All frames from the first to the last that the results speak of are shown; where these skip frames, boxes hold until the next
/// record and are drawn faintly meanwhile.
public final class Rendering {
    public struct Outcome: Sendable {
        /// Frames in the video.
        public var frames = 0
        public var bytes = 0
        public var codec: VideoWriterOptions.Codec?
        /// Things that a person should know, though the video is there.
        public var warnings: [String] = []
        /// Why the video is not all that it should be, or not there.
        public var error: DeepVidError?
        /// Whether there is a video.
        public var isWritten = false
    }

    private let clip: String
    private let options: RenderOptions
    private let control: RunControl
    private let records: ClipRecords

    /// - Throws: `DeepVidError` when the results cannot be read.
    public init(_ clip: String, _ options: RenderOptions, control: RunControl) throws(DeepVidError) {
        (self.clip, self.options, self.control) = (clip, options, control)
        records = try ClipRecords(options.results, clip: clip)
    }

    /// Renders until the records or the clip end, or a stop comes: what was rendered is a whole video then.
    public func run(onProgress: (Progress) -> Void = { _ in }) -> Outcome {
        var outcome = Outcome()
        warnOfAnotherName(&outcome)
        var work: Work?
        do throws(DeepVidError) {
            var video = VideoOptions()
            video.start = max(0, records.begin?.options.startS ?? 0)
            video.stream = records.begin?.options.stream
            guard let feed = try FrameFeed(clip, options: video, control: control) else { return outcome }
            try checkSize(feed.info)
            while let frame = try feed.next() {
                let own = try records.move(to: frame.index)
                guard records.covers(frame.index) else { break }
                // Before the first record there is nothing to show.
                guard let own, let record = records.current else { continue }
                if own { try checkTime(frame, record) }
                if work == nil { work = try Work(frame, feed.info, records.begin, options) }
                guard let open = work else { break }
                try open.add(frame, record, isHeld: !own)
                onProgress(Progress(frames: open.frames, at: FrameFacts(frame), of: feed.info, video))
            }
            if !control.isStopped, let coming = records.coming { throw clipIsShorter(coming) }
        } catch {
            outcome.error = error
        }
        finish(work, &outcome)
        return outcome
    }

    private func finish(_ work: Work?, _ outcome: inout Outcome) {
        outcome.frames = work?.frames ?? 0
        outcome.codec = work?.writer.codec
        if records.isCutOff {
            outcome.warnings.append("\(records.name): the last line is not complete; the run that wrote it was cut short")
        }
        if outcome.codec == .mpeg4, options.video.codec == nil {
            outcome.warnings.append("this FFmpeg has no libx264; \(options.output) is MPEG-4 part 2, which browsers do not play")
        }
        // It is another clip, and the error says so.
        if outcome.error?.code == .resultsMismatch { outcome.warnings = [] }
        // Of another clip: a picture of it would be wrong. (A dropped writer leaves no file.)
        guard let work, work.frames > 0, outcome.error?.code != .resultsMismatch, outcome.error?.code != .unwritable else {
            if outcome.error == nil, !control.isStopped {
                outcome.error = DeepVidError(
                    .resultsMismatch, "\(records.name): begins with frame \(records.coming?.frame ?? 0), after the end of \(clip)")
            }
            return
        }
        do throws(VideoError) {
            outcome.bytes = try work.writer.finish()
            outcome.isWritten = true
        } catch { outcome.error = DeepVidError(error) }
    }

    // MARK: - Is it this clip?


    private func warnOfAnotherName(_ outcome: inout Outcome) {
        guard let source = records.begin?.source, source != "-", clip != "-", baseName(source) != baseName(clip) else { return }
        outcome.warnings.append("\(records.name): was made from \(source); is it the same clip as \(clip)?")
    }

    private func checkSize(_ info: StreamInfo) throws(DeepVidError) {
        guard let video = records.begin?.video, video.width != info.width || video.height != info.height else { return }
        throw DeepVidError(
            .resultsMismatch,
            "\(records.name): is of a clip of \(video.width)×\(video.height) pixels, and \(clip) has \(info.width)×\(info.height); "
                + "name the clip that the results were made from")
    }

    /// Containers differ in how finely they tell time: a millisecond in Matroska.
    private func checkTime(_ frame: Frame, _ record: FrameRecord) throws(DeepVidError) {
        guard let there = record.ptsS, let here = frame.ptsSeconds, !(abs(there - here) <= 0.002) else { return }
        throw DeepVidError(
            .resultsMismatch,
            "\(records.name): frame \(frame.index) is shown at \(decimal(there, 3)) s there and at \(decimal(here, 3)) s in \(clip); "
                + "name the clip that the results were made from")
    }

    private func clipIsShorter(_ coming: FrameRecord) -> DeepVidError {
        DeepVidError(
            .resultsLonger,
            "\(records.name): goes on with frame \(coming.frame) (line \(records.line)), after the end of \(clip); is it the same clip?")
    }
}

extension Rendering {
    /// What is open while frames are written.
    private final class Work {
        let writer: VideoWriter
        private let loader: PictureLoader
        private let picture: PlanarPicture
        private let options: RenderOptions
        private let shapes: [NamedShape]
        private let heat: ReuseHeat?
        private(set) var frames = 0

        init(_ frame: Frame, _ info: StreamInfo, _ begin: BeginRecord?, _ options: RenderOptions) throws(DeepVidError) {
            self.options = options
            let (width, height) = (Double(frame.width) * options.scale, Double(frame.height) * options.scale)
            guard width >= 1, height >= 1, width <= 16384, height <= 16384 else {
                throw DeepVidError(
                    .invalidOptions,
                    "--scale \(options.scale) of \(frame.width)×\(frame.height) pixels gives no picture of 1 to 16384 pixels a side")
            }
            var video = options.video
            video.frameRate = info.averageFrameRate
            do throws(VideoError) {
                loader = PictureLoader(width: Int(width.rounded()), height: Int(height.rounded()))
                picture = try loader.makePicture()
                try loader.load(frame, into: picture)
                writer = try VideoWriter(options.output, first: picture, options: video)
            } catch { throw DeepVidError(error) }
            shapes = NamedShape.all(options.zones?.layout(width: frame.width, height: frame.height), or: begin)
            heat = options.showsHeat ? ReuseHeat(begin, frameWidth: frame.width, frameHeight: frame.height) : nil
        }

        func add(_ frame: Frame, _ record: FrameRecord, isHeld: Bool) throws(DeepVidError) {
            do throws(VideoError) {
                try loader.load(frame, into: picture)
                var canvas = PlanarCanvas(picture)
                if let heat {
                    // Between records nothing was compared, and the reference stayed.
                    if !isHeld { try heat.add(frame, isInFull: record.cache?.reason != nil) }
                    heat.draw(on: &canvas)
                }
                let painter = FramePainter(
                    scaleX: Double(canvas.width) / Double(frame.width), scaleY: Double(canvas.height) / Double(frame.height),
                    shapes: shapes, showsReuse: options.showsReuse || options.showsHeat)
                painter.paint(record, isHeld: isHeld, title: title(frame), on: &canvas)
                try writer.write(picture)
            } catch { throw DeepVidError(error) }
            frames += 1
        }

        private func title(_ frame: Frame) -> String {
            guard let pts = frame.ptsSeconds else { return "frame \(frame.index)" }
            return "\(clock(pts))  frame \(frame.index)"
        }
    }
}

/// `1:02:03.456`, `2:03.456`.
func clock(_ seconds: Double) -> String {
    guard seconds.isFinite, abs(seconds) < 1e9 else { return "\(seconds) s" }
    let milliseconds = Int((abs(seconds) * 1000).rounded())
    let (hours, minutes) = (milliseconds / 3_600_000, milliseconds / 60_000 % 60)
    let tail = "\(padded(milliseconds / 1000 % 60, 2)).\(padded(milliseconds % 1000, 3))"
    let sign = seconds < 0 ? "-" : ""
    return hours > 0 ? "\(sign)\(hours):\(padded(minutes, 2)):\(tail)" : "\(sign)\(minutes):\(tail)"
}
