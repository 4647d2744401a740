import Pictures
import Results
import Video

/// Small pictures of chosen frames out of a clip.
struct Thumbnails {
    /// Pixels; as high as the clip's shape asks for.
    static let width = 320

    /// A frame to be shown, and what to mark in it.
    struct Wish {
        var frame: Int
        var ptsS: Double
        var objects: [DetectedObject]
    }

    /// - Returns: JPEG files by frame; frames that the clip does not have are left out.
    /// - Throws: when the clip cannot be read, or is another one.
    static func make(_ wishes: [Wish], clip: String, video: BeginRecord.Video?, stream: Int?) throws(VideoError) -> [Int: [UInt8]] {
        guard !wishes.isEmpty else { return [:] }
        var options = VideoOptions()
        options.stream = stream
        let info = try VideoReader(clip, options: options).info
        if let video, video.width != info.width || video.height != info.height {
            throw VideoError(
                .refused, "has \(info.width)×\(info.height) pixels, and the results are of \(video.width)×\(video.height)", url: clip)
        }
        var pictures: [Int: [UInt8]] = [:]
        options.maxFrames = 1
        for wish in wishes where pictures[wish.frame] == nil {
            options.start = max(0, wish.ptsS - (info.startSeconds ?? 0) - 0.0005)
            guard let frame = try VideoReader(clip, options: options).next(), let pts = frame.ptsSeconds, abs(pts - wish.ptsS) < 0.003
            else {
                continue
            }
            pictures[wish.frame] = try draw(frame, wish.objects)
        }
        return pictures
    }

    private static func draw(_ frame: Frame, _ objects: [DetectedObject]) throws(VideoError) -> [UInt8] {
        let scale = min(Double(width) / Double(frame.width), Double(width) * 1.5 / Double(frame.height))
        let size = (width: max(1, Int(Double(frame.width) * scale)), height: max(1, Int(Double(frame.height) * scale)))
        var canvas = try Canvas(frame, width: size.width, height: size.height)
        let painter = FramePainter(
            scaleX: Double(size.width) / Double(frame.width), scaleY: Double(size.height) / Double(frame.height))
        let record = FrameRecord(frame: frame.index, ptsS: nil, objects: objects, timingMs: Timing(decode: 0, infer: 0))
        painter.paint(record, isHeld: false, title: "", on: &canvas)
        return try canvas.jpeg(quantizer: 6)
    }

    /// The clip of a section: where the results say, from here or from beside the results. Nil if there is no such file.
    ///
    /// Ordinary files only: a results file must not make anyone open a network address or a device.
    static func find(_ source: String, results: String) -> String? {
        var candidates = [source]
        if !source.hasPrefix("/"), let cut = results.lastIndex(of: "/") { candidates.append(results[...cut] + source) }
        if let cut = results.lastIndex(of: "/") { candidates.append(results[...cut] + String(baseName(source))) }
        return candidates.first(where: isOrdinaryFile)
    }
}
