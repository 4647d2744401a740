import DeepVid
import Results

/// Labels as Ultralytics reads them, in shares of the picture: `labels/<input>/frame-000012.txt` for each picture with objects, and
/// `data.yaml` with the classes. A picture without a file shows nothing, to it as to us.
///
/// A line is `class x y width height` from the middle of the box; of turned boxes `class` and the corners; of masks `class` and the points of
/// their outline; of poses the box, and then `x y visibility` of each point. A dataset has lines of one kind, that of the first object: to
/// Ultralytics, a box among outlines is a mistake. What another object lacks is made up for by its box, or by points that are not labelled.
final class YOLODataset: ExportWriter {
    private let folder: ExportFolder
    private var files = 0
    private var categories = Categories(first: 0)
    private var kind: Kind?
    private var leftOut: Set<String> = []

    private enum Kind: Equatable {
        case boxes, turned, outlines
        case poses(points: Int)
    }

    init(folder: String) throws { self.folder = try ExportFolder(folder) }

    func begin(labels: [String]) { categories.add(labels) }

    func add(_ frame: ExportedFrame) throws {
        guard !frame.objects.isEmpty else { return }
        let file = try folder.file("labels/\(frame.input.pictureName(frame.record.frame)).txt")
        let (width, height) = (Double(frame.width), Double(frame.height))
        func share(_ value: Double, of whole: Double) -> String { numberText(min(max(value / whole, 0), 1), decimals: 6) }
        func place(_ x: Double, _ y: Double) -> [String] { [share(x, of: width), share(y, of: height)] }
        for object in frame.objects {
            var cells = [String(categories.number(of: object.label, classID: object.classID))]
            let own = Self.kind(of: object), kind = self.kind ?? own, box = object.box
            self.kind = kind
            note(own, in: kind)
            let edges = [[box[0], box[1]], [box[0] + box[2], box[1]], [box[0] + box[2], box[1] + box[3]], [box[0], box[1] + box[3]]]
            switch kind {
            case .turned: cells += (object.turnedCorners ?? edges).flatMap { place($0[0], $0[1]) }
            case .outlines:
                let outline = object.mask.map { MaskOutline($0).points } ?? []
                cells += outline.isEmpty ? edges.flatMap { place($0[0], $0[1]) } : outline.flatMap { place($0.x, $0.y) }
            case .boxes, .poses:
                cells += place(box[0] + box[2] / 2, box[1] + box[3] / 2) + [share(box[2], of: width), share(box[3], of: height)]
            }
            if case .poses(let count) = kind {
                let points = own == kind ? object.keypoints ?? [] : []
                for point in points { cells += place(point.x, point.y) + [point.score ?? 1 >= 0.5 ? "2" : "1"] }
                for _ in points.count..<count { cells += ["0", "0", "0"] }
            }
            try file.write(cells.joined(separator: " ") + "\n")
        }
        try file.finish()
        files += 1
    }

    private static func kind(of object: DetectedObject) -> Kind {
        if object.mask != nil { return .outlines }
        if let points = object.keypoints, !points.isEmpty { return .poses(points: points.count) }
        return object.turnedCorners == nil ? .boxes : .turned
    }

    /// Notes what an object has and the dataset's kind of line has no place for.
    private func note(_ own: Kind, in kind: Kind) {
        guard own != kind else { return }
        switch own {
        case .boxes: break
        case .outlines: leftOut.insert("masks")
        case .poses: leftOut.insert("keypoints")
        case .turned: leftOut.insert("corners of turned boxes")
        }
    }

    var warnings: [String] {
        leftOut.sorted().map {
            "some \($0) are left out: a dataset has labels of one kind, that of its first object; export the inputs of each model into a folder "
                + "of their own"
        }
    }

    func finish() throws -> Int {
        let file = try folder.file("data.yaml")
        try file.write("path: .\ntrain: images\nval: images\n")
        if case .poses(let pointCount) = kind { try file.write("kpt_shape: [\(pointCount), 3]\n") }
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
