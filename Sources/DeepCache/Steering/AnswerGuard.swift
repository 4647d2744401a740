import Foundation

/// Which answers of a classifier may be given from reuse: those further ahead of the next class than reuse was seen to mislead.
///
/// A detector's frame has dozens of scores, most of them far from the threshold. A classifier's has one answer, often ahead by
/// next to nothing, and one tolerance for all frames is either too much for these or too little to reuse anything. So frames
/// are judged one by one. In a new scene some are computed both ways. These prove by how much reuse overstates a lead; a
/// frame whose lead is within that is in doubt and computed in full, too, which tells the same once more.
public struct AnswerGuard: Codable, Sendable {
    /// The tolerance that goes with it.
    public private(set) var epsilon = Self.start
    /// By how much the leads of reuse were overstated, in logits.
    private var overstated: [Float] = []
    /// And what reuse said they were.
    private var leads: [Float] = []
    private var proofs = Self.wantedProofs
    private let deviations: Float
    /// Frames since the last start, and what their updates cost together.
    private var tried = Trial()
    /// What the lead should have been when reuse was last given up; nil if it was not for that.
    private var neededLead: Float?
    /// Frames running with such a lead, and how many are waited for: more each time.
    private var clear = 0
    private var patience = 2 * Self.shortestPatience

    private struct Trial: Codable {
        var frames = 0
        var cost = 0.0
    }

    private static let start: Float = 0.016
    private static let range: ClosedRange<Float> = 0.001...0.03
    private static let wantedProofs = 6
    /// Frames computed both ways that are looked back upon: scenes change.
    private static let memory = 16
    /// Of these known before anything is made of them.
    private static let telling = 3
    /// And before it is given up.
    private static let hopeful = 4
    /// Cost of a frame, next to 1 for computing in full, above which reuse is not worth it.
    private static let worth = 0.95
    /// The tolerance rests where one frame in thirteen is in doubt.
    private static let (rise, fall): (Float, Float) = (1.0025, 0.97)

    /// - Parameter target: share of answers to be as computed in full, below 1.
    public init(target: Double) {
        // How far a lead was misled is taken to be spread like a logistic distribution.
        let share = Float(max(1 - target, 1e-6))
        deviations = log((1 - share) / share) * Float(3).squareRoot() / .pi
    }

    /// Whether answers are given.
    public var isProven: Bool { proofs == 0 }

    /// Whether, by the frames computed so far to prove it, reuse will not pay: then it is not worth the rest of them.
    public var isHopeless: Bool {
        guard !isProven, tried.frames > 1 else { return false }
        let cost = tried.cost / Double(tried.frames)
        guard overstated.count >= Self.hopeful else { return cost > Self.worth }
        return cost + Double(leads.count { $0 <= bound }) / Double(leads.count) > Self.worth
    }

    /// Leads up to this one are in doubt, in logits.
    public var bound: Float {
        guard overstated.count >= Self.telling else { return .infinity }
        let count = Float(overstated.count), mean = overstated.reduce(0, +) / count
        let variance = overstated.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)
        // Of few the spread is known badly.
        return max(0, mean + deviations * (1 + 1 / count) * variance.squareRoot())
    }

    /// The same without what was seen but now and then; nil while little is known.
    private var usualBound: Float? {
        guard overstated.count >= Self.telling else { return nil }
        func median(_ values: [Float]) -> Float { values.sorted()[values.count / 2] }
        let usual = median(overstated), spread = 1.48 * median(overstated.map { abs($0 - usual) })
        return max(0, usual + deviations * spread)
    }

    /// Judges an answer by its lead in logits, and moves the tolerance. Before anything is known, nothing is in doubt.
    public mutating func isDoubtful(lead: Float) -> Bool {
        guard overstated.count >= Self.telling else { return false }
        let isClear = lead > bound
        move(isClear ? Self.rise : Self.fall)
        return !isClear
    }

    /// Takes what an update cost, next to 1 for computing in full, before its answer is judged.
    public mutating func updated(cost: Double) { tried = Trial(frames: tried.frames + 1, cost: tried.cost + cost) }

    /// Takes a frame that was computed both ways.
    public mutating func learn(_ frame: AuditedFrame.Leads) {
        let isMisled = frame.exact < 0 && frame.reused > bound
        overstated = (overstated + [frame.reused - frame.exact]).suffix(Self.memory)
        leads = (leads + [frame.reused]).suffix(Self.memory)
        proofs = isMisled ? Self.wantedProofs : max(0, proofs - 1)
    }

    /// Another scene: what was seen tells nothing of it.
    public mutating func forget() {
        if tried.frames >= Self.calm { patience = Self.shortestPatience }
        (overstated, leads, proofs, tried) = ([], [], Self.wantedProofs, Trial())
    }

    /// Reuse did not pay: when it is tried again, then with less withheld, or with more if hardly anything was.
    public mutating func gaveUp() {
        let isIdle = tried.cost > Self.idle * Double(tried.frames)
        (neededLead, clear) = (isIdle ? nil : usualBound, 0)
        patience = min(2 * patience, Self.longestPatience)
        move(isIdle ? 2 : Self.retreat)
        forget()
    }

    /// Takes the lead of a frame that was computed in full only, while reuse is given up.
    ///
    /// - Returns: whether answers have been so clear for so long that it is worth trying again at once.
    public mutating func isClearAgain(lead: Float) -> Bool {
        guard let neededLead else { return false }
        clear = lead > neededLead ? clear + 1 : 0
        guard clear >= patience else { return false }
        // It was in doubt only whether answers are clear enough.
        move(1 / Self.retreat)
        self.neededLead = nil
        return true
    }

    private static let retreat: Float = 0.3
    private static let shortestPatience = 6
    private static let longestPatience = 200
    /// Frames of reuse after which it was worth it.
    private static let calm = 60
    /// Cost of updates from which on they are no gain even if every answer is given.
    private static let idle = 0.85

    private mutating func move(_ factor: Float) { epsilon = min(max(epsilon * factor, Self.range.lowerBound), Self.range.upperBound) }
}
