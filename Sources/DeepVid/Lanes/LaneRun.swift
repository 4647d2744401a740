import Concurrency
import Models
import Video
import Vision

/// One input on its way through the lanes.
///
/// ```
/// decode thread ──▶ FrameFeed ──▶ thread that prepares ──┬─▶ lane 0 ─┬──▶ next(), in order
///                                                        └─▶ lane 1 ─┘
/// ```
final class LaneRun {
    private let queue: LaneQueue
    private let feed: FrameFeed

    /// Starts the threads.
    init(_ lanes: Lanes, feed: FrameFeed, control: RunControl) {
        self.feed = feed
        let queue = LaneQueue(lanes.plan)
        self.queue = queue
        for (number, lane) in lanes.all.enumerated() {
            let lane = UncheckedTransfer(lane)
            guard Self.start("lane \(number)", queue, { Self.analyze(lane.value, number, queue, control) }) else { return }
        }
        let intake = UncheckedTransfer((feed, lanes.preparation))
        _ = Self.start("prepare", queue) { Self.prepare(intake.value.0, intake.value.1, queue) }
    }

    /// The next frame with its answer; nil at the end and after a stop.
    /// - Throws: when the input breaks, ends before it should, or a frame cannot be answered: after all frames before it.
    func next() throws(DeepVidError) -> AnsweredFrame? {
        try queue.takeAnswer()
    }

    /// Before another run has the lanes, their threads must have let them go.
    func end() {
        queue.stop()
        feed.cancel()
        queue.join()
    }

    deinit { end() }

    /// - Returns: false where the system has no thread left; then there are no frames, and that is why.
    private static func start(_ name: String, _ queue: LaneQueue, _ body: @escaping @Sendable () -> Void) -> Bool {
        queue.began()
        let isStarted = startThread(named: "deepvid \(name)") {
            body()
            queue.ended()
        }
        guard !isStarted else { return true }
        queue.end(count: 0, failure: DeepVidError(.unreadable, threadShortage))
        queue.ended()
        return false
    }

    private static func prepare(_ feed: FrameFeed, _ preparation: FramePreparation, _ queue: LaneQueue) {
        var number = 0, failure: DeepVidError?
        do throws(DeepVidError) {
            while let frame = try feed.next(), let buffer = queue.takeBuffer(preparation.makeBuffer) {
                let watch = Stopwatch(), placement = try preparation.prepare(frame, into: buffer)
                queue.add(
                    PreparedFrame(
                        number: number, facts: FrameFacts(frame), buffer: buffer, placement: placement, milliseconds: watch.milliseconds))
                number += 1
            }
        } catch { failure = error }
        queue.end(count: number, failure: failure)
    }

    private static func analyze(_ lane: Lane, _ number: Int, _ queue: LaneQueue, _ control: RunControl) {
        while !control.isStopped, let frame = queue.take(lane: number) {
            do throws(DeepVidError) {
                queue.answer(frame, .success(AnsweredFrame(facts: frame.facts, analysis: try lane.analyze(frame))))
            } catch {
                queue.answer(frame, .failure(error))
            }
        }
        if control.isStopped { queue.stop() }
    }
}
