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

/// The frame records of lines.
func frameRecords(_ lines: [String]) throws -> [FrameRecord] {
    let folder = try TemporaryFolder()
    let reader = try RecordReader(path: try write(lines, in: folder))
    var records: [FrameRecord] = []
    while let record = try reader.next() { if case .frame(let frame) = record { records.append(frame) } }
    return records
}

/// What a report reads from a results file with these lines.
func reportInputs(_ lines: [String]) throws -> [ReportInput] {
    let folder = try TemporaryFolder()
    var reader = ReportReader()
    try reader.read(try write(lines, in: folder))
    try reader.finish()
    return reader.inputs
}

func reportInput(_ lines: [String]) throws -> ReportInput {
    let all = try reportInputs(lines)
    try #require(all.count == 1)
    return all[0]
}

/// An event record of a track.
func eventLine(
    _ kind: String, _ track: Int, from start: Double, to end: Double?, label: String = "car", score: Double = 0.7, best: Int = 0,
    more: String = ""
) -> String {
    let ended = end.map { ",\"end_s\":\($0)" } ?? ""
    return
        "{\"type\":\"event\",\"event\":\"\(kind)\",\"track_id\":\(track),\"label\":\"\(label)\",\"class_id\":2,\"frame\":0,\"pts_s\":\(end ?? start),"
        + "\"start_s\":\(start)\(ended),\"score\":\(score),\"box\":[10,10,30,20],\"best_frame\":\(best),\"best_s\":\(Double(best) / 15)\(more)}"
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
