import Clocks
import DeepVid
import FileNames
import Glibc
import Reports
import Results
import Video

/// The clips that a run kept of a live input, by their names: `gate_20261128T220007+0100.mp4`.
struct KeptClips {
    struct Clip {
        let path: String
        /// When the first object in it came, in seconds since 1970.
        let time: Double
        /// In seconds.
        let length: Double
        let frames, bytes: Int
    }

    private let clips: [Clip]

    /// Seconds by which names, which have none of their parts, and the times of records may differ.
    private static let tolerance = 1.0
    /// Clips of a camera that are looked at.
    private static let most = 10_000

    /// - Parameters:
    ///   - folder: as the run was given it; looked for as the clips of results are.
    ///   - results: the file of the run's records.
    ///   - camera: as it is in the names.
    init(folder: String, results: String, camera: String) {
        let places = ClipFiles.places(folder, results: results)
        guard let (place, names) = places.lazy.compactMap({ place in namesInFolder(place).map { (place, $0) } }).first else {
            clips = []
            return
        }
        clips = names.filter { $0.hasPrefix(camera + "_") && ($0.hasSuffix(".mp4") || $0.hasSuffix(".mkv")) }.prefix(Self.most).compactMap {
            name in
            guard let recording = RecordingName(path: name), recording.camera == camera, case .instant(let time) = recording.start else {
                return nil
            }
            let path = place + (place.hasSuffix("/") ? "" : "/") + name
            var status = stat()
            guard stat(path.fileName, &status) == 0, status.st_mode & S_IFMT == S_IFREG, let info = try? VideoReader(path).info,
                let length = info.duration
            else { return nil }
            return Clip(path: path, time: time, length: length, frames: info.frameCount ?? 0, bytes: Int(status.st_size))
        }
    }

    /// The clips in which objects are, each with those that are in it.
    /// - Parameter stays: without a time of day they are in none.
    func clips(of stays: [ObjectStay]) -> [(clip: Clip, stays: [ObjectStay])] {
        clips.compactMap { clip in
            let span = (clip.time - Self.tolerance)...(clip.time + clip.length + Self.tolerance)
            let inside = stays.filter { stay in
                stay.span.startTime.map { span.overlaps($0...max($0, stay.span.endTime ?? $0)) } ?? false
            }
            return inside.isEmpty ? nil : (clip, inside)
        }.sorted { $0.clip.time < $1.clip.time }
    }
}
