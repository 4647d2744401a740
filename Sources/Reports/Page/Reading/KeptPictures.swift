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
    ///   - folder: as the run was given it; looked for from the working directory and from beside the results.
    ///   - results: the file of the run's records.
    init(folder: String, results: String) {
        let beside = results.lastIndex(of: "/").map { String(results[...$0]) + folder }
        let names = namesInFolder(folder) ?? (folder.hasPrefix("/") ? nil : beside.flatMap { namesInFolder($0) }) ?? []
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

    /// `20261121T081500Z`, or `000012.250s`.
    private static func time(_ text: Substring) -> Double? {
        if text.hasSuffix("s") { return text.contains(".") ? Double(text.dropLast()) : nil }
        let digits = Array(text)
        guard digits.count == 16, digits[8] == "T", digits[15] == "Z" else { return nil }
        func part(_ range: Range<Int>) -> String { String(digits[range]) }
        return UTCTime.seconds(
            of: "\(part(0..<4))-\(part(4..<6))-\(part(6..<8))T\(part(9..<11)):\(part(11..<13)):\(part(13..<15))Z")
    }

    /// The name of an object's picture: of those with its camera, class and number, the last one that began between two times.
    func name(camera: String, label: String, trackID: Int, between first: Double, and last: Double) -> String? {
        let object = Object(camera: Substring(camera), label: Substring(fileWord(label)), trackID: Substring("\(trackID)"))
        return pictures[object]?.filter { (first...max(first, last)).contains($0.time) }.max { $0.time < $1.time }?.name
    }
}
