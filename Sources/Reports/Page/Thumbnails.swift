import Results
import Tracking
import Video

/// Small images of chosen frames of a clip.
enum Thumbnails {
    /// Pixels; the height follows from the shape of the clip.
    static let width = 320

    /// A frame to be shown, and the objects to be marked in it.
    typealias Request = (frame: Int, ptsS: Double, objects: [DetectedObject])

    /// - Returns: JPEG files by frame; frames that the clip does not have are left out.
    /// - Throws: when the clip cannot be read, or is another one.
    static func make(_ requests: [Request], clip: String, video: BeginRecord.Video?, stream: Int?) throws(VideoError) -> [Int: [UInt8]] {
        guard !requests.isEmpty else { return [:] }
        var options = VideoOptions()
        options.stream = stream
        let info = try VideoReader(clip, options: options).info
        if let video, video.width != info.width || video.height != info.height {
            throw VideoError(
                .refused, "has \(info.width)×\(info.height) pixels, and the results are of \(video.width)×\(video.height)",
                url: InputName(clip).redacted)
        }
        var images: [Int: [UInt8]] = [:]
        options.maxFrames = 1
        for request in requests where images[request.frame] == nil {
            options.start = max(0, request.ptsS - (info.startSeconds ?? 0) - 0.0005)
            guard let frame = try VideoReader(clip, options: options).next(), let pts = frame.ptsSeconds, abs(pts - request.ptsS) < 0.003
            else {
                continue
            }
            images[request.frame] = try draw(frame, request.objects)
        }
        return images
    }

    private static func draw(_ frame: Frame, _ objects: [DetectedObject]) throws(VideoError) -> [UInt8] {
        let scale = min(Double(width) / Double(frame.width), Double(width) * 1.5 / Double(frame.height))
        let size = (width: max(1, Int(Double(frame.width) * scale)), height: max(1, Int(Double(frame.height) * scale)))
        var canvas = try Canvas(frame, width: size.width, height: size.height)
        RecordOverlay(scale: Point(Double(size.width), Double(size.height)) / Point(Double(frame.width), Double(frame.height)))
            .draw(objects, on: &canvas)
        return try canvas.jpeg(quantizer: 6)
    }
}
