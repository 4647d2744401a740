import Foundation

/// Which answers of a classifier may be given from reuse: those whose margin over the next class is larger than reuse was seen to mislead by.
///
/// A detector's frame has dozens of scores, most of them far from the threshold. A classifier's has one answer, often ahead by
/// next to nothing, and one tolerance for all frames is either too much for these or too little to reuse anything. So frames
/// are judged one by one. In a new scene some are computed both ways, which tells by how much reuse overstates margins; a
/// frame whose margin is within that is in doubt and computed in full as well, which tells the same once more.
public struct MarginGate: Codable, Sendable {
    private typealias Constants = PolicyConstants.Margin
    /// The tolerance that goes with it.
    public private(set) var epsilon = PolicyConstants.Margin.start
    /// By how much reuse overstated margins, in logits.
    private var overstated: [Float] = []
    /// The margins that reuse claimed.
    private var claimed: [Float] = []
    private var calibrationFramesLeft = PolicyConstants.Margin.calibrationFrames
    /// Standard deviations of the overstatement that the target leaves room for.
    private let zScore: Float
    /// Frames since the last start, and the sum of their updates' costs.
    private var frames = 0
    private var costs = 0.0
    /// What the margin should have been when reuse was last given up; nil if it was not for that.
    private var neededMargin: Float?
    /// Dense frames running with such a margin, and how many are waited for.
    private var clearFrames = 0
    private var patience = 2 * PolicyConstants.Margin.patience.lowerBound

    /// - Parameter target: share of answers to be as computed in full, below 1.
    public init(target: Double) {
        // How far a margin is misled is taken to be spread like a logistic distribution.
        let share = Float(min(max(1 - target, 1e-6), 1 - 1e-6))
        zScore = log((1 - share) / share) * Float(3).squareRoot() / .pi
    }

    /// Whether answers are given.
    public var isCalibrated: Bool { calibrationFramesLeft == 0 }

    /// Whether the frames seen while calibrating say that reuse will not pay.
    public var isNotWorthwhile: Bool {
        guard !isCalibrated, frames > 1 else { return false }
        let cost = costs / Double(frames)
        guard overstated.count >= Constants.leastForGivingUp else { return cost > Constants.worthwhile }
        return cost + Double(claimed.count { $0 <= bound }) / Double(claimed.count) > Constants.worthwhile
    }

    /// Margins up to this one are in doubt, in logits.
    public var bound: Float {
        guard overstated.count >= Constants.leastForBound else { return .infinity }
        let count = Float(overstated.count), mean = overstated.reduce(0, +) / count
        let variance = overstated.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)
        // The spread of few is known badly.
        return max(0, mean + zScore * (1 + 1 / count) * variance.squareRoot())
    }

    /// The same by medians, which outliers do not move; nil while little is known.
    private var usualBound: Float? {
        guard overstated.count >= Constants.leastForBound else { return nil }
        func median(_ values: [Float]) -> Float { values.sorted()[values.count / 2] }
        let usual = median(overstated), spread = Constants.deviationOfMedian * median(overstated.map { abs($0 - usual) })
        return max(0, usual + zScore * spread)
    }

    /// Judges an answer by its margin in logits, and moves the tolerance.
    /// - Returns: whether the answer is clear. Before anything is known, every one is.
    public mutating func judge(margin: Float) -> Bool {
        guard overstated.count >= Constants.leastForBound else { return true }
        let isClear = margin > bound
        move(isClear ? Constants.rise : Constants.fall)
        return isClear
    }

    /// Takes what an update cost, next to 1 for computing in full, before its answer is judged.
    public mutating func record(cost: Double) { (frames, costs) = (frames + 1, costs + cost) }

    /// Takes a frame that was computed both ways.
    public mutating func calibrate(_ frame: AuditedFrame.Margins) {
        let isMisled = frame.exact < 0 && frame.reused > bound
        overstated = (overstated + [frame.reused - frame.exact]).suffix(Constants.memory)
        claimed = (claimed + [frame.reused]).suffix(Constants.memory)
        calibrationFramesLeft = isMisled ? Constants.calibrationFrames : max(0, calibrationFramesLeft - 1)
    }

    /// Another scene: what was seen tells nothing of it.
    public mutating func forget() {
        if frames >= Constants.calm { patience = Constants.patience.lowerBound }
        (overstated, claimed, calibrationFramesLeft, frames, costs) = ([], [], Constants.calibrationFrames, 0, 0)
    }

    /// Reuse did not pay: when it is tried again, then with less withheld, or with more if hardly anything was.
    public mutating func giveUp() {
        let isIdle = costs > Constants.idleCost * Double(frames)
        (neededMargin, clearFrames) = (isIdle ? nil : usualBound, 0)
        patience = min(2 * patience, Constants.patience.upperBound)
        move(isIdle ? Constants.advance : Constants.retreat)
        forget()
    }

    /// Takes the margin of a dense frame while reuse is given up.
    ///
    /// - Returns: whether answers have been so clear for so long that it is worth trying again at once.
    public mutating func recordDense(margin: Float) -> Bool {
        guard let neededMargin else { return false }
        clearFrames = margin > neededMargin ? clearFrames + 1 : 0
        guard clearFrames >= patience else { return false }
        // It was given up only because answers were not clear enough.
        move(1 / Constants.retreat)
        self.neededMargin = nil
        return true
    }

    private mutating func move(_ factor: Float) {
        epsilon = min(max(epsilon * factor, Constants.range.lowerBound), Constants.range.upperBound)
    }
}
