import ArgumentParser
import Clocks
import DeepVid
import FileNames
import Glibc
import Notices
import Results
import Tracking

/// What is kept of what was seen, besides records.
struct SnapshotFlags: ParsableArguments {
    @Option(
        help: ArgumentHelp("Keep pictures of each object that is followed, at its best view, in this folder.", valueName: "folder"),
        completion: .directory)
    var snapshots: String?

    func validate() throws {
        if snapshots?.isEmpty == true { throw ValidationError("--snapshots needs the name of a folder.") }
    }

    /// Refuses what is no folder.
    func check() throws { if let snapshots { try checkFolder(snapshots, flag: "--snapshots") } }
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

    /// Refuses what is no folder.
    func check() throws { if let clips { try checkFolder(clips, flag: "--clips") } }
}

/// Who else is told of what happens.
struct NoticeFlags: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "At each event run this command of the shell, or post to this http:// or https:// address. May be given again.",
            valueName: "command"))
    var onEvent: [String] = []

    @Option(
        help: ArgumentHelp(
            "What --on-event is told of, separated by commas: start, end, offline and others. (default: all)", valueName: "events"),
        completion: .list(NoticeRecord.Kind.allCases.map(\.rawValue)))
    var notify: NoticeKinds?

    @Option(
        help: ArgumentHelp(
            "Of objects, tell from this time of day on only (22:00), by --on-event and --mqtt; of cameras, always.", valueName: "clock"))
    var notifyFrom: ClockTime?

    @Option(help: ArgumentHelp("Of objects, tell before this time of day only; 06:00 may be of the next day.", valueName: "clock"))
    var notifyTo: ClockTime?

    @Option(help: ArgumentHelp("Publish events, and how many are there, to the MQTT broker at this address.", valueName: "url"))
    var mqtt: String?

    var isGiven: Bool { !onEvent.isEmpty || mqtt != nil }

    func validate() throws {
        if onEvent.contains(where: { $0.allSatisfy(\.isWhitespace) }) {
            throw ValidationError("--on-event needs a command, or an http:// or https:// address.")
        }
        if notify != nil, onEvent.isEmpty { throw ValidationError("--notify goes with --on-event.") }
        for (flag, time) in [("--notify-from", notifyFrom), ("--notify-to", notifyTo)] {
            guard let time else { continue }
            guard case .daily = time else { throw ValidationError("\(flag) takes a time of every day, such as 22:00, and no date.") }
            if !isGiven { throw ValidationError("\(flag) goes with --on-event or --mqtt.") }
        }
    }

    /// When objects are told of; nil at any time.
    /// - Parameter zone: the clock of `--notify-from` and `--notify-to`.
    func hours(_ zone: Zone) -> TimeWindow? {
        // Times of every day are neither mixed nor none, which is all that can be wrong.
        (try? TimeWindow(from: notifyFrom, to: notifyTo, zone: zone)) ?? nil
    }

    /// What is asked for and never happens.
    func silences(_ layout: ZoneLayout?) -> [String] {
        guard let kinds = notify?.kinds else { return [] }
        let give = layout == nil ? "give --zones" : "write some into the --zones file"
        let hasZones = layout?.zones.isEmpty == false
        var silent: [(NoticeRecord.Kind, String)] = []
        if !hasZones {
            silent.append((.enter, "without zones nobody enters; \(give), or notify of start"))
            silent.append((.leave, "without zones nobody leaves; \(give), or notify of end"))
            silent.append((.dwell, "without zones nobody dwells; \(give), with dwell_s"))
        } else if layout!.zones.allSatisfy(\.dwellSeconds.isEmpty) {
            silent.append((.dwell, "no zone says after how long; write dwell_s into the --zones file"))
        }
        if layout?.lines.isEmpty ?? true { silent.append((.cross, "without lines nobody crosses; \(give), with lines")) }
        return silent.filter { kinds.contains($0.0) }.map { "--notify \($0.0.rawValue): \($0.1)" }
    }

    /// What to say of a command that is probably an address, or whose program is not there; nil where there is no such doubt.
    static func doubt(of command: String) -> String? {
        let address = /[A-Za-z0-9.\-]+:[0-9]+(\/\S*)?|[A-Za-z0-9\-]+(\.[A-Za-z0-9\-]+)+\/\S*/
        if command.wholeMatch(of: address) != nil, access(command.fileName, F_OK) != 0 {
            let shown = NoticeText.withoutSecrets(command)
            return "--on-event \(shown) is run as a command of the shell; an address begins with http:// or https://"
        }
        return missingProgram(of: command).map { "--on-event: \($0)" }
    }

    /// Why the shell will not find the program that a command begins with. Nil where it will, and where the command begins with
    /// anything but a plain name.
    private static func missingProgram(of command: String) -> String? {
        guard let match = command.prefixMatch(of: /\s*([A-Za-z0-9_.\/\-]+)(?=\s|;|$)/) else { return nil }
        let word = String(match.1)
        if word.contains("/") {
            if access(word.fileName, X_OK) == 0 { return nil }
            guard access(word.fileName, F_OK) == 0 else { return "\(word): not found" }
            return "\(word): is not executable: chmod +x \(quoted(word))"
        }
        let folders = (getenv("PATH").map { String(cString: $0) } ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":")
        guard !ofShell.contains(word), !folders.contains(where: { access("\($0)/\(word)".fileName, X_OK) == 0 }) else { return nil }
        return access(word.fileName, F_OK) == 0
            ? "\(word): not found; write ./\(word) for the file beside the settings, or where infer is run"
            : "\(word): not found; write the path of the program"
    }

    /// What the shell knows without a file, of what commands begin with.
    private static let ofShell: Set = [
        ".", "alias", "break", "case", "cd", "command", "continue", "do", "echo", "eval", "exec", "exit", "export", "false", "for",
        "function",
        "getopts", "if", "kill", "local", "printf", "read", "readonly", "return", "set", "shift", "test", "time", "times", "trap", "true",
        "type",
        "ulimit", "umask", "unset", "until", "wait", "while",
    ]
}

/// `start,enter`: what is told of.
struct NoticeKinds: ExpressibleByArgument {
    let kinds: Set<NoticeRecord.Kind>

    init?(argument: String) {
        guard let names = NameList(argument: argument)?.names else { return nil }
        kinds = Set(names.compactMap(NoticeRecord.Kind.init))
        guard kinds.count == Set(names).count else { return nil }
    }
}
