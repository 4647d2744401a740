import Clocks
import DeepVid
import FileNames

/// The pictures in a run's folder of snapshots, by their names: records of frames do not say which picture is of which object.
struct KeptPictures: Sendable {
    private struct Object: Hashable {
        let camera, label, trackID: Substring
    }

    /// A picture of the object itself, and the time in its name: seconds since 1970, or of the video.
    private struct Picture {
        let time: Double
        let name: String
    }

    private var pictures: [Object: [Picture]] = [:]

    /// - Parameters:
    ///   - folder: as the run was given it; looked for as `ClipFiles` looks for clips.
    ///   - results: the file of the run's records.
    init(folder: String, results: String) {
        let names = ClipFiles.places(folder, results: results).lazy.compactMap { namesInFolder($0) }.first ?? []
        for name in names where name.hasSuffix(Self.ending) {
            let parts = name.dropLast(Self.ending.count).split(separator: "_", omittingEmptySubsequences: false)
            guard let at = parts.indices.dropFirst().dropLast(2).last(where: { Self.time(parts[$0]) != nil }) else { continue }
            let object = Object(
                camera: Self.word(parts[..<at]), label: Self.word(parts[(at + 1)..<(parts.count - 1)]), trackID: parts[parts.count - 1])
            pictures[object, default: []].append(Picture(time: Self.time(parts[at])!, name: name))
        }
    }

    private static let ending = "-crop.jpg"

    private static func word(_ parts: ArraySlice<Substring>) -> Substring { Substring(parts.joined(separator: "_")) }

    /// `20261121T091500+0100`, or `000012.250s`.
    private static func time(_ text: Substring) -> Double? {
        if text.hasSuffix("s") { return text.contains(".") ? Double(text.dropLast()) : nil }
        guard
            let parts = text.wholeMatch(
                of: /([0-9]{4})([0-9]{2})([0-9]{2})T([0-9]{2})([0-9]{2})([0-9]{2})(Z|[+-][0-9]{4})/)
        else { return nil }
        let offset = parts.7 == "Z" ? "Z" : "\(parts.7.prefix(3)):\(parts.7.suffix(2))"
        return UTCTime.seconds(of: "\(parts.1)-\(parts.2)-\(parts.3)T\(parts.4):\(parts.5):\(parts.6)\(offset)")
    }

    /// The name of an object's picture: of those with its camera, class and number, the last one that began between two times.
    func name(camera: String, label: String, trackID: Int, between first: Double, and last: Double) -> String? {
        let object = Object(camera: Substring(camera), label: Substring(fileWord(label)), trackID: Substring("\(trackID)"))
        return pictures[object]?.filter { (first...max(first, last)).contains($0.time) }.max { $0.time < $1.time }?.name
    }
}
