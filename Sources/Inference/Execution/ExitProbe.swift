import CKernels

/// Shows a session's exit points, as a run reaches them, to whoever decides whether to go on.
///
/// What is shown is the mean of every channel over the image. Sums are kept by row and only rows that changed are summed
/// again: nothing drifts, and an incremental run shows the bits of a dense one.
public final class ExitProbe {
    public let points: [ExitPoint]
    /// Called after an exit point's step with the point's index and `channels` means; true ends the run there.
    public var decide: (Int, UnsafeBufferPointer<Float>) -> Bool = { _, _ in false }
    /// Whether runs are looked at. Runs that are not leave the sums of rows kept here out of date, so all are taken again afterwards.
    public var isEnabled = true {
        didSet { if !isEnabled { isOutdated = Array(repeating: true, count: points.count) } }
    }
    /// The exit point at which the last run ended; nil when it went to the end.
    public private(set) var exit: Int?
    /// By exit point: a sum for each row and channel.
    private let sums: [UnsafeMutableBufferPointer<Float>]
    private let means: UnsafeMutableBufferPointer<Float>
    private var next = 0
    /// By exit point: whether all sums have to be taken, because none were or the last run's were not.
    private var isOutdated: [Bool]

    /// - Parameter points: in the order of their steps.
    public init(_ points: [ExitPoint]) {
        self.points = points
        sums = points.map { .allocate(capacity: $0.image.height * $0.channels) }
        means = .allocate(capacity: points.map(\.channels).max() ?? 1)
        means.initialize(repeating: 0)
        isOutdated = Array(repeating: true, count: points.count)
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
    /// - Complexity: O(pixels of the changed rows × channels) at an exit point, nothing elsewhere.
    package func visit(step: Int, _ memory: ActivationMemory, changed: ((_ row: Int) -> Bool)? = nil) -> Bool {
        guard isEnabled, next < points.count, points[next].step == step else { return false }
        let point = points[next], image = memory.image(point.image), sums = sums[next].baseAddress!
        for y in 0..<point.image.height where isOutdated[next] || changed?(y) ?? true {
            let row = Image(base: image.base + y * Int(image.row), row: image.row, pixel: image.pixel)
            dv_global_pool(
                DV_POOL_AVERAGE, 1, Int32(point.image.width), 0, Int32(point.channels), row, sums + y * point.channels)
        }
        isOutdated[next] = false
        for c in 0..<point.channels { means[c] = sums[c] }
        for y in 1..<max(1, point.image.height) {
            let row = sums + y * point.channels
            for c in 0..<point.channels { means[c] += row[c] }
        }
        let scale = 1 / Float(point.image.height * point.image.width)
        for c in 0..<point.channels { means[c] *= scale }
        next += 1
        guard decide(next - 1, UnsafeBufferPointer(rebasing: means[..<point.channels])) else { return false }
        exit = next - 1
        return true
    }
}
