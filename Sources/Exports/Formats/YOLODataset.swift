import DeepVid
import Results

/// Labels as Ultralytics reads them, in shares of the picture: `labels/<input>/frame-000012.txt` for each picture with objects, and
/// `data.yaml` with the classes. A picture without a file shows nothing, to it as to us.
///
/// A line is `class x y width height` from the middle of the box; of turned boxes `class` and the corners; of poses the box, and then
/// `x y visibility` of each point.
final class YOLODataset: ExportWriter {
    private let folder: ExportFolder
    private var files = 0
    private var categories = Categories(first: 0)
    private var pointCount: Int?

    init(folder: String) throws { self.folder = try ExportFolder(folder) }

    func begin(labels: [String]) { categories.add(labels) }

    func add(_ frame: ExportedFrame) throws {
        guard !frame.objects.isEmpty else { return }
        let file = try folder.file("labels/\(frame.input.pictureName(frame.record.frame)).txt")
        let (width, height) = (Double(frame.width), Double(frame.height))
        func share(_ value: Double, of whole: Double) -> String { numberText(min(max(value / whole, 0), 1), decimals: 6) }
        for object in frame.objects {
            var cells = [String(categories.number(of: object.label, classID: object.classID))]
            if let corners = object.turnedCorners {
                for corner in corners { cells += [share(corner[0], of: width), share(corner[1], of: height)] }
            } else {
                let box = object.box
                cells += [share(box[0] + box[2] / 2, of: width), share(box[1] + box[3] / 2, of: height)]
                cells += [share(box[2], of: width), share(box[3], of: height)]
                for point in object.keypoints ?? [] {
                    cells += [share(point.x, of: width), share(point.y, of: height), point.score ?? 1 >= 0.5 ? "2" : "1"]
                }
                if let points = object.keypoints { pointCount = pointCount ?? points.count }
            }
            try file.write(cells.joined(separator: " ") + "\n")
        }
        try file.finish()
        files += 1
    }

    func finish() throws -> Int {
        let file = try folder.file("data.yaml")
        try file.write("path: .\ntrain: images\nval: images\n")
        if let pointCount { try file.write("kpt_shape: [\(pointCount), 3]\n") }
        // Classes count without gaps, or the numbers are refused.
        let labels = Dictionary(uniqueKeysWithValues: categories.sorted.map { ($0.number, $0.label) })
        try file.write("names:\n")
        for number in 0...(labels.keys.max() ?? 0) {
            // A string of JSON is one of YAML.
            try file.write("  \(number): \(jsonText(of: labels[number] ?? "class_\(number)"))\n")
        }
        try file.finish()
        try folder.finish()
        return files + 1
    }

    func discard() { folder.discard() }
}
