import DeepVid
import FileNames
import Glibc

/// Everything for people, on stderr. Standard output is for records only.
///
/// Used from the main thread only.
final class Console {
    nonisolated(unsafe) static let shared = Console()

    let isTerminal = isatty(STDERR_FILENO) == 1
    var isQuiet = false
    var isVerbose = false
    private var statusLines = 0

    func error(_ message: String) { plain("deepvid: error: \(message)") }

    func warning(_ message: String) {
        if !isQuiet { plain("deepvid: warning: \(message)") }
    }

    /// Detail for `--verbose`.
    func note(_ message: String) {
        if isVerbose { plain("deepvid: \(message)") }
    }

    func plain(_ message: some StringProtocol) {
        eraseStatus()
        write(message + "\n")
    }

    /// Replaces the line under construction at the bottom, cut to the width of the terminal.
    func showStatus(_ text: String) { showStatus([text]) }

    /// The same of several lines.
    func showStatus(_ lines: [String]) {
        guard isTerminal else { return write(lines.joined(separator: "\n") + "\n") }
        let width = max(Self.columns - 1, 20)
        write(erasure + lines.map { String($0.prefix(width)) }.joined(separator: "\n"))
        statusLines = lines.count
    }

    func eraseStatus() {
        write(erasure)
        statusLines = 0
    }

    /// What clears the lines under construction.
    private var erasure: String {
        switch statusLines {
        case 0: ""
        case 1: "\r\u{1B}[K"
        default: "\r\u{1B}[\(statusLines - 1)A\u{1B}[J"
        }
    }

    private func write(_ text: some StringProtocol) {
        var text = String(text).printableFileName
        text.withUTF8 { bytes in
            // What cannot be said is not worth failing for.
            _ = Glibc.write(STDERR_FILENO, bytes.baseAddress, bytes.count)
        }
    }

    private static var columns: Int {
        var size = winsize()
        guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }
}

/// `street.mp4  1200 frames  83.1 fps  24 %  ETA 0:46`, redrawn ten times a second.
final class ProgressLine {
    private let title: String
    private let began = ContinuousClock.now
    private var drawn: ContinuousClock.Instant?

    init(input: String, index: Int, of count: Int) {
        let name = input.split(separator: "/").last.map(String.init) ?? input
        title = count > 1 ? "[\(index + 1)/\(count)] \(name)" : name
    }

    func update(_ progress: RunProgress) {
        let now = ContinuousClock.now
        // Not a terminal, but asked for: a line a second, as logs like it.
        let interval: Duration = Console.shared.isTerminal ? .milliseconds(100) : .seconds(1)
        if let drawn, drawn.duration(to: now) < interval { return }
        drawn = now
        let elapsed = began.duration(to: now)
        let seconds = Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) * 1e-18
        var parts = [title, Formatting.count(progress.frames, "frame")]
        if seconds > 0.2 { parts.append("\(Formatting.fixed(Double(progress.frames) / seconds, 1)) fps") }
        if let fraction = progress.fraction {
            parts.append("\(Int(fraction * 100)) %")
            if fraction > 0.01, seconds > 0.5 { parts.append("ETA \(Formatting.duration(seconds / fraction - seconds))") }
        }
        Console.shared.showStatus(parts.joined(separator: "  "))
    }
}
