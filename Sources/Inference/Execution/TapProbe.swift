import CKernels

/// A place in a plan where a run can be looked at, and ended: a step after which one image holds all that later steps need.
public struct Tap: Sendable, Hashable {
    /// Index of the step in `Plan.layers`.
    public let step: Int
    public let name: String
    public let channels: Int
    /// Share of the plan's multiply-accumulates that are done when this step is, 0…1.
    public let depthShare: Double
    package let image: SpatialRef

    package init(step: Int, name: String, channels: Int, depthShare: Double, image: SpatialRef) {
        (self.step, self.name, self.channels, self.depthShare, self.image) = (step, name, channels, depthShare, image)
    }
}

/// Shows a session's taps, as they come up, to whoever decides whether to go on.
///
/// What is shown is the mean of every channel over the image. Sums are kept by row and only rows that changed are summed
/// again: nothing drifts, and an incremental run shows the bits of a dense one.
public final class TapProbe {
    public let taps: [Tap]
    /// Called after a tap's step with the tap's index and `channels` means; true ends the run there.
    public var decide: (Int, UnsafeBufferPointer<Float>) -> Bool = { _, _ in false }
    /// Whether runs are looked at; those that are not leave nothing behind here.
    public var isLooking = true {
        didSet { if !isLooking { for tap in isFresh.indices { isFresh[tap] = true } } }
    }
    /// The tap at which the last run ended; nil when it went to the end.
    public private(set) var exit: Int?
    /// One a tap: a sum for each row and channel.
    private let sums: [UnsafeMutableBufferPointer<Float>]
    private let means: UnsafeMutableBufferPointer<Float>
    private var next = 0
    /// Taps whose sums were never taken, or not of the last run.
    private var isFresh: [Bool]

    /// - Parameter taps: in the order of their steps.
    public init(_ taps: [Tap]) {
        self.taps = taps
        sums = taps.map { .allocate(capacity: $0.image.height * $0.channels) }
        means = .allocate(capacity: taps.map(\.channels).max() ?? 1)
        means.initialize(repeating: 0)
        isFresh = Array(repeating: true, count: taps.count)
    }

    deinit {
        sums.forEach { $0.deallocate() }
        means.deallocate()
    }

    package func begin() { (next, exit) = (0, nil) }

    /// Called after every step.
    ///
    /// - Parameter changed: whether a row's sums have to be taken again; nil for all rows.
    /// - Returns: whether the run ends here.
    /// - Complexity: O(pixels of the changed rows × channels) at a tap, nothing elsewhere.
    package func visit(step: Int, _ memory: ActivationMemory, changed: ((_ row: Int) -> Bool)? = nil) -> Bool {
        guard isLooking, next < taps.count, taps[next].step == step else { return false }
        let tap = taps[next], image = memory.image(tap.image), sums = sums[next].baseAddress!
        for y in 0..<tap.image.height where isFresh[next] || changed?(y) ?? true {
            let row = Image(base: image.base + y * Int(image.row), row: image.row, pixel: image.pixel)
            dv_global_pool(
                DV_POOL_AVERAGE, 1, Int32(tap.image.width), 0, Int32(tap.channels), row, sums + y * tap.channels)
        }
        isFresh[next] = false
        for c in 0..<tap.channels { means[c] = sums[c] }
        for y in 1..<max(1, tap.image.height) {
            let row = sums + y * tap.channels
            for c in 0..<tap.channels { means[c] += row[c] }
        }
        let scale = 1 / Float(tap.image.height * tap.image.width)
        for c in 0..<tap.channels { means[c] *= scale }
        next += 1
        guard decide(next - 1, UnsafeBufferPointer(rebasing: means[..<tap.channels])) else { return false }
        exit = next - 1
        return true
    }
}
