import Concurrency
import DeepVid
import Results
import Supervision
import Synchronization

/// How a run is doing, as a file that Prometheus' node exporter collects: written at the beginning, every ten seconds and at the end.
public final class MetricsFile: Sendable {
    /// How a file begins whose writer `deepvid run` started: one that the settings no longer have is removed by its next start.
    static let supervisedMark = "# Of a camera of 'deepvid run'.\n"

    private let subject: MetricsSubject
    private let state: Mutex<State>

    private struct State {
        var file: ReplacedFile
        var figures: RunFigures
        var watch = Stopwatch()
    }

    /// Writes the first file, in which counters are 0.
    ///
    /// - Parameter onTrouble: told that the file cannot be written, once, and that it can again. It is no reason to end a run.
    public init(path: String, of subject: MetricsSubject, onTrouble: @escaping @Sendable (String) -> Void) {
        self.subject = subject
        state = Mutex(State(file: ReplacedFile(path: path, onTrouble: onTrouble), figures: RunFigures(subject)))
        state.withLock { Self.write(&$0) }
    }

    /// Counts what a run gives, and writes if it is time. Safe to call from any thread.
    ///
    /// - Parameter source: the input's name.
    public func add(_ source: String, _ output: RunOutput) {
        state.withLock { state in
            state.figures.add(output, of: source, camera: subject.label(of: source))
            Self.writeIfDue(&state)
        }
    }

    /// For when nothing happens.
    public func writeIfDue() { state.withLock { Self.writeIfDue(&$0) } }

    /// Writes the figures as they are at the end.
    public func close() { state.withLock { Self.write(&$0) } }

    private static func writeIfDue(_ state: inout State) { if state.watch.seconds >= ReplacedFile.interval { write(&state) } }

    private static func write(_ state: inout State) {
        state.watch = Stopwatch()
        state.file.write((Lifeline.isSupervised ? supervisedMark : "") + state.figures.text)
        state.figures.beginInterval()
    }
}
