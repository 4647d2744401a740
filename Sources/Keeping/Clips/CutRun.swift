import Clocks
import DeepVid
import Models
import Reports
import Results
import Video

/// Cuts clips around events out of the recordings that they are of, without encoding anything again.
public struct CutRun {
    public struct Options: Sendable {
        /// Seconds before an object comes and after it goes.
        public var pad: Double
        /// The folder for the clips; exists.
        public var folder: String
        /// Of what there are clips.
        public var selection = ResultSelection()
        /// The clock of their names.
        public var timeZone = Zone.local

        public init(pad: Double, folder: String) { (self.pad, self.folder) = (pad, folder) }
    }

    /// A clip that was written, and what is in it.
    public struct Clip: Sendable {
        public let file: String
        public let camera, source: String
        /// In seconds of the recording.
        public let start, end: Double
        /// The time of day of the start, in seconds since 1970; nil where that is not known.
        public let time: Double?
        public let frames, bytes: Int
        /// How many objects of each class, the most first.
        public let objects: [(label: String, count: Int)]
        public let zones: [String]
    }

    public struct Outcome: Sendable {
        public var clips: [Clip] = []
        /// What should be known, and why something is missing.
        public var warnings: [String] = []
        public var problems: [String] = []
        /// Zones that were asked for and are there, and that nobody was in.
        public var emptyZones: [String] = []
        /// Where clips have several visits, the greatest of these times around them that would part some, in seconds; nil for none.
        public var partingPad: Double?

        /// As `cut --format json` prints it.
        public var json: String { jsonText(of: ["clips": clips.map(\.json)] as JSONObject) }
    }

    private let options: Options
    private let control: RunControl

    public init(_ options: Options, control: RunControl) { (self.options, self.control) = (options, control) }

    /// - Parameters:
    ///   - results: files; `-` is standard input.
    ///   - onFile: called before each of them, with its index.
    /// - Returns: nil if it was stopped.
    /// - Throws: `DeepVidError` when no file can be read, or no record tells of an object that was followed.
    public func run(_ results: [String], onFile: (Int) -> Void = { _ in }) throws -> Outcome? {
        var reader = ResultsReader(), outcome = Outcome()
        guard let inputs = try reader.stays(in: results, control: control, onFile: onFile) else { return nil }
        (outcome.warnings, outcome.problems) = (reader.warnings, reader.problems)
        if !inputs.isEmpty, inputs.allSatisfy({ !$0.stays.isTracked }) {
            throw DeepVidError(
                .noRecords,
                "the records tell of no objects that were followed, and so not when one came and went: run infer with --track or --events")
        }
        let selection = options.selection
        var check = SelectionCheck(selection), names = CameraNames(), used: Set<String> = []
        let cameras = InputCamera.names(inputs.lazy.map(\.input.camera))
        for (input, stays) in inputs {
            check.know(input)
            _ = check.see(input, named: cameras[input.camera]!)
            for stay in stays.all { check.see(stay) }
        }
        try check.refuseUnknownNames()
        outcome.warnings += check.warnings
        if selection.classes == nil, selection.time == nil { outcome.emptyZones = check.emptyZones }
        for (input, stays) in inputs where check.see(input, named: cameras[input.camera]!) {
            let source = input.name, isTimed = stays.all.contains { $0.span.startTime != nil }
            let isOne = isTimed && input.camera.isNamed && (RecordingName(path: source) != nil || source.contains("://"))
            // The camera's name in the names of clips, in which a slash has no place.
            let word = isOne ? fileWord(cameras[input.camera]!) : names.name(of: source, camera: input.begin?.camera, isTimed: isTimed)
            let camera = isOne ? cameras[input.camera]! : word
            let wanted = stays.all.filter(selection.includes)
            guard !wanted.isEmpty else { continue }
            guard try cut(WantedPart.parts(wanted, pad: options.pad), input, (camera, word), &used, into: &outcome) else { return nil }
        }
        return outcome
    }

