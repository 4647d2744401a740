import DeepVid
import Keeping
import Notices

/// Where a run's output goes besides its records: what is kept of what was seen, and who is told.
///
/// ```
/// RunOutput ─▶ pictures (their names go into the event) ─┬─▶ records
///                                                        └─▶ commands, webhooks, MQTT
/// ```
/// Any thread may give output, if what there is to say is taken by one.
final class Outlets: Sendable {
    private let snapshots: SnapshotFolder?
    private let notices: Notices?

    /// - Throws: `CLIError` with status 2 when a folder cannot be written into, or an address is none.
    init(_ flags: SnapshotFlags, _ telling: NoticeFlags, _ options: RunOptions) throws {
        snapshots = try flags.snapshots.map { SnapshotFolder(try OutputFolder($0, flag: "--snapshots").path, options: options.video) }
        guard telling.isGiven else {
            notices = nil
            return
        }
        var told = NoticeOptions()
        (told.onEvent, told.mqtt, told.snapshots) = (telling.onEvent, telling.mqtt, flags.snapshots)
        told.classes = options.model.classes ?? []
        told.zones = options.output.zones?.layout.zones.map(\.name) ?? []
        do throws(NoticeError) { notices = try Notices(told) } catch { throw CLIError.unusable(error.message) }
    }

    /// - Returns: what is to be recorded.
    func take(_ source: String, _ output: RunOutput) -> RunOutput {
        let kept = snapshots?.keep(source, output) ?? output
        notices?.take(source, kept)
        return kept
    }

    /// Says what went wrong since the last time.
    func report() {
        for problem in (snapshots?.takeProblems() ?? []) + (notices?.takeProblems() ?? []) { Console.warning(problem) }
    }

    /// Waits for those who are told, though not for long, and says what was lost.
    /// - Returns: whether something that was to be kept is missing.
    func finish() -> Bool {
        report()
        for problem in notices?.finish() ?? [] { Console.warning(problem) }
        return snapshots?.hasFailed ?? false
    }
}

extension OutputOptions {
    /// Asks for the events that are kept or told.
    mutating func add(_ keeping: SnapshotFlags, _ telling: NoticeFlags) {
        snapshots = keeping.snapshots
        tellsEvents = telling.isGiven
    }
}
