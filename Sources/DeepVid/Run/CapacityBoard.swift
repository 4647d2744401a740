import Models
import Synchronization
import Variants
import Video

/// Where the live inputs of a process, each on a thread of its own, leave what their frames cost, and find their capacities.
final class CapacityBoard: Sendable {
    private let shared: Mutex<SharedCapacities>
    private let began = ContinuousClock.now

    /// - Returns: nil where there are no capacities to choose, or no other input to share the processors with.
    init?(_ model: Model, streams: Int, _ options: RunOptions) {
        guard streams > 1, options.budget == nil, let set = model.set, set.isOneNested else { return nil }
        shared = Mutex(
            SharedCapacities(
                set.members[0].variants.map { ($0.accuracy, $0.work) }, streams: streams, processors: RunOptions.availableCPUs,
                threads: max(options.threads / streams, 1), rule: options.capacityCost == .total ? .total : .max))
    }

    func capacity(of stream: Int) -> Int { shared.withLock { $0.capacity(of: stream) } }

    /// - Parameters:
    ///   - busy: milliseconds of processor time of the thread that computes, one of as many as the stream has.
    ///   - waited: milliseconds in all.
    func observe(_ stream: Int, busy: Double, waited: Double, of frame: FrameInfo) {
        shared.withLock {
            $0.observe(
                stream, busy: busy, waited: waited,
                // When a frame came here, whatever its stream says: that is when the next one is wanted.
                at: frame.arrival.map { Double($0.monotonic) / 1e9 } ?? frame.pts ?? 0, now: began.duration(to: .now) / .seconds(1),
                dropped: frame.dropped)
        }
    }

    func rest(_ stream: Int) { shared.withLock { $0.rest(stream) } }
}
