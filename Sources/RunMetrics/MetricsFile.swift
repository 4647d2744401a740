import Concurrency
import DeepVid
import FileNames
import Glibc
import Results
import Synchronization

/// How a run is doing, as a file that Prometheus' node exporter collects (its textfile collector): replaced as a whole every ten seconds, so
/// that nobody reads half of one.
public final class MetricsFile: Sendable {
    /// Seconds between two writes: as often as Prometheus usually asks, or oftener.
    public static let interval = 10.0

    private let path: String
    private let camera: String?
    private let state: Mutex<State>
    /// Told why the file cannot be written: once, until it can again. It is no reason to end a run.
    private let onFailure: @Sendable (String) -> Void

    private struct State {
        var figures = RunFigures()
        var watch = Stopwatch()
        var hasFailed = false
    }

    /// Writes the first file.
    ///
    /// - Parameter camera: the label of all figures; nil for the inputs' own names, or none for clips.
    /// - Throws: when it cannot be written.
    public init(path: String, camera: String?, onFailure: @escaping @Sendable (String) -> Void) throws(OutputError) {
        (self.path, self.camera, self.onFailure) = (path, camera, onFailure)
        state = Mutex(State())
        try write(RunFigures().text)
    }

    /// Counts what a run gives, and writes if it is time. Safe to call from any thread.
    ///
    /// - Parameter source: the input's name.
    public func add(_ source: String, _ output: RunOutput) {
        state.withLock { state in
            state.figures.add(output, of: source, camera: camera ?? source)
            writeIfDue(&state)
        }
    }

    /// The same of a clip, one of many: their names are no labels, or there would be a series for each.
    public func add(clip source: String, _ output: RunOutput) {
        state.withLock { state in
            state.figures.add(output, of: source, camera: camera)
            if case .end(let summary) = output { state.figures.addClip(summary.reason, camera: camera) }
            writeIfDue(&state)
        }
    }

    /// For when nothing happens.
    public func writeIfDue() { state.withLock { writeIfDue(&$0) } }

    /// Writes the figures as they are at the end.
    public func close() { state.withLock { write(&$0) } }

    private func writeIfDue(_ state: inout State) { if state.watch.seconds >= Self.interval { write(&state) } }

    private func write(_ state: inout State) {
        state.watch = Stopwatch()
        do throws(OutputError) {
            try write(state.figures.text)
            state.hasFailed = false
        } catch {
            if !state.hasFailed { onFailure("\(path): cannot be written: \(error.message)") }
            state.hasFailed = true
        }
        state.figures.beginInterval()
    }

    private func write(_ text: String) throws(OutputError) {
        let new = path + ".new"
        let descriptor = open(new.fileName, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw OutputError(errno: errno) }
        defer { Glibc.close(descriptor) }
        do throws(OutputError) {
            try writeAll(Array(text.utf8), to: descriptor)
            guard rename(new.fileName, path.fileName) == 0 else { throw OutputError(errno: errno) }
        } catch {
            unlink(new.fileName)
            throw error
        }
    }
}
