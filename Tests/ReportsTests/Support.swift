import Foundation
import Results
import TestSupport
import Testing
import Video

@testable import Reports

/// A gray frame.
func makeFrame(_ index: Int, width: Int = 320, height: Int = 240, luma: @escaping (Int, Int) -> UInt8 = { _, _ in 128 }) throws -> Frame {
    var traits = Frame.Traits()
    (traits.index, traits.pts) = (index, Int64(index))
    let frame = Frame(pixelFormat: "yuv420p", width: width, height: height, traits: traits) { plane, bytes, stride in
        guard plane == 0, stride > 0 else { return bytes.update(repeating: 128) }
        for at in bytes.indices { bytes[at] = luma(at % stride, at / stride) }
    }
    return try #require(frame)
}

/// An object of a frame record.
struct Seen {
    var label = "car"
    var classID = 2
    var score = 0.5
    var box = [10.0, 20, 30, 40]
    var track: Int?

    var json: String {
        let id = track.map { ",\"track_id\":\($0)" } ?? ""
        return "{\"label\":\"\(label)\",\"class_id\":\(classID),\"score\":\(score),\"box\":\(box)\(id)}"
    }
}

/// A line of a results file for a frame.
func frameLine(_ frame: Int, at pts: Double? = nil, _ objects: [Seen] = [], reused: Double? = nil, total: Double = 2) -> String {
    let time = pts.map { "\"pts_s\":\($0)," } ?? ""
    let cache = reused.map { "\"cache\":{\"policy\":\"adaptive\",\"reused\":\($0)}," } ?? ""
    let list = objects.map(\.json).joined(separator: ",")
    return
        "{\"type\":\"frame\",\"frame\":\(frame),\(time)\"objects\":[\(list)],\(cache)\"timing_ms\":{\"decode\":1,\"infer\":1,\"total\":\(total)}}"
}

func beginLine(_ source: String = "street.mp4", options: String = "", fps: Double = 10) -> String {
    "{\"type\":\"begin\",\"schema\":2,\"deepvid\":\"1\",\"source\":\"\(source)\",\"model\":{\"name\":\"m\",\"sha256\":\"\",\"head\":\"yolox\","
        + "\"input\":{\"width\":64,\"height\":64}},\"video\":{\"width\":640,\"height\":384,\"fps\":\(fps),\"codec\":\"h264\",\"rotation_deg\":0},"
        + "\"options\":{\"threads\":1,\"cache\":\"adaptive\"\(options)}}"
}

func endLine(_ source: String = "street.mp4", reason: String = "finished", frames: Int, decoded: Int? = nil, more: String = "") -> String {
    "{\"type\":\"end\",\"source\":\"\(source)\",\"reason\":\"\(reason)\",\"frames\":\(frames),\"decoded\":\(decoded ?? frames),\"corrupt_packets\":0,"
        + "\"dropped\":0,\"fps\":100,\"wall_s\":1,\"peak_memory_mb\":1\(more)}"
}

/// Writes lines as a results file.
func write(_ lines: [String], _ name: String = "results.jsonl", in folder: TemporaryFolder) throws -> String {
    try Data(lines.map { $0 + "\n" }.joined().utf8).write(to: folder.url.appending(path: name))
    return folder.path(name)
}

/// The frame records of lines.
func frameRecords(_ lines: [String]) throws -> [FrameRecord] {
    let folder = try TemporaryFolder()
    let reader = try RecordReader(path: try write(lines, in: folder))
    var records: [FrameRecord] = []
    while let record = try reader.next() { if case .frame(let frame) = record { records.append(frame) } }
    return records
}

/// What a report says of a results file with these lines.
func sections(_ lines: [String]) throws -> [ReportSection] {
    let folder = try TemporaryFolder()
    var reader = ReportReader()
    try reader.read(try write(lines, in: folder))
    reader.assignComparisons()
    return reader.sections
}

func section(_ lines: [String]) throws -> ReportSection {
    let all = try sections(lines)
    try #require(all.count == 1)
    return all[0]
}

/// The first frame of an encoded image.
func decoded(_ bytes: [UInt8]) throws -> Frame {
    let folder = try TemporaryFolder()
    try Data(bytes).write(to: folder.url.appending(path: "image.png"))
    return try #require(try VideoReader(folder.path("image.png")).next())
}

extension Canvas {
    subscript(x: Int, y: Int) -> Color {
        let at = 3 * (y * width + x)
        return Color(pixels[at], pixels[at + 1], pixels[at + 2])
    }
}
