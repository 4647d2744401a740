import Models
import Results

/// An XML file as CVAT imports it: of followed objects CVAT for video 1.1, a track each with its boxes; else CVAT for images 1.1, frame by
/// frame, under the names that CVAT gives to the frames of a video.
///
/// - Complexity: of followed objects, memory grows with the number of boxes, because those of a track stand together.
final class CVATAnnotations: InputWriter {
    private let file: ExportFile
    private let input: ExportedInput
    private let isTracked: Bool
    private var tracks = TrackedBoxes()
    /// Of images; the labels stand before them.
    private let body: Spool
    private var labels: Set<String> = []
    private var size = (width: 0, height: 0)
    private var frames = 0

    init(_ file: ExportFile, input: ExportedInput) throws {
        (self.file, self.input, isTracked, body) = (file, input, input.record.isTracked ?? false, try Spool())
    }

    func add(_ frame: ExportedFrame) throws {
        if frames == 0 { size = (frame.width, frame.height) }
        frames = max(frames, frame.record.frame.addingReportingOverflow(1).partialValue)
        labels.formUnion(frame.objects.map(\.label))
        if isTracked { return tracks.add(frame) }
        let number = frame.record.frame
        var text =
            "  <image id=\"\(number)\" name=\"\(input.frameName(number, "frame_"))\" width=\"\(frame.width)\" height=\"\(frame.height)\">\n"
        for object in frame.objects {
            let (box, degrees) = object.uprightBox
            text += "    <box label=\"\(xml(object.label))\" source=\"auto\" occluded=\"0\" \(Self.corners(box, degrees)) z_order=\"0\">\n"
            text += "      <attribute name=\"score\">\(numberText(object.score, decimals: 4))</attribute>\n    </box>\n"
        }
        try body.write(text + "  </image>\n")
    }

    private static func corners(_ box: [Double], _ degrees: Double) -> String {
        let text = zip(["xtl", "ytl", "xbr", "ybr"], [box[0], box[1], box[0] + box[2], box[1] + box[3]]).map { name, value in
            "\(name)=\"\(numberText(value, decimals: 2))\""
        }.joined(separator: " ")
        return degrees == 0 ? text : text + " rotation=\"\(numberText(degrees, decimals: 2))\""
    }

    func finish() throws {
        try file.write("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<annotations>\n  <version>1.1</version>\n  <meta>\n    <task>\n")
        try file.write("      <name>\(xml(input.name))</name>\n      <size>\(frames)</size>\n")
        try file.write("      <mode>\(isTracked ? "interpolation" : "annotation")</mode>\n      <labels>\n")
        for label in labels.sorted() {
            try file.write("        <label>\n          <name>\(xml(label))</name>\n          <attributes>\n            <attribute>\n")
            try file.write("              <name>score</name>\n              <mutable>True</mutable>\n")
            try file.write("              <input_type>text</input_type>\n              <default_value></default_value>\n")
            try file.write("              <values></values>\n            </attribute>\n          </attributes>\n        </label>\n")
        }
        try file.write("      </labels>\n      <original_size>\n        <width>\(size.width)</width>\n")
        try file.write("        <height>\(size.height)</height>\n      </original_size>\n    </task>\n  </meta>\n")
        try body.copy(to: file)
        // CVAT's tracks count from 0.
        for (index, track) in tracks.sorted.enumerated() { try write(track, index) }
        try file.write("</annotations>\n")
        try file.finish()
    }

    private func write(_ track: TrackedBoxes.Track, _ index: Int) throws {
        try file.write("  <track id=\"\(index)\" label=\"\(xml(track.label))\" source=\"auto\">\n")
        for stretch in track.stretches {
            for box in stretch { try write(box, Int(box.frame), isOutside: false) }
            // CVAT holds a box until it is told that the object is gone.
            if let last = stretch.last, let next = tracks.frame(after: last) { try write(last, next, isOutside: true) }
        }
        try file.write("  </track>\n")
    }

    private func write(_ box: TrackedBoxes.Box, _ frame: Int, isOutside: Bool) throws {
        let corners = Self.corners([box.x, box.y, box.width, box.height].map(Double.init), Double(box.rotation))
        try file.write(
            "    <box frame=\"\(frame)\" keyframe=\"1\" outside=\"\(isOutside ? 1 : 0)\" occluded=\"0\" \(corners) z_order=\"0\">\n")
        try file.write("      <attribute name=\"score\">\(numberText(Double(box.score), decimals: 4))</attribute>\n    </box>\n")
    }

    func discard() { file.discard() }
}

/// Text for an element, or for an attribute in double quotes, without the characters that XML has no way to write.
private func xml(_ text: String) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "&": escaped += "&amp;"
        case "<": escaped += "&lt;"
        case ">": escaped += "&gt;"
        case "\"": escaped += "&quot;"
        case "\n", "\t", "\r": escaped += " "
        case "\u{00}"..."\u{1F}", "\u{FFFE}", "\u{FFFF}": escaped += "\u{FFFD}"
        default: escaped.unicodeScalars.append(scalar)
        }
    }
    return escaped
}
