import Foundation

// Lines of results files, for tests of what reads them.

/// An object of a frame record.
package struct Seen {
    package var label: String
    package var classID: Int
    package var score: Double
    package var box: [Double]
    package var track: Int?
    /// Further members, each after a comma.
    package var more: String

    package init(
        label: String = "car", classID: Int = 2, score: Double = 0.5, box: [Double] = [10, 20, 30, 40], track: Int? = nil, more: String = ""
    ) {
        (self.label, self.classID, self.score, self.box, self.track, self.more) = (label, classID, score, box, track, more)
    }

    package var json: String {
        let id = track.map { ",\"track_id\":\($0)" } ?? ""
        return "{\"label\":\"\(label)\",\"class_id\":\(classID),\"score\":\(score),\"box\":\(box)\(id)\(more)}"
    }
}

/// A line of a results file for a frame.
package func frameLine(
    _ frame: Int, at pts: Double? = nil, _ objects: [Seen] = [], reused: Double? = nil, total: Double = 2, more: String = ""
) -> String {
    let time = pts.map { "\"pts_s\":\($0)," } ?? ""
    let cache = reused.map { "\"cache\":{\"policy\":\"adaptive\",\"reused\":\($0)}," } ?? ""
    let list = objects.map(\.json).joined(separator: ",")
    return
        "{\"type\":\"frame\",\"frame\":\(frame),\(time)\"objects\":[\(list)],\(cache)\"timing_ms\":{\"decode\":1,\"infer\":1,\"total\":\(total)}\(more)}"
}

/// - Parameter options: further members of `options`, each after a comma.
package func beginLine(_ source: String = "street.mp4", options: String = "", fps: Double = 10, head: String = "yolox") -> String {
    "{\"type\":\"begin\",\"schema\":2,\"deepvid\":\"1\",\"source\":\"\(source)\",\"model\":{\"name\":\"m\",\"sha256\":\"\",\"head\":\"\(head)\","
        + "\"input\":{\"width\":64,\"height\":64}},\"video\":{\"width\":640,\"height\":384,\"fps\":\(fps),\"codec\":\"h264\",\"rotation_deg\":0},"
        + "\"options\":{\"threads\":1,\"cache\":\"adaptive\"\(options)}}"
}

package func endLine(
    _ source: String = "street.mp4", reason: String = "finished", frames: Int, decoded: Int? = nil, more: String = ""
) -> String {
    "{\"type\":\"end\",\"source\":\"\(source)\",\"reason\":\"\(reason)\",\"frames\":\(frames),\"decoded\":\(decoded ?? frames),\"corrupt_packets\":0,"
        + "\"dropped\":0,\"fps\":100,\"wall_s\":1,\"peak_memory_mb\":1\(more)}"
}

/// Writes lines as a results file.
package func write(_ lines: [String], _ name: String = "results.jsonl", in folder: TemporaryFolder) throws -> String {
    try Data(lines.map { $0 + "\n" }.joined().utf8).write(to: folder.url.appending(path: name))
    return folder.path(name)
}
