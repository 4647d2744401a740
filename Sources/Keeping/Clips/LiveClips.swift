import Clocks
import DeepVid
import Models
import Results
import Synchronization
import Video

/// Keeps clips of live input: from some seconds before an object comes to some seconds after the last one goes, as the camera sent them.
///
/// Clips of objects that follow one another within that time are one. A clip is at most `longest` long; then another goes on.
///
/// Any thread may give output.
public final class LiveClips: Sendable {
    /// Seconds.
    static let longest = 600.0
    /// Seconds that an object may have been in the picture before it is told of: until it is confirmed, and while frames wait for the model.
    private static let notice = 5.0

    private let folder: String
    private let pad: Double
    /// Seconds that pictures may wait before they are decoded.
    private let hold: Double
    /// As `--camera` names it.
    private let camera: String?
    /// The clock of the names.
    private let zone = Zone.local
    private let state = Mutex(State())

    private struct State {
        var inputs: [String: Input] = [:]
        var cameras = CameraNames()
        var problems = Problems()
    }

    private struct Input {
        let ring: PacketRing
        /// Objects in sight.
        var open: Set<Int> = []
        var clip: LiveClip?
        /// Presentation time up to which the clip is wanted, in seconds.
        var until = -Double.infinity
        /// What makes the time of day of a presentation time.
        var offset: Double?
    }

    /// - Parameters:
    ///   - folder: exists.
    ///   - pad: seconds before and after.
    ///   - decode: pictures of quiet stretches wait before they are decoded.
    public init(_ folder: String, pad: Double, decode: DecodeMode = .all, camera: String?) {
        (self.folder, self.pad, self.camera) = (folder, pad, camera)
        hold = decode == .active ? HeldDecoder.longestSeconds : 0
    }

    /// What keeps the last packets of an input; the same at each call.
    public func ring(of source: String) -> PacketRing {
        state.withLock { state in
            if let known = state.inputs[source] { return known.ring }
            let ring = PacketRing(seconds: pad + hold + Self.notice)
            state.inputs[source] = Input(ring: ring)
            return ring
        }
    }

    public func takeProblems() -> [String] { state.withLock { $0.problems.take() } }
    public var hasFailed: Bool { state.withLock { $0.problems.count > 0 } }

    /// Takes what a live run gives.
    public func take(_ source: String, _ output: RunOutput) {
        state.withLock { state in
            guard var input = state.inputs.removeValue(forKey: source) else { return }
            defer { state.inputs[source] = input }
            switch output {
            case .object(let event, _): see(event, &input, source, &state)
            case .lost, .end:
                input.open = []
                advance(&input, source, &state, isOver: true)
            default: break
            }
        }
    }

    /// Writes what came meanwhile. To be called every second or so.
    public func advance() {
        state.withLock { state in
            for source in state.inputs.keys.sorted() {
                guard var input = state.inputs.removeValue(forKey: source) else { continue }
                advance(&input, source, &state, isOver: false)
                state.inputs[source] = input
            }
        }
    }

    private func see(_ event: ObjectEvent, _ input: inout Input, _ source: String, _ state: inout State) {
        guard let pts = event.pts, let start = event.startSeconds else { return }
        if let time = event.time.flatMap(UTCTime.seconds) { input.offset = time - pts }
        input.until = max(input.until, (event.endSeconds ?? pts) + pad)
        if event.kind == .end { input.open.remove(event.trackID) } else { input.open.insert(event.trackID) }
        if input.clip == nil, event.kind != .end { begin(&input, source, &state, at: start) }
    }

    private func begin(_ input: inout Input, _ source: String, _ state: inout State, at start: Double) {
        let name = KeptNames.beginning(
            state.cameras.name(of: source, camera: camera), time: input.offset.map { start + $0 }, pts: start, zone)
        do throws(VideoError) { input.clip = try LiveClip(input.ring, from: start - pad, to: "\(folder)/\(name)") } catch {
            state.problems.add("no clips of \(source): \(error)")
        }
    }

    private func advance(_ input: inout Input, _ source: String, _ state: inout State, isOver: Bool) {
        guard let clip = input.clip else { return }
        do throws(VideoError) {
            let goesOn = try clip.advance() && !isOver
            let isTooLong = clip.seconds >= Self.longest, isDone = input.open.isEmpty && clip.newest >= input.until
            guard !goesOn || isTooLong || isDone else { return }
            input.clip = nil
            // Times of another connection, or of a clock that was set anew, say nothing of what comes.
            if !goesOn { (input.until, input.open) = (-.infinity, []) }
            if clip.missed > 0 { state.problems.add("\(source): \(clip.missed) packets came faster than a clip could be written") }
            _ = try clip.finish()
            if goesOn, isTooLong, !isDone { begin(&input, source, &state, at: clip.newest + pad) }
        } catch {
            input.clip = nil
            state.problems.add("no clips of \(source): \(error)")
        }
    }
}
