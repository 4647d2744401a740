import ArgumentParser
import DeepVid

/// What is kept of what was seen, besides records.
struct SnapshotFlags: ParsableArguments {
    @Option(
        help: ArgumentHelp("Keep pictures of each object that is followed, at its best view, in this folder.", valueName: "folder"),
        completion: .directory)
    var snapshots: String?

    func validate() throws {
        if snapshots?.isEmpty == true { throw ValidationError("--snapshots needs the name of a folder.") }
    }
}

/// Clips of live input.
struct ClipFlags: ParsableArguments {
    static let defaultPad = 5.0

    @Option(
        help: ArgumentHelp("Of live input, keep a clip of each event in this folder, as the camera sent it.", valueName: "folder"),
        completion: .directory)
    var clips: String?

    @Option(help: ArgumentHelp("Time before an object comes and after it goes that clips have. (default: 5)", valueName: "time"))
    var pad: TimeSpan?

    func validate() throws {
        if clips?.isEmpty == true { throw ValidationError("--clips needs the name of a folder.") }
        if pad != nil, clips == nil { throw ValidationError("--pad goes with --clips.") }
        try checkPad(pad)
    }
}

/// Who else is told of what happens.
struct NoticeFlags: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "At each event run this command of the shell, or post to this http:// or https:// address. May be given again.",
            valueName: "command"))
    var onEvent: [String] = []

    @Option(help: ArgumentHelp("Publish events, and how many are there, to the MQTT broker at this address.", valueName: "url"))
    var mqtt: String?

    var isGiven: Bool { !onEvent.isEmpty || mqtt != nil }

    func validate() throws {
        if onEvent.contains(where: { $0.allSatisfy(\.isWhitespace) }) {
            throw ValidationError("--on-event needs a command, or an http:// or https:// address.")
        }
    }
}
