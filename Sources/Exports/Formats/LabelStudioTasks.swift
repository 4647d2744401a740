import DeepVid
import Results

/// Tasks with predictions, as Label Studio imports them: of followed objects a task for each video with their boxes over time; else a task
/// for each frame. Sizes are in percent of the picture. Media are named as files of a local storage, `/data/local-files/?d=street.mp4`.
///
/// - Complexity: of followed objects, memory grows with the number of boxes, because those of an object stand together.
final class LabelStudioTasks: ExportWriter {
    private let file: ExportFile
    private var tasks = 0
    /// Of inputs whose objects are followed, until they end.
    private var videos: [Int: Video] = [:]

    private struct Video {
        let input: ExportedInput
        var tracks = TrackedBoxes()
        var width, height: Double
        var lastFrame = 0
    }

    private struct Task<Value: Encodable>: Encodable {
        var data: [String: String]
        var predictions: [Prediction<Value>]
    }

    private struct Prediction<Value: Encodable>: Encodable {
        var model_version: String
        var score: Double?
        var result: [Region<Value>]
    }

    private struct Region<Value: Encodable>: Encodable {
        var id, from_name, to_name, type: String
        var original_width, original_height, image_rotation: Int?
        var score: Double?
        var value: Value
    }

    private struct Rectangle: Encodable {
        var x, y, width, height, rotation: Double
        var rectanglelabels: [String]
    }

    private struct VideoRectangle: Encodable {
        var framesCount: Int
        var duration: Double?
        var sequence: [Moment]
        var labels: [String]
    }

    private struct Moment: Encodable {
        var frame: Int
        var enabled: Bool
        var rotation, x, y, width, height: Double
        var time: Double?
    }

    init(_ file: ExportFile) throws {
        self.file = file
        try file.write("[")
    }

    func add(_ frame: ExportedFrame) throws {
        let input = frame.input
        if input.record.isTracked == true {
            let number = input.record.number
            if videos[number] == nil { videos[number] = Video(input: input, width: Double(frame.width), height: Double(frame.height)) }
            videos[number]!.tracks.add(frame)
            // As far as boxes have their frames' numbers.
            videos[number]!.lastFrame = max(videos[number]!.lastFrame, Int(Int32(clamping: frame.record.frame)))
            return
        }
        let name = input.pictureName(frame.record.frame)
        let regions = frame.objects.enumerated().map { index, object -> Region<Rectangle> in
            let (box, degrees) = object.uprightBox
            let (x, y, width, height) = Self.percent(box, Double(frame.width), Double(frame.height))
            return Region(
                id: "\(name)-\(index + 1)", from_name: "label", to_name: "image", type: "rectanglelabels", original_width: frame.width,
                original_height: frame.height, image_rotation: 0, score: object.score,
                value: Rectangle(x: x, y: y, width: width, height: height, rotation: degrees, rectanglelabels: [object.label]))
        }
        try write(regions, media: ["image": "/data/local-files/?d=\(name).jpg"], of: input, score: frame.objects.map(\.score).max())
    }

    private static func percent(_ box: [Double], _ width: Double, _ height: Double) -> (Double, Double, Double, Double) {
        (100 * box[0] / width, 100 * box[1] / height, 100 * box[2] / width, 100 * box[3] / height)
    }

    private func write<Value: Encodable>(_ regions: [Region<Value>], media: [String: String], of input: ExportedInput, score: Double?)
        throws
    {
        let model = input.record.begin?.model.name ?? "deepvid"
        let task = Task(data: media, predictions: [Prediction(model_version: model, score: score, result: regions)])
        tasks += 1
        try file.write((tasks > 1 ? ",\n" : "\n") + jsonText(of: task, decimals: ["x": 4, "y": 4, "time": 6]))
    }

    func end(_ input: ExportedInput) throws {
        if let video = videos.removeValue(forKey: input.record.number) { try write(video) }
    }

    private func write(_ video: Video) throws {
        let input = video.input, tracks = video.tracks.sorted
        let regions = tracks.map { track in
            Region(
                id: "\(input.name)-\(track.id)", from_name: "box", to_name: "video", type: "videorectangle",
                score: track.boxes.map { Double($0.score) }.max(),
                value: VideoRectangle(
                    framesCount: video.lastFrame + 1, duration: input.record.begin?.video?.durationS, sequence: moments(of: track, video),
                    labels: [track.label]))
        }
        let score = tracks.flatMap { $0.boxes.map { Double($0.score) } }.max()
        try write(regions, media: ["video": "/data/local-files/?d=\(input.fileName)"], of: input, score: score)
    }

    /// Frames count from 1. The last of a stretch is not enabled: Label Studio draws the object up to there.
    private func moments(of track: TrackedBoxes.Track, _ video: Video) -> [Moment] {
        track.stretches.flatMap { stretch in
            stretch.map { box in
                let (x, y, width, height) = Self.percent(
                    [box.x, box.y, box.width, box.height].map(Double.init), video.width, video.height)
                return Moment(
                    frame: Int(box.frame) + 1, enabled: box.frame != stretch.last?.frame, rotation: Double(box.rotation), x: x, y: y,
                    width: width, height: height, time: box.pts.isFinite ? box.pts : nil)
            }
        }
    }

    func finish() throws -> Int {
        for (_, video) in videos.sorted(by: { $0.key < $1.key }) { try write(video) }
        videos = [:]
        try file.write("\n]\n")
        try file.finish()
        return 1
    }

    func discard() { file.discard() }
}
