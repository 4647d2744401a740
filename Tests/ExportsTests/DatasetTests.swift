import DeepVid
import Foundation
import Models
import TestSupport
import Testing

@testable import Exports
@testable import Results

/// `--to coco` and `--to yolo`.
@Suite struct DatasetTests {
    @Test func cocoHasPicturesAnnotationsAndCategories() throws {
        let exports = try Exports()
        let outcome = try exports.export(
            [
                "a.jsonl": [
                    beginLine(), frameLine(0, at: 0, [Seen(score: 0.12345, box: [1.5, 2, 3, 4], track: 5)]), frameLine(3, at: 0.25),
                    endLine(frames: 2),
                ],
                "b.jsonl": [
                    beginLine("other/street.mp4"), frameLine(0, [Seen(label: "person", classID: 0)], more: ",\"width\":320,\"height\":192"),
                ],
            ], to: .coco, as: "a.json")
        #expect(
            try exports.text("a.json") == """
                {"info":{"description":"deepvid"},"images":[
                {"id":1,"file_name":"street/frame-000000.jpg","width":640,"height":384,"video_id":1,"frame_id":0,"pts_s":0},
                {"id":2,"file_name":"street/frame-000003.jpg","width":640,"height":384,"video_id":1,"frame_id":3,"pts_s":0.25},
                {"id":3,"file_name":"street-2/frame-000000.jpg","width":320,"height":192,"video_id":2,"frame_id":0}
                ],"annotations":[
                {"id":1,"image_id":1,"category_id":3,"bbox":[1.5,2,3,4],"area":12,"iscrowd":0,"score":0.1235,"track_id":5},
                {"id":2,"image_id":3,"category_id":1,"bbox":[10,20,30,40],"area":1200,"iscrowd":0,"score":0.5}
                ],"categories":[{"id":1,"name":"person"},{"id":3,"name":"car"}],"videos":[{"id":1,"name":"street.mp4","width":640,"height":384},{"id":2,"name":"street.mp4","width":320,"height":192}]}

                """)
        #expect(outcome.files == 1)
        #expect(outcome.items == 2)
    }

    /// Two exports of one model have the same numbers, whatever was seen.
    @Test func allClassesOfTheModelAreListed() throws {
        let begin = beginLine().replacing(#""head":"yolox","#, with: #""head":"yolox","labels":["person","bicycle","car"],"#)
        let exports = try Exports()
        _ = try exports.export(["a.jsonl": [begin, frameLine(0, at: 0, [Seen()])]], to: .coco, as: "a.json")
        let list = #""categories":[{"id":1,"name":"person"},{"id":2,"name":"bicycle"},{"id":3,"name":"car"}]"#
        #expect(try exports.text("a.json").contains(list))
        _ = try exports.export(["a.jsonl": [begin, frameLine(0, at: 0, [Seen(label: "person", classID: 0)])]], to: .yolo, as: "set")
        #expect(try exports.text("set/data.yaml").hasSuffix("names:\n  0: \"person\"\n  1: \"bicycle\"\n  2: \"car\"\n"))
    }

    @Test func cocoHasMasksTurnedBoxesAndKeypoints() throws {
        let exports = try Exports()
        let shapes = [
            Seen(more: #","mask":{"size":[2,8],"counts":"0`0"}"#),
            Seen(more: #","corners":[[20,10],[24,10],[24,13],[20,13]],"angle":0"#),
            Seen(
                label: "person", classID: 0,
                more: #","keypoints":[{"name":"nose","x":1.256,"y":2,"score":0.9},{"name":"ear","x":3,"y":4,"score":0.1}]"#),
        ]
        _ = try exports.export(["a.jsonl": [beginLine(), frameLine(0, shapes)]], to: .coco, as: "a.json")
        let lines = try exports.text("a.json").split(separator: "\n").map(String.init)
        #expect(lines.contains { $0.contains(#""area":16,"iscrowd":0,"segmentation":{"size":[2,8],"counts":"0`0"},"#) })
        #expect(lines.contains { $0.contains(#""area":12,"iscrowd":0,"segmentation":[[20,10,24,10,24,13,20,13]],"#) })
        #expect(lines.contains { $0.contains(#""keypoints":[1.26,2,2,3,4,1],"num_keypoints":2,"#) })
        #expect(lines.last?.contains(#"{"id":1,"name":"person","keypoints":["nose","ear"]}"#) == true)
    }

    @Test func labelsOfSeveralModelsHaveNumbersOfTheirOwn() {
        var categories = Categories(first: 1)
        #expect(categories.number(of: "car", classID: 2) == 3)
        #expect(categories.number(of: "cat", classID: 2) == 4)
        #expect(categories.number(of: "dog", classID: 3) == 5)
        #expect(categories.number(of: "car", classID: 7) == 3)
        #expect(categories.number(of: "odd", classID: -9_000_000_000) == 1)
        #expect(categories.sorted.map(\.label) == ["odd", "car", "cat", "dog"])
    }

    @Test func yoloIsAFileForEachPictureThatShowsSomething() throws {
        let exports = try Exports()
        let outcome = try exports.export(
            [
                "a.jsonl": [
                    beginLine(),
                    frameLine(0, [Seen(box: [0, 0, 640, 192]), Seen(label: "person", classID: 0, box: [320, 96, 64, 38.4])]),
                    frameLine(1), frameLine(1_234_567, [Seen(box: [64, 0, 64, 38.4])]),
                ]
            ], to: .yolo, as: "set")
        #expect(
            try exports.files() == [
                "set", "set/data.yaml", "set/labels", "set/labels/street", "set/labels/street/frame-000000.txt",
                "set/labels/street/frame-1234567.txt",
            ])
        #expect(try exports.text("set/labels/street/frame-000000.txt") == "2 0.5 0.25 1 0.5\n0 0.55 0.3 0.1 0.1\n")
        #expect(try exports.text("set/labels/street/frame-1234567.txt") == "2 0.15 0.05 0.1 0.1\n")
        #expect(
            try exports.text("set/data.yaml") == """
                path: .
                train: images
                val: images
                names:
                  0: "person"
                  1: "class_1"
                  2: "car"

                """)
        #expect(outcome.files == 3)
    }

    @Test func posesHavePointsInYOLO() throws {
        let exports = try Exports()
        let pose = Seen(
            label: "person", classID: 0, box: [0, 0, 64, 38.4], more: #","keypoints":[{"name":"nose","x":64,"y":384,"score":0.2}]"#)
        _ = try exports.export(["a.jsonl": [beginLine(), frameLine(0, [pose])]], to: .yolo, as: "set")
        #expect(try exports.text("set/labels/street/frame-000000.txt") == "0 0.05 0.05 0.1 0.1 0.1 1 1\n")
        #expect(try exports.text("set/data.yaml").contains("kpt_shape: [1, 3]\n"))
    }

    /// As large as the frame, from a picture of it: `#` is inside.
    private func mask(_ rows: [String]) -> (json: String, rows: [[Bool]]) {
        let pixels = rows.map { $0.map { $0 == "#" } }, (height, width) = (pixels.count, pixels[0].count)
        var runs = [0], isInside = false
        for x in 0..<width {
            for y in 0..<height {
                if pixels[y][x] != isInside {
                    runs.append(0)
                    isInside.toggle()
                }
                runs[runs.count - 1] += 1
            }
        }
        let counts = MaskRecord.compressed(runs).replacing("\\", with: "\\\\")
        return (#","mask":{"size":[\#(height),\#(width)],"counts":"\#(counts)"}"#, pixels)
    }

    /// What an outline of shares, as it stands in a file of labels, encloses by the even-odd rule at the middle of each pixel.
    private func filled(_ line: String, width: Int, height: Int) -> [[Bool]] {
        let cells = line.split(separator: " ").dropFirst().compactMap { Double($0) }
        let points = stride(from: 0, to: cells.count - 1, by: 2).map { (x: cells[$0] * Double(width), y: cells[$0 + 1] * Double(height)) }
        return (0..<height).map { row in
            (0..<width).map { column in
                let (x, y) = (Double(column) + 0.5, Double(row) + 0.5)
                var isInside = false
                for (a, b) in zip(points, points.dropFirst() + points.prefix(1)) where (a.y > y) != (b.y > y) {
                    if x < a.x + (y - a.y) / (b.y - a.y) * (b.x - a.x) { isInside.toggle() }
                }
                return isInside
            }
        }
    }

    private let small = beginLine().replacing(#""width":640,"height":384"#, with: #""width":16,"height":8"#)

    private func label(of object: Seen) throws -> [String] {
        let exports = try Exports()
        _ = try exports.export(["a.jsonl": [small, frameLine(0, [object])]], to: .yolo, as: "set")
        return try exports.text("set/labels/street/frame-000000.txt").split(separator: "\n").map(String.init)
    }

    /// Parts, holes and what touches at a corner only come back pixel for pixel.
    @Test(arguments: [
        ["................", "..#####.........", "..#####.........", "..#####.........", "................", "................"],
        ["..######........", "..#....#........", "..#.##.#........", "..#.##.#........", "..#....#........", "..######........"],
        ["##..............", "##..........####", "..##........####", "..##............", "................", "....######......"],
        ["################", "################", "################", "################", "################", "################"],
        ["####............", "####............", "....####........", "....####........", "##..............", "##............##"],
    ])
    func masksComeBackFromTheirOutlines(rows: [String]) throws {
        let (json, pixels) = mask(rows + [String(repeating: ".", count: 16), String(repeating: ".", count: 16)])
        let lines = try label(of: Seen(more: json))
        #expect(lines.count == 1)
        #expect(filled(lines[0], width: 16, height: 8) == pixels)
    }

    @Test func turnedBoxesAreTheirCorners() throws {
        let exports = try Exports(), turned = Seen(more: #","corners":[[64,0],[128,0],[128,38.4],[64,38.4]],"angle":0"#)
        _ = try exports.export(["a.jsonl": [beginLine(), frameLine(0, [turned])]], to: .yolo, as: "set")
        #expect(try exports.text("set/labels/street/frame-000000.txt") == "2 0.1 0 0.2 0 0.2 0.1 0.1 0.1\n")
    }

    /// The steps of the pixels are made straight, and what is enclosed stays nearly the same.
    @Test func outlinesOfRoundMasksHaveFewPoints() throws {
        let rows = (0..<200).map { y in
            String((0..<200).map { x in (x - 100) * (x - 100) + 2 * (y - 90) * (y - 90) < 6400 ? "#" : "." })
        }
        let (json, pixels) = mask(rows), exports = try Exports()
        let begin = beginLine().replacing(#""width":640,"height":384"#, with: #""width":200,"height":200"#)
        _ = try exports.export(["a.jsonl": [begin, frameLine(0, [Seen(more: json)])]], to: .yolo, as: "set")
        let line = try exports.text("set/labels/street/frame-000000.txt")
        // A class and 112 points.
        #expect(line.split(separator: " ").count < 240)
        let back = filled(line, width: 200, height: 200)
        let pairs = zip(pixels.joined(), back.joined())
        let (both, either) = (pairs.count { $0 && $1 }, pairs.count { $0 || $1 })
        #expect(Double(both) / Double(either) > 0.98)
    }

    /// To Ultralytics, a box among outlines would be a mistake.
    @Test func aDatasetHasLabelsOfOneKind() throws {
        let (json, _) = mask(["################"] + Array(repeating: "................", count: 7))
        let exports = try Exports(), box = Seen(label: "person", classID: 0, box: [4, 2, 8, 4])
        var outcome = try exports.export(["a.jsonl": [small, frameLine(0, [Seen(more: json), box])]], to: .yolo, as: "masks")
        #expect(
            try exports.text("masks/labels/street/frame-000000.txt")
                == "2 0 0 1 0 1 0.125 0 0.125\n0 0.25 0.25 0.75 0.25 0.75 0.75 0.25 0.75\n")
        #expect(outcome.warnings.isEmpty)
        outcome = try exports.export(["a.jsonl": [small, frameLine(0, [box, Seen(more: json)])]], to: .yolo, as: "boxes")
        let lines = try exports.text("boxes/labels/street/frame-000000.txt").split(separator: "\n")
        #expect(lines.allSatisfy { $0.split(separator: " ").count == 5 })
        #expect(outcome.warnings.count == 1)
        #expect(outcome.warnings.first?.hasPrefix("some masks are left out: a dataset has labels of one kind") == true)
        let pose = Seen(label: "person", classID: 0, box: [0, 0, 8, 4], more: #","keypoints":[{"name":"nose","x":4,"y":2}]"#)
        _ = try exports.export(["a.jsonl": [small, frameLine(0, [pose, box])]], to: .yolo, as: "poses")
        #expect(
            try exports.text("poses/labels/street/frame-000000.txt") == "0 0.25 0.25 0.5 0.5 0.25 0.25 2\n0 0.5 0.5 0.5 0.5 0 0 0\n")
    }

    @Test(arguments: ["", "zzzz", "0", "~~~~~~~~~~"]) func aMaskThatIsNoneIsItsBox(counts: String) throws {
        let lines = try label(of: Seen(box: [4, 2, 8, 4], more: #","mask":{"size":[8,16],"counts":"\#(counts)"}"#))
        #expect(lines == ["2 0.25 0.25 0.75 0.25 0.75 0.75 0.25 0.75"])
    }

    @Test(arguments: [ExportFormat.csv, .mot, .cvat, .labelstudio]) func whatFormatsHaveNoPlaceForIsSaid(format: ExportFormat) throws {
        let (json, _) = mask(["################"] + Array(repeating: "................", count: 7)), exports = try Exports()
        let pose = #","keypoints":[{"name":"nose","x":4,"y":2}]"#, turned = #","corners":[[0,0],[4,0],[4,4],[0,4]],"angle":0"#
        let outcome = try exports.export(
            ["a.jsonl": [small, frameLine(0, [Seen(more: json), Seen(more: json), Seen(more: pose), Seen(more: turned)])]], to: format,
            as: "out")
        let corners = "the corners of turned boxes are left out: --to coco, yolo, cvat and labelstudio keep them"
        #expect(
            outcome.warnings == [
                "keypoints are left out: --to coco and yolo keep them", "masks are left out: --to coco and yolo keep them",
            ]
                + ([.csv, .mot].contains(format) ? [corners] : []))
    }

    /// Inputs without frames, as those that failed, leave no gap.
    @Test func videosOfCOCOCountFromOne() throws {
        let exports = try Exports()
        _ = try exports.export(
            [
                "a.jsonl": [beginLine("broken.mp4"), endLine("broken.mp4", reason: "failed", frames: 0)],
                "b.jsonl": [beginLine("clips/yard.mp4"), frameLine(0, [Seen()]), endLine("clips/yard.mp4", frames: 1)],
            ], to: .coco, as: "a.json")
        #expect(try exports.text("a.json").contains(#""videos":[{"id":1,"name":"yard.mp4","width":640,"height":384}]"#))
    }

    @Test func picturesOfUnknownSizeAreRefused() throws {
        let exports = try Exports()
        for format in [ExportFormat.coco, .yolo, .cvat, .labelstudio] {
            let error = #expect(throws: DeepVidError.self, "\(format)") {
                try exports.export(["a.jsonl": [frameLine(0, [Seen()])]], to: format, as: "out")
            }
            #expect(error?.message.contains("begin records") == true, "\(format)")
        }
        #expect(try exports.files().isEmpty)
        let outcome = try exports.export(["a.jsonl": [frameLine(0, [Seen()])]], to: .mot, as: "a.txt")
        #expect(outcome.items == 1)
    }

    @Test(arguments: [ExportFormat.coco, .mot, .yolo, .cvat, .labelstudio])
    func classifiersAreRefused(format: ExportFormat) throws {
        let exports = try Exports()
        let line =
            #"{"type":"frame","frame":0,"classes":[{"label":"red","class_id":0,"score":1}],"timing_ms":{"decode":0,"infer":2,"total":2}}"#
        let error = #expect(throws: DeepVidError.self) { try exports.export(["a.jsonl": [beginLine(), line]], to: format, as: "out") }
        #expect(error?.code == .cannotExport)
        #expect(error?.message.contains("csv") == true)
        #expect(try exports.files().isEmpty)
    }
}
