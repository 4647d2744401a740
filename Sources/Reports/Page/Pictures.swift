import DeepVid
import Results
import Tracking
import Video
import Vision

/// Pictures of events: each shows its own object, and no other that was there at the time.
extension ReportContent {
    /// Pictures of events in a page: some 4 KB each.
    static let mostCrops = 96
    /// Pictures of the frames that agreed least: of an input, and in all.
    private static let mostWorst = (input: 6, page: 24)

    /// Takes the pictures that the page holds: of all events, or else of the surest one of each of 96 equal parts of their list.
    package mutating func takePictures(control: RunControl) {
        let sources = inputs.indices.map { clip(of: $0) }
        let candidates = events.indices.filter { sources[events[$0].input] != nil || object(events[$0]).snapshot != nil }
        for event in Self.spread(candidates, atMost: Self.mostCrops, by: { object(events[$0]).score }) {
            if control.isStopped { return }
            let event = events[event]
            do throws(VideoError) {
                inputs[event.input].crops[event.place] = try inputs[event.input].crop(of: event.place, clip: sources[event.input])
            } catch { note(error, of: event.input) }
        }
        var left = Self.mostWorst.page
        for index in inputs.indices {
            guard let clip = sources[index] else { continue }
            for frame in (inputs[index].comparison?.worst ?? []).prefix(min(left, Self.mostWorst.input)) where !control.isStopped {
                do throws(VideoError) {
                    inputs[index].worstFrames[frame.frame] = try inputs[index].picture(of: frame, clip: clip)
                    left -= 1
                } catch { note(error, of: index) }
            }
        }
        var missing = 0
        for index in inputs.indices where sources[index] == nil && inputs[index].crops.isEmpty {
            inputs[index].pictureProblem = inputs[index].missingClip
            if !inputs[index].isLive, !inputs[index].objects.list.isEmpty { missing += 1 }
        }
        if missing > 0 {
            warnings.append(
                "no pictures of \(missing == 1 ? "1 recording that is" : "\(missing) recordings that are") not where the results say: run it "
                    + "in the folder in which infer or batch ran, or name them with --clip")
        }
        for index in inputs.indices where inputs[index].pictureProblem == nil {
            let wanted = candidates.contains { events[$0].input == index } && candidates.count <= Self.mostCrops
            if wanted, inputs[index].crops.isEmpty, let source = sources[index] {
                inputs[index].pictureProblem = "\(source) does not have these frames"
            }
        }
    }

    private mutating func note(_ error: VideoError, of input: Int) {
        guard inputs[input].pictureProblem == nil else { return }
        warnings.append("no pictures of \(inputs[input].source): \(error.description)")
        inputs[input].pictureProblem = error.description
    }

    /// At most `limit` of a list, spread over it: the best of each part.
    static func spread(_ list: [Int], atMost limit: Int, by value: (Int) -> Double) -> [Int] {
        guard list.count > limit else { return list }
        return (0..<limit).compactMap { part in
            list[part * list.count / limit..<(part + 1) * list.count / limit].max { value($0) < value($1) }
        }
    }

    /// The clip of an input: one that was named, else the path of the results, from the working directory or from beside the results.
    /// Nil if there is no such file.
    func clip(of input: Int) -> String? {
        let source = inputs[input].source
        let named = clips.first { baseName($0) == baseName(source) } ?? (inputs.count == 1 && clips.count == 1 ? clips[0] : nil)
        return named ?? ClipFiles.find(source, results: inputs[input].file)
    }
}

extension ReportInput {
    /// Why there is no clip to take pictures from.
    var missingClip: String {
        isLive
            ? "a camera's pictures are gone with the moment; 'infer --snapshots' keeps those of objects"
            : "\(source) is not here; name the clip with --clip"
    }

    /// A JPEG file of an object where it was seen best: of the picture that was kept of it, or else taken from the clip. Nil if neither is
    /// there.
    /// - Throws: when the picture or the clip cannot be read, or is another one.
    func crop(of place: Int, clip: String?) throws(VideoError) -> [UInt8]? {
        let view = objects.list[place].best
        if let kept = snapshot(of: place), let frame = try Video.VideoReader(kept).next() {
            return try CropPlan(box: [], frameWidth: frame.width, frameHeight: frame.height).draw(frame)
        }
        guard let clip, let frame = try frame(at: view.ptsS, of: clip) else { return nil }
        return try CropPlan(box: view.box, frameWidth: frame.width, frameHeight: frame.height).draw(frame)
    }

    /// The picture that was kept of an object, if it is there: in the folder of the run, or beside the results.
    private func snapshot(of place: Int) -> String? {
        guard let name = objects.list[place].snapshot, name.hasSuffix(".jpg") else { return nil }
        return ClipFiles.find((options?.snapshots.map { $0 + "/" } ?? "") + name, results: file)
    }

    /// A JPEG file of a whole frame, small.
    func picture(of frame: ComparisonRecord.WorstFrame, clip: String) throws(VideoError) -> [UInt8]? {
        guard let frame = try self.frame(at: frame.ptsS, of: clip) else { return nil }
        return try CropPlan(box: [], frameWidth: frame.width, frameHeight: frame.height).draw(frame)
    }

