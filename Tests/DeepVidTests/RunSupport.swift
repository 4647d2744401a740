import DeepCache
import Models
import TestSupport
import Video
import Vision

@testable import DeepVid

/// The demo: 90 frames at 15 a second.
let street = Files.clip("street.mp4")
/// Four groups of 20 pictures, open ones, with B frames.
let moving = Files.clip("moving.mp4")

func runOptions(threads: Int = 1, cache: ReuseOptions.Policy = .adaptive) -> RunOptions {
    var reuse = ReuseOptions()
    reuse.policy = cache
    return RunOptions(model: ModelOptions(), video: VideoOptions(), threads: threads, reuse: reuse)
}

/// What a run gave, as words.
final class RunLog {
    var lines: [String] = []
    var results: [FrameResult] = []

    func take(_ output: RunOutput) {
        switch output {
        case .begin(let info, _): lines.append(info == nil ? "begin without input" : "begin")
        case .frame(let result):
            lines.append("frame \(result.frame.index)\(result.reuse?.reason.map { " \($0.rawValue)" } ?? "")")
            results.append(result)
        case .object(let event, _): lines.append("object \(event.kind)")
        case .lost: lines.append("lost")
        case .back: lines.append("back")
        case .end(let summary): lines.append("end \(summary.reason) \(summary.frames)")
        }
    }
}

/// Gives events as told. Its clip is the demo's, in another's name.
final class MadeUpSource: FrameSource {
    enum Event {
        case opened
        case openedAs(StreamInfo)
        case frame(Int)
        /// A frame of this number in its connection, and of another over all of them.
        case renumbered(Int, index: Int)
        case lost(Outage)
        case back(Outage)
        case failure(DeepVidError)
    }

    private var events: [Event]
    private let control: RunControl
    private let info: StreamInfo
    private(set) var isClosed = false
    var summary: FrameQueue.Summary?

    init(_ events: [Event], control: RunControl = RunControl()) throws {
        (self.events, self.control) = (events, control)
        info = try Video.VideoReader(street).info
    }

    func close() { isClosed = true }

    func next() throws(DeepVidError) -> SourceEvent? {
        guard !events.isEmpty, !control.isStopped else { return nil }
        switch events.removeFirst() {
        case .opened: return .opened(info)
        case .openedAs(let other): return .opened(other)
        case .renumbered(let number, let index): return .frame(makeFrame(number), index: index)
        case .frame(let index): return .frame(makeFrame(index), index: index)
        case .lost(let outage): return .lost(outage)
        case .back(let outage): return .back(outage, info)
        case .failure(let error): throw error
        }
    }
}

/// Sees the same in every frame; with a reason where nothing could be reused.
final class MadeUpProcessor: FrameProcessor {
    private(set) var frames: [Int] = []
    private(set) var resets = 0
    private(set) var hasCompleted = false
    private var isFresh = true
    private let objects: [Detection]
    var failsAt: Int?
    var onFrame: (Int) -> Void = { _ in }

    init(seeing objects: [Detection] = []) { self.objects = objects }

    func reset() {
        resets += 1
        isFresh = true
    }

    func process(_ frame: Frame, index: Int?) throws(DeepVidError) -> FrameResult {
        let index = index ?? frame.index
        if index == failsAt { throw DeepVidError(.modelFailed, "frame \(index)") }
        frames.append(index)
        onFrame(index)
        defer { isFresh = false }
        return FrameResult(
            FrameInfo(frame, index: index), answer: .detections(objects),
            reuse: FrameResult.Reuse(policy: .adaptive, share: isFresh ? 0 : 0.5, reason: isFresh ? .firstFrame : nil),
            timing: FrameResult.Timing(decode: 1, infer: 2))
    }

    func complete(_ summary: inout RunSummary) { hasCompleted = true }
}