    /// - Returns: false if it was stopped.
    private func cut(
        _ parts: [WantedPart], _ input: ResultInput, _ camera: (name: String, word: String), _ used: inout Set<String>,
        into outcome: inout Outcome
    ) throws -> Bool {
        let source = input.name
        if source.contains("://"), let folder = input.begin?.options.clips {
            let kept = KeptClips(folder: folder, results: input.file, camera: input.begin?.camera ?? cameraName(of: source))
            let found = kept.clips(of: parts.flatMap(\.stays))
            for (clip, stays) in found where !outcome.clips.contains(where: { $0.file == clip.path }) {
                outcome.clips.append(Clip(clip, stays, camera: camera.name, source: source))
            }
            let problem = "\(source): no clip of these objects is in \(folder), where the run kept them"
            if found.isEmpty, !outcome.problems.contains(problem) { outcome.problems.append(problem) }
            return true
        }
        guard let path = ClipFiles.find(source, results: input.file) else {
            let reason =
                source.contains("://")
                ? "is no recording; with infer --clips (the option 'clips'), the clips of a camera are in that option's folder"
                : "the recording is not there; run it in the folder in which infer or batch ran, or put the recording beside the results"
            // A camera begins anew whenever it is started.
            let problem = "\(source): \(reason)"
            if !outcome.problems.contains(problem) { outcome.problems.append(problem) }
            return true
        }
        let cutter: ClipCutter
        do throws(VideoError) { cutter = try ClipCutter(path, stream: input.begin?.options.stream) } catch {
            outcome.problems.append("\(error)")
            return true
        }
        for pad in parts.compactMap(\.partingPad) { outcome.partingPad = max(outcome.partingPad ?? pad, pad) }
        for part in parts {
            if control.isStopped { return false }
            let first = part.stays[0].span, offset = part.stays.lazy.compactMap(\.span.offset).first
            let plain = KeptNames.beginning(camera.word, time: first.startTime, pts: first.start, options.timeZone)
            var name = plain, number = 2
            while !used.insert(name).inserted { (name, number) = ("\(plain)-\(number)", number + 1) }
            do throws(VideoError) {
                guard let clip = try cutter.cut(part.range, to: "\(options.folder)/\(name)") else {
                    let begin = Format.time(max(0, part.range.lowerBound))
                    outcome.problems.append("\(path): shows nothing from \(begin) on; is it the recording that the results are of?")
                    continue
                }
                outcome.clips.append(Clip(clip, part, camera: camera.name, source: source, time: offset.map { clip.start + $0 }))
            } catch {
                // What cannot be written now cannot be written later.
                if error.code == .unwritable { throw DeepVidError(error) }
                outcome.problems.append("\(error)")
            }
        }
        return true
    }
}

extension CutRun.Clip {
    init(_ clip: CutClip, _ part: WantedPart, camera: String, source: String, time: Double?) {
        (file, start, end, frames, bytes) = (clip.path, clip.start, clip.end, clip.frames, clip.bytes)
        (self.camera, self.source, self.time) = (camera, source, time)
        objects = Self.objects(part.stays)
        zones = part.zones.sorted()
    }

    /// One that was kept.
    init(_ clip: KeptClips.Clip, _ stays: [ObjectStay], camera: String, source: String) {
        (file, start, end, frames, bytes) = (clip.path, 0, clip.length, clip.frames, clip.bytes)
        (self.camera, self.source, time) = (camera, source, clip.time)
        objects = Self.objects(stays)
        zones = Set(stays.lazy.flatMap(\.zones).map(\.name)).sorted()
    }

    private static func objects(_ stays: [ObjectStay]) -> [(label: String, count: Int)] {
        let counts = stays.reduce(into: [:]) { $0[$1.label, default: 0] += 1 }
        return counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { ($0.key, $0.value) }
    }

    var json: JSONObject {
        [
            "file": file, "camera": camera, "source": source, "start_s": start, "end_s": end, "start_time": time.map(UTCTime.text),
            "duration_s": end - start, "frames": frames, "bytes": bytes,
            "objects": objects.map { ["label": $0.label, "count": $0.count] as JSONObject }, "zones": zones,
        ]
    }
}