    /// - Throws: when the clip cannot be read, or is another one.
    func open(_ clip: String) throws(VideoError) -> StreamInfo {
        var options = VideoOptions()
        options.stream = self.options?.stream
        let info = try Video.VideoReader(clip, options: options).info
        if let video, video.width != info.width || video.height != info.height {
            throw VideoError(
                .refused, "has \(info.width)×\(info.height) pixels, and the results are of \(video.width)×\(video.height)",
                url: InputName(clip).redacted)
        }
        return info
    }

    private func frame(at ptsS: Double?, of clip: String) throws(VideoError) -> Frame? {
        guard let ptsS, ptsS.isFinite else { return nil }
        let info = try open(clip)
        var options = VideoOptions()
        (options.stream, options.maxFrames) = (self.options?.stream, 1)
        options.start = max(0, ptsS - (info.startSeconds ?? 0) - 0.0005)
        guard let frame = try Video.VideoReader(clip, options: options).next(), let pts = frame.ptsSeconds, abs(pts - ptsS) < 0.003 else {
            return nil
        }
        return frame
    }
}

/// The part of a frame that a picture shows: an object with something around it, in the shape of the page's pictures.
struct CropPlan: Equatable {
    /// Pixels of a picture. Twice the size that it has on the page, for fine screens.
    static let size = (width: 208, height: 156)
    /// Source pixels a picture shows at least, across: of a far car one sees more around it than of a near one.
    private static let leastWidth = 104.0
    /// The object's share of the picture, across or down.
    private static let share = 0.6

    /// Of the picture, in pixels; less than `size` only where the whole frame has another shape.
    let width: Int
    let height: Int
    /// Pixels of the picture per source pixel, and the place of its left upper corner in the enlarged frame.
    let scale: Double
    let x: Int
    let y: Int
    /// The object, in pixels of the picture; nil where it is the whole frame.
    let mark: PixelRect?
    private let frame: (width: Int, height: Int)

    static func == (a: CropPlan, b: CropPlan) -> Bool {
        (a.width, a.height, a.scale, a.x, a.y) == (b.width, b.height, b.scale, b.x, b.y) && a.mark == b.mark
    }

    /// - Parameter box: in source pixels; what is no box gives the whole frame.
    init(box: [Double], frameWidth: Int, frameHeight: Int) {
        let full = (width: Double(frameWidth), height: Double(frameHeight))
        let size = (width: Double(Self.size.width), height: Double(Self.size.height))
        let shape = size.width / size.height
        // The widest part of that shape, and the narrowest one: a frame is not enlarged beyond what can be sampled.
        let widest = min(full.width, full.height * shape), narrowest = size.width * max(full.width, full.height) / 32768
        let wanted = Box(list: box).flatMap { box -> Double? in
            let (across, down) = (Double(box.width), Double(box.height) * shape)
            let wanted = max(across / Self.share, down / Self.share, Self.leastWidth)
            return wanted <= widest ? wanted : max(across, down) <= widest ? widest : nil
        }
        guard let wanted, wanted >= narrowest else {
            scale = min(size.width / full.width, size.height / full.height)
            frame = (max(1, Int((full.width * scale).rounded())), max(1, Int((full.height * scale).rounded())))
            (width, height, x, y) = (frame.width, frame.height, 0, 0)
            mark = Box(list: box).map { [scale] in Self.scaled($0, by: scale, x: 0, y: 0) }
            return
        }
        scale = size.width / wanted
        frame = (max(1, Int((full.width * scale).rounded())), max(1, Int((full.height * scale).rounded())))
        (width, height) = (min(Self.size.width, frame.width), min(Self.size.height, frame.height))
        let center = (box[0] + box[2] / 2, box[1] + box[3] / 2)
        x = max(0, min(Int(center.0 * scale) - width / 2, frame.width - width))
        y = max(0, min(Int(center.1 * scale) - height / 2, frame.height - height))
        mark = Box(list: box).map { [scale, x, y] in Self.scaled($0, by: scale, x: x, y: y) }
    }

    private static func scaled(_ box: Box, by scale: Double, x: Int, y: Int) -> PixelRect {
        let (left, top) = (Double(box.x) * scale, Double(box.y) * scale)
        let (right, bottom) = (left + Double(box.width) * scale, top + Double(box.height) * scale)
        return PixelRect(
            x: Int(left.rounded()) - x, y: Int(top.rounded()) - y, width: Int(right.rounded()) - Int(left.rounded()),
            height: Int(bottom.rounded()) - Int(top.rounded()))
    }

    /// A JPEG file.
    func draw(_ source: Frame) throws(VideoError) -> [UInt8] {
        var canvas = try Canvas(source, width: frame.width, height: frame.height, columns: x..<x + width, rows: y..<y + height)
        // A thin line around the object: what is in it stays as it was.
        if let mark {
            canvas.outline(mark.widened(by: 2), .black, opacity: 0.6)
            canvas.outline(mark.widened(by: 1), .yellow, opacity: 0.9)
        }
        return try canvas.jpeg(quantizer: 6)
    }
}
