import DeepVid
import Video

/// `street.mp4  1200 frames  83.1 fps  24 %  ETA 0:46`, redrawn ten times a second.
final class ProgressLine {
    private let title: String
    private let began = ContinuousClock.now
    private var drawn: ContinuousClock.Instant?

    init(input: String, index: Int, of count: Int) {
        let name = InputName(input).redacted.split(separator: "/").last.map(String.init) ?? input
        title = count > 1 ? "[\(index + 1)/\(count)] \(name)" : name
    }

    func update(_ progress: Progress) {
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
