import Clocks
import DeepVid
import Reports
import Results
import Synchronization
import Video

/// Keeps pictures of each object's best view in a folder: the object, and the whole frame with its box.
///
/// Of live input the first pictures are there with the object's first event, for who is told of it, and are replaced with its later ones
/// while there are better views. Of recordings they are made when the object goes, from the recording itself.
///
/// Several inputs may give at a time: each waits only for the pictures of its own events.
public final class SnapshotFolder: Sendable {
    public let path: String
    /// Which stream recordings are read again by.
    private let options: VideoOptions
    /// As `--camera` names it.
    private let camera: String?
    /// The clock of the names.
    private let zone: Zone
    private let state = Mutex(State())

    private struct State {
        var cameras = CameraNames()
        /// Of objects in sight, by input and id.
        var written: [Object: (files: SnapshotFiles, worth: Double)] = [:]
        /// Inputs that can be read again.
        var recordings: Set<String> = []
        var problems = Problems()
    }

    private struct Object: Hashable {
        let source: String
        let track: Int
    }

    /// - Parameters:
    ///   - path: exists.
    ///   - options: of the run.
    public init(_ path: String, options: RunOptions) {
        (self.path, self.options, camera, zone) = (path, options.video, options.camera, options.clock.zone)
    }

    /// What there is to say since the last call: that pictures cannot be made, and why. Said once and then counted.
    public func takeProblems() -> [String] { state.withLock { $0.problems.take() } }

    /// Whether pictures are missing.
    public var hasFailed: Bool { state.withLock { $0.problems.count > 0 } }

    /// Keeps pictures if this is an event of an object that is worth them.
    /// - Returns: the same, and an event with the names of its pictures.
    public func keep(_ source: String, _ output: RunOutput) -> RunOutput {
        if case .begin = output, InputName(source).isRegularFile { state.withLock { _ = $0.recordings.insert(source) } }
        guard case .object(var event, let frame) = output, let view = event.view else { return output }
        let object = Object(source: source, track: event.trackID)
        let (known, camera) = state.withLock {
            ($0.written[object], $0.cameras.name(of: source, camera: self.camera, isTimed: event.startTime != nil))
        }
        defer { if event.kind == .end { state.withLock { $0.written[object] = nil } } }
        event.snapshot = known?.files
        guard known.map({ view.worth > $0.worth }) ?? true else { return .object(event, frame) }
        do {
            guard let picture = try frame ?? read(source, view, event.kind) else { return .object(event, frame) }
            let files = known?.files ?? files(event, camera)
            try write(picture, view, event, files)
            event.snapshot = files
            state.withLock { $0.written[object] = (files, view.worth) }
        } catch {
            state.withLock { $0.problems.add("\(path): no pictures of \(source): \(error)") }
        }
        return .object(event, frame)
    }

    /// The view's frame, from the recording. Nil while a better one may come, and where the input is none.
    private func read(_ source: String, _ view: BestView, _ kind: ObjectEvent.Kind) throws(VideoError) -> Frame? {
        // A resumed run has no beginning.
        let isRecording = state.withLock { $0.recordings.contains(source) } || InputName(source).isRegularFile
        guard kind == .end, let pts = view.pts, isRecording else { return nil }
        guard let frame = try Video.VideoReader.frame(of: source, at: pts, options: options) else {
            throw VideoError(.changed, "shows no frame at \(pts) s any more; was the file changed meanwhile?", url: source)
        }
        return frame
    }

    private func write(_ picture: Frame, _ view: BestView, _ event: ObjectEvent, _ files: SnapshotFiles) throws {
        let label = "\(event.label) #\(event.trackID) \(Format.decimal(view.score, 2))"
        try writeWhole(SnapshotImage.crop(picture, box: view.box), to: "\(path)/\(files.crop)")
        try writeWhole(
            SnapshotImage.frame(picture, box: view.box, label: label, number: event.trackID), to: "\(path)/\(files.frame)")
    }

    /// `gate_20261121T091500+0100_person_12-crop.jpg`
    private func files(_ event: ObjectEvent, _ camera: String) -> SnapshotFiles {
        let time = event.startTime.flatMap(UTCTime.seconds)
        let name = KeptNames.beginning(camera, time: time, pts: event.startSeconds, zone) + "_\(fileWord(event.label))_\(event.trackID)"
        return SnapshotFiles(crop: "\(name)-crop.jpg", frame: "\(name).jpg")
    }
}
