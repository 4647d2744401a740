/// What the frames of one variant cost of late, in milliseconds.
struct CostHistory: Codable, Sendable {
    /// Frames that the median is of: half of them are past any single audit or scene cut.
    private static let length = 15
    /// Frames from which a median is trusted.
    static let least = 5
    /// Frames without a run after which the next one is a start: what is stored is of another picture by then, and nearly all is computed.
    private static let gap = 2

    private var costs: [Double] = []
    private var next = 0
    /// Number of the last frame that it ran on.
    private(set) var lastFrame: Int?
    /// Of the last first frame after others had run, with loading; nil where there was none.
    private(set) var start: Double?

    mutating func add(_ cost: Double, frame: Int) {
        defer { lastFrame = frame }
        guard let lastFrame, frame - lastFrame <= Self.gap else {
            start = cost
            return
        }
        if costs.count < Self.length { costs.append(cost) } else { costs[next] = cost }
        next = (next + 1) % Self.length
    }

    /// Nil while too few frames are known.
    var median: Double? {
        guard costs.count >= Self.least else { return nil }
        return costs.sorted()[costs.count / 2]
    }

    /// The costs are of another time: what comes next counts alone.
    mutating func forget() { (costs, next) = ([], 0) }

    /// The same, where a guess stands for the first of what comes next.
    mutating func restart(from guess: Double?) {
        forget()
        if let guess { costs = Array(repeating: guess, count: Self.least) }
    }
}
