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
