import Foundation

/// Decides which frames are answered from the computed ones before and after them, without running the network, so that the mean loss is
/// what the target allows.
///
/// A stretch of frames between two computed ones is divided, by computing one of them or parts of it (`PartChoice`), while the loss that is
/// expected of it is worth more than a run of the network: more than `price`. The price rises while less was lost than allowed, and falls else, so that quiet stretches
/// save what busy ones need. Frames that are computed in the middle of a stretch, and drawn ones, tell what would have been lost: they
/// correct the expected loss, and teach how far scores are from a straight line.
public struct PropagationController: Codable, Sendable {
    private typealias Constants = PolicyConstants.Propagation
    /// Mean loss to hold, 0…1.
    private let budget: Double
    /// Expected lost frames from which on one more is computed.
    private var price: Double
    private let firstPrice: Double
    /// From one computed frame to the next, at most: who comes and goes in between is missed.
    private let longestSeconds: Double
    /// What risks came to.
    private var worths = RiskWorths()
    /// What runs over parts of a frame cost.
    package var costs = PartCosts()
    /// Running sums of the errors of scores and of their number.
    private var (errors, errorCount) = (Constants.priorErrors * Constants.firstError, Constants.priorErrors)
    /// Frames to the next one that is computed, as far as a stretch was answered of late.
    private var reach = 1
    /// Stretches of one frame to come before a longer one is tried, and how many the next attempt in vain will cost.
    private var (waiting, patience) = (0, 1)
    /// By the power of two of their frames: stretches that were answered, and frames in their middle that were compared.
    private var (answered, compared) = (Array(repeating: 0, count: 8), Array(repeating: 0, count: 8))

    /// - Parameter target: agreement to hold, below 1.
    public init(target: Double) {
        budget = max(Constants.margin * (1 - target), 1e-4)
        firstPrice = Constants.firstPrice * (1 - target)
        price = firstPrice
        longestSeconds = Constants.longestSeconds.least + Constants.longestSeconds.forLoss * (1 - target)
    }

    /// Standard deviation of a logit next to the straight line, in the middle of so many frames.
    public func noise(gap: Int) -> Double {
        max(Constants.leastNoise, Constants.deviationOfMean * errors / errorCount) * Self.growth(gap)
    }

    /// How much larger errors are in the middle of so many frames than in the middle of two.
    private static func growth(_ gap: Int) -> Double { pow(Double(max(1, gap)) / 2, Constants.growth) }

    /// Loss to be expected of a frame, 0…1.
    public func expectedLoss(_ risk: PropagationRisk) -> Double { worths.expectedLoss(risk) }

    /// What a part of the risk adds to that.
    package func contribution(of risk: PropagationRisk) -> Double { worths.contribution(of: risk) }

    /// How many frames on the next one is computed.
    /// - Parameter seconds: from frame to frame; nil where it is not known.
    public mutating func nextGap(seconds: Double? = nil) -> Int {
        if waiting > 0 {
            waiting -= 1
            return 1
        }
        guard let seconds, seconds > 0 else { return reach }
        return min(reach, max(2, Int(min(longestSeconds / seconds, Double(Constants.longest)))))
    }

    /// How much of the frame in the middle of a stretch is worth computing.
    /// - Parameters:
    ///   - expected: sum of the expected losses of its frames.
    ///   - candidates: what could be looked at by itself; nil where only the whole frame can be computed.
    package func choose(expected: Double, among candidates: [PartCandidate]? = nil) -> PartChoice {
        .best(of: candidates ?? [], price: price, expected: expected, candidates == nil ? nil : costs)
    }

    /// Whether the middle of a stretch of so many frames is computed to see what is lost there: of stretches of a length that was never
    /// tried, and of one in so many. Without it nothing would be known of lengths that all seems well at.
    public func isCompared(gap: Int) -> Bool {
        let kind = Self.kind(gap)
        return gap > 1 && compared[kind] * Constants.compareInterval <= answered[kind]
    }

    private static func kind(_ gap: Int) -> Int { min(Int.bitWidth - 1 - max(1, gap).leadingZeroBitCount, 7) }

    /// Takes a stretch from one end that was chosen by `nextGap` to the next.
    /// - Parameter wasDivided: whether a frame between had to be computed.
    public mutating func finish(gap: Int, wasDivided: Bool) {
        guard wasDivided else {
            if gap > 1 { patience = 1 }
            reach = min(Constants.longest, max(reach, 2 * gap))
            return
        }
        reach = max(2, gap / 2)
        if gap <= 2 {
            (waiting, patience) = (patience, min(2 * patience, Constants.patience))
        }
    }

    /// Takes frames that are given out.
    /// - Parameters:
    ///   - expected: sum of what they lose; nothing for the computed one, whose loss is the tolerance's business.
    ///   - frames: of the stretch, with the computed one at its end.
    ///   - counts: whether they count if nothing is lost: frames without objects on either side do not.
    public mutating func account(_ expected: Double, frames: Int, counts: Bool) {
        answered[Self.kind(frames)] += 1
        account(expected, allowed: budget * (counts ? Double(frames) : min(expected, Double(frames))))
    }

    /// Takes what is lost of a frame of which parts were computed; it counts with the stretch that it ends.
    package mutating func account(rest expected: Double) { account(expected, allowed: 0) }

    private mutating func account(_ expected: Double, allowed: Double) {
        price *= exp(Constants.gain * (allowed - expected) / budget)
        price = min(max(price, Constants.prices.lowerBound * firstPrice), Constants.prices.upperBound * firstPrice)
    }

    /// Takes a frame whose answer between two others was compared with the network's.
    /// - Parameters:
    ///   - gap: frames from the one before to the one after.
    ///   - loss: 0…1; nil where neither side has an object.
    ///   - isDrawn: whether it was compared without regard to what was expected; one that was computed because much was expected of it says less.
    public mutating func learn(_ risk: PropagationRisk, loss: Double?, errors: [Double], gap: Int, isDrawn: Bool) {
        compared[Self.kind(gap)] += 1
        worths.learn(risk, loss: loss ?? 0, weight: isDrawn ? 1 : Constants.doubtWeight)
        for error in errors where error.isFinite {
            self.errors = Constants.errorMemory * self.errors + min(error, Constants.largestError) / Self.growth(gap)
            errorCount = Constants.errorMemory * errorCount + 1
        }
    }
}
