import ArgumentParser
import DeepVid
import Tracking

extension OutputOptions.StaticObjects: ExpressibleByArgument {}

/// Which objects count, whether they are followed from frame to frame, and which records come of it.
struct TrackFlags: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Least height of a reported object: a share of the frame's height (0.05), or pixels (40px).", valueName: "size"))
    var minSize: ObjectSize?

    @Flag(help: "Follow objects: the same one has the same track_id in every frame.")
    var track = false

    @Option(help: ArgumentHelp("For how long a followed object may be out of sight. (default: 1)", valueName: "time"))
    var trackBuffer: TimeSpan?

    @Option(
        name: .customLong("static"),
        help: ArgumentHelp(
            "What becomes of objects that never move: hide makes no events of them, keep does. (default: hide)", valueName: "what"))
    var staticObjects: OutputOptions.StaticObjects?

    @Option(
        help: ArgumentHelp("Report who enters, leaves, stays in or crosses the zones and lines of this file.", valueName: "file"),
        completion: .file(extensions: ["json"]))
    var zones: String?

    @Flag(help: "Print a frame only when its objects are others than those of the frame before.")
    var onlyChanges = false

    @Flag(help: "Instead of frames, print when each object comes, changes and goes.")
    var events = false

    func validate() throws {
        if events, onlyChanges { throw ValidationError("--events prints no frames: leave --only-changes out.") }
        if let trackBuffer, trackBuffer.seconds > 3600 { throw ValidationError("--track-buffer must be an hour or less.") }
    }

    /// Refuses what is said of followed objects where none are followed.
    /// - Parameter others: whether other flags need objects to be followed.
    func validate(follows others: Bool) throws {
        guard !track, zones == nil, !events, !others else { return }
        let those = "--track, --zones, --events, --snapshots, --on-event or --mqtt"
        if trackBuffer != nil { throw ValidationError("--track-buffer goes with \(those).") }
        if staticObjects != nil { throw ValidationError("--static goes with \(those).") }
    }

    /// Reads the zones file.
    func options() throws -> OutputOptions {
        var options = OutputOptions()
        options.minSize = minSize?.size
        options.staticObjects = staticObjects ?? options.staticObjects
        options.follows = track
        options.trackBuffer = trackBuffer?.seconds ?? options.trackBuffer
        options.lines = events ? .events : onlyChanges ? .changes : .frames
        options.zones = try zones.map { try ZonePlan(file: $0) }
        return options
    }
}
