import Clocks
import Concurrency
import DeepVid
import FileNames
import Glibc
import Reports
import Results
import Supervision
import Video

/// Everything for people, on stderr. Standard output is for records only.
///
/// Used by one thread at a time only.
enum Console {
    /// How lines are written.
    enum Format: String, CaseIterable {
        case text
        /// An object a line.
        case json
        /// With the level in front, as systemd's journal and sd-daemon(3) have it.
        case journal

        /// What suits whoever reads standard error: the journal says so, by the device and inode of the file that it gave.
        static var suitable: Format {
            var status = stat()
            guard let stream = getenv("JOURNAL_STREAM"), fstat(STDERR_FILENO, &status) == 0 else { return .text }
            return String(cString: stream) == "\(status.st_dev):\(status.st_ino)" ? .journal : .text
        }
    }

    static var isTerminal: Bool { format == .text && isatty(STDERR_FILENO) == 1 }
    nonisolated(unsafe) static var format = Format.suitable
    /// Named by every line of `json`.
    nonisolated(unsafe) static var camera: String?
    /// Whether lines of text begin with the time of day, as those of a service do that no journal stamps.
    nonisolated(unsafe) static var showsTime = false
    nonisolated(unsafe) static var isQuiet = false
    nonisolated(unsafe) static var isVerbose = false
    nonisolated(unsafe) private static var statusLines = 0

    static func error(_ message: String) { say(.error, message) }

    static func warning(_ message: String) { if !isQuiet { say(.warning, message) } }

    static func info(_ message: String) { if !isQuiet { say(.info, message) } }

    /// Detail for `--verbose`.
    static func note(_ message: String) { if isVerbose { say(.info, message) } }

    /// - Parameter camera: that says it, of those that this process supervises.
    static func say(_ level: Level, _ message: String, camera named: String? = nil) {
        eraseStatus()
        let message = OptionNames.asFlags(message)
        switch format {
        case .text:
            let kind = level == .info ? "" : "\(level.name): "
            let time = showsTime ? Zone.local.timeOfDay(Arrival.now.wall) + " " : ""
            write("\(time)deepvid: \(named.map { "\($0): " } ?? "")\(kind)\(message)\n")
        case .journal: write("<\(level.rawValue)>\(named.map { "\($0): " } ?? "")\(message)\n")
        case .json:
            let line: JSONObject = [
                "time": UTCTime.text(Arrival.now.wall), "level": level.name, "camera": named ?? camera, "message": message,
            ]
            write(jsonText(of: line) + "\n")
        }
    }

    /// What came of it, for whoever watches.
    static func summary(_ message: String) {
        if isTerminal || isVerbose, !isQuiet { plain(message) }
    }

    static func plain(_ message: some StringProtocol) {
        guard format == .text else { return say(.info, String(message)) }
        eraseStatus()
        write(message + "\n")
    }

    /// Replaces the lines under construction at the bottom, each cut to the width of the terminal.
    static func showStatus(_ lines: [String]) {
        guard isTerminal else { return plain(lines.joined(separator: "\n")) }
        let width = max(columns - 1, 20)
        write(erasure + lines.map { String($0.prefix(width)) }.joined(separator: "\n"))
        statusLines = lines.count
    }

    static func eraseStatus() {
        write(erasure)
        statusLines = 0
    }

    /// What clears the lines under construction.
    private static var erasure: String {
        switch statusLines {
        case 0: ""
        case 1: "\r\u{1B}[K"
        default: "\r\u{1B}[\(statusLines - 1)A\u{1B}[J"
        }
    }

    private static func write(_ text: some StringProtocol) {
        var text = String(text).printableFileName
        // What cannot be said is not worth failing for.
        text.withUTF8 { _ = Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }

    private static var columns: Int {
        var size = winsize()
        guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }
}

/// Shows `street.mp4  1200 frames  83.1 fps  24 %  ETA 0:46`, redrawn ten times a second.
func progressLine(_ title: String) -> (RunProgress) -> Void {
    let watch = Stopwatch()
    var drawn: Stopwatch?
    return { progress in
        // Not a terminal, but asked for: a line a second, as logs like it.
        if let drawn, drawn.milliseconds < (Console.isTerminal ? 100 : 1000) { return }
        drawn = Stopwatch()
        let seconds = watch.seconds
        var parts = [title, Formatting.count(progress.frames, "frame")]
        if seconds > 0.2 { parts.append("\(Format.decimal(Double(progress.frames) / seconds, 1)) fps") }
        if let fraction = progress.fraction {
            parts.append("\(Int(fraction * 100)) %")
            if fraction > 0.01, seconds > 0.5 { parts.append("ETA \(Format.time(seconds / fraction - seconds))") }
        }
        Console.showStatus([parts.joined(separator: "  ")])
    }
}
