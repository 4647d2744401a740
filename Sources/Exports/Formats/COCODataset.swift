import DeepVid
import Results

/// A dataset as pycocotools reads it: pictures, annotations and categories, with a picture for every frame. Annotations have their score
/// besides, so that their list is also what `loadRes` takes.
///
/// Pictures are written as they come, annotations beside them into a temporary file: memory does not grow with either.
final class COCODataset: ExportWriter {
    private let file: ExportFile
    private let annotations: Spool
    private var pictures = 0
    private var objects = 0
    /// From 1: 0 is the background to many tools.
    private var categories = Categories(first: 1)
    private var points: [String: [String]] = [:]
    /// By the input's number. Their own count from 1, without those that have no frame.
    private var videos: [Int: Video] = [:]

    private struct Info: Encodable { var description = "deepvid" }

    private struct Video: Encodable {
        var id: Int
        var name: String
        var width, height: Int
    }

    private struct Picture: Encodable {
        var id: Int
        var file_name: String
        var width, height: Int
        var video_id, frame_id: Int
        var pts_s: Double?
        var time: String?
    }

    private struct Annotation: Encodable {
        var id, image_id, category_id: Int
        var bbox: [Double]
        var area: Double
        var iscrowd = 0
        var segmentation: Segmentation?
        var keypoints: [Double]?
        var num_keypoints: Int?
        var score: Double
        var track_id: Int?
    }

    private enum Segmentation: Encodable {
        case mask(MaskRecord)
        case polygon([Double])

        func encode(to encoder: any Encoder) throws {
            switch self {
            case .mask(let mask): try mask.encode(to: encoder)
            case .polygon(let points): try [points].encode(to: encoder)
            }
        }
    }

    private struct Category: Encodable {
        var id: Int
        var name: String
        var keypoints: [String]?
    }

    init(_ file: ExportFile) throws {
        (self.file, annotations) = (file, try Spool())
        try file.write("{\"info\":\(jsonText(of: Info())),\"images\":[")
    }

    func begin(labels: [String]) { categories.add(labels) }

    func add(_ frame: ExportedFrame) throws {
        let (input, record) = (frame.input, frame.record), number = input.record.number
        pictures += 1
        let video = videos[number] ?? Video(id: videos.count + 1, name: input.fileName, width: frame.width, height: frame.height)
        videos[number] = video
        let picture = Picture(
            id: pictures, file_name: input.pictureName(record.frame) + ".jpg", width: frame.width, height: frame.height, video_id: video.id,
            frame_id: record.frame, pts_s: record.ptsS, time: record.time)
        try file.write((pictures > 1 ? ",\n" : "\n") + jsonText(of: picture))
        for object in frame.objects {
            try annotations.write((objects > 0 ? ",\n" : "\n") + jsonText(of: annotation(of: object)))
        }
    }

    private func annotation(of object: DetectedObject) -> Annotation {
        objects += 1
        let category = categories.number(of: object.label, classID: object.classID)
        var annotation = Annotation(
            id: objects, image_id: pictures, category_id: category, bbox: object.box, area: object.box[2] * object.box[3],
            score: object.score, track_id: object.trackID)
        if let mask = object.mask, !mask.runs.isEmpty {
            annotation.segmentation = .mask(mask)
            annotation.area = Double(mask.runs.enumerated().reduce(0) { $0 + ($1.offset % 2 == 1 ? $1.element : 0) })
        } else if let corners = object.turnedCorners {
            annotation.segmentation = .polygon(corners.flatMap(\.self))
            let (box, _) = object.uprightBox
            annotation.area = box[2] * box[3]
        }
        if let all = object.keypoints, !all.isEmpty {
            if points[object.label] == nil { points[object.label] = all.map(\.name) }
            // 2 is a point that is seen, 1 one that is not.
            annotation.keypoints = all.flatMap { [$0.x, $0.y, $0.score ?? 1 >= 0.5 ? 2 : 1] }
            annotation.num_keypoints = all.count
        }
        return annotation
    }

    func finish() throws -> Int {
        try file.write("\n],\"annotations\":[")
        try annotations.copy(to: file)
        let categories = categories.sorted.map { Category(id: $0.number, name: $0.label, keypoints: points[$0.label]) }
        let videos = videos.values.sorted { $0.id < $1.id }
        try file.write("\n],\"categories\":\(jsonText(of: categories)),\"videos\":\(jsonText(of: videos))}\n")
        try file.finish()
        return 1
    }

    func discard() { file.discard() }
}
