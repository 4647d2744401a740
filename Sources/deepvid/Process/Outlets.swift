import DeepVid
import Keeping
import Notices
import Video

/// Where a run's output goes besides its records: what is kept of what was seen, and who is told.
///
/// ```
/// RunOutput ─▶ pictures (their names go into the event) ─┬─▶ records
///                                                        ├─▶ clips of live input
///                                                        └─▶ commands, webhooks, MQTT
/// ```
/// Any thread may give output, if what there is to say is taken by one.
final class Outlets: Sendable {
    private let snapshots: SnapshotFolder?
    private let clips: LiveClips?
    private let notices: Notices?

    /// - Parameter clipping: nil for what is not live.
    /// - Throws: `CLIError` with status 2 when a folder cannot be written into, or an address is none.
    init(_ flags: SnapshotFlags, _ telling: NoticeFlags, _ clipping: ClipFlags?, _ options: RunOptions) throws {
        snapshots = try flags.snapshots.map { SnapshotFolder(try OutputFolder($0, flag: "--snapshots").path, options: options) }
        clips = try clipping?.clips.map {
            LiveClips(
                try OutputFolder($0, flag: "--clips").path, pad: clipping?.pad?.seconds ?? ClipFlags.defaultPad,
                decode: options.decode, camera: options.camera)
        }
        for doubt in telling.onEvent.compactMap(NoticeFlags.doubt) { Console.warning(doubt) }
        for silence in telling.silences(options.output.zones?.layout) { Console.warning(silence) }
        guard telling.isGiven else {
            notices = nil
            return
        }
        var told = NoticeOptions()
        (told.onEvent, told.mqtt, told.snapshots) = (telling.onEvent, telling.mqtt, flags.snapshots)
        told.kinds = telling.notify?.kinds ?? told.kinds
        told.hours = telling.hours(options.clock.zone)
        told.camera = options.camera
        told.classes = options.model.classes ?? []
        told.zones = options.output.zones?.layout.zones.map(\.name) ?? []
        do throws(NoticeError) { notices = try Notices(told) } catch { throw CLIError.unusable(error.message) }
    }

    /// - Returns: what is to be recorded.
    func take(_ source: String, _ output: RunOutput) -> RunOutput {
        let kept = snapshots?.keep(source, output) ?? output
        clips?.take(source, kept)
        notices?.take(source, kept)
        return kept
    }

    /// What keeps the last packets of a live input; nil where no clips are kept.
    func ring(of source: String) -> PacketRing? { clips?.ring(of: source) }

    /// Does what is due once a second: writes clips on, and says what went wrong since the last time.
    func advance() {
        clips?.advance()
        report()
    }

    /// Says what went wrong since the last time.
    func report() {
        let problems = [snapshots?.takeProblems(), clips?.takeProblems(), notices?.takeProblems()].compactMap(\.self).joined()
        for problem in problems { Console.warning(problem) }
    }

    /// Waits for those who are told, though not for long, and says what was lost.
    /// - Returns: whether something that was to be kept is missing.
    func finish() -> Bool {
        report()
        for problem in notices?.finish() ?? [] { Console.warning(problem) }
        return snapshots?.hasFailed ?? false || clips?.hasFailed ?? false
    }
}

extension OutputOptions {
    /// Asks for the events that are kept or told.
    mutating func add(_ keeping: SnapshotFlags, _ telling: NoticeFlags, _ clipping: ClipFlags? = nil) {
        (snapshots, clips) = (keeping.snapshots, clipping?.clips)
        tellsEvents = telling.isGiven || clipping?.clips != nil
    }
}
