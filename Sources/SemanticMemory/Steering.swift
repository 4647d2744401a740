import Foundation

/// How sure an exit has to be. Frames that are run to the end although they could exit (audits) move the limits.
public struct ExitLimits: Sendable, Hashable, Codable {
    /// Odds rule: least logarithm of the odds of the best class against all others, the unknown one among them.
    public var logOdds = 4.0
    /// Odds rule: mean share of new scenes that may be answered wrongly by exits, as their own odds have it; `logOdds` follows it.
    public var risk = 0.01
    /// Odds rule: each exit layer's distance threshold is multiplied by this.
    public var distanceScale = 0.25
    /// Paper's rule: threshold of (SA₁ − SA₂) / SA₂.
    public var tau = 0.022

    /// The file's words are older than the code's.
    private enum CodingKeys: String, CodingKey {
        case logOdds, risk, tau
        case distanceScale = "reach"
    }

    /// Ranges and step sizes. The starting values above, and these, were chosen on the tuning half of CIFAR-10's test images
    /// with resnet8 and resnet20 (benchmarks/results/2026-11-21-smtm.md).
    enum Constants {
        static let logOdds = 0.5...14.0
        /// Odds that no frame has: where even the strictest limit misses the target there are no exits by odds.
        static let unreachable = 1e6
        static let risk = 1e-4...0.1
        static let distanceScale = 0.01...1.0
        static let tau = 1e-5...10.0
        /// Change of `logOdds` for a unit of risk too much.
        static let logOddsPerRisk = 2.0
        /// Change of `logOdds` when an audit refutes an exit: at once, for the risk alone would take frames to show in it.
        static let refutedLogOdds = 1.0
        /// What of a target of 1 is taken off `risk` and `distanceScale`, and put on `tau`, when an audit refutes an exit.
        static let refutedRisk = 0.4
        static let refutedDistance = 0.5
        static let refutedTau = 0.3
    }

    public var hasClassExits: Bool { logOdds < Constants.unreachable }
    public var hasPaperExits: Bool { tau < Constants.unreachable }

    /// Takes the probability that a new scene was answered wrongly (0 if it went to the end): `logOdds` follows so that the
    /// mean is `risk`. A limit that is right where all classes are equally likely is too lax where the prior favors one, as
    /// many frames then just pass it.
    mutating func record(risk spent: Double) {
        guard hasClassExits else { return }
        logOdds = (logOdds + Constants.logOddsPerRisk * (spent - risk)).clamped(to: Constants.logOdds)
    }

    /// Takes the result of an audited exit: stricter by much when it was wrong, laxer by little when it was right, so that
    /// both balance where the share of right ones is the target.
    mutating func record(_ evidence: Recognizer.Evidence, agreed: Bool, target: Double) {
        /// A limit times what it changes by.
        func moved(_ limit: Double, refuted: Double) -> Double { limit + limit * (agreed ? 1 - target : -refuted * target) }
        switch evidence {
        case .classes:
            if !agreed { logOdds = (logOdds + Constants.refutedLogOdds).clamped(to: Constants.logOdds) }
            let highest = max(Constants.risk.lowerBound, 2 * (1 - target))
            risk = moved(risk, refuted: Constants.refutedRisk).clamped(to: Constants.risk.lowerBound...highest)
        case .scene:
            distanceScale = moved(distanceScale, refuted: Constants.refutedDistance).clamped(to: Constants.distanceScale)
        case .similarity:
            tau = (tau + Constants.refutedTau * tau * (agreed ? target - 1 : target)).clamped(to: Constants.tau)
        }
    }
}

extension Double {
    func clamped(to range: ClosedRange<Double>) -> Double { Swift.min(Swift.max(self, range.lowerBound), range.upperBound) }
}

/// Holds exits by odds back until the whole network has confirmed a few, and for a while after it refuted one. Needed where a
/// memory was built without labels: its odds were learnt of frames much like each other, and may mean nothing in others.
struct Probation {
    /// Exits that the network has still to confirm before any is taken.
    private(set) var unconfirmed: Int
    private var framesLeft = 0
    private var nextSuspension: Int
    private let parameters: OddsRule.Parameters

    init(isNeeded: Bool, _ parameters: OddsRule.Parameters) {
        unconfirmed = isNeeded ? parameters.probationExits : 0
        nextSuspension = parameters.suspension.lowerBound
        self.parameters = parameters
    }

    /// Whether odds are no evidence at all for now, not even to be audited.
    var isSuspended: Bool { framesLeft > 0 }

    /// Starts a frame.
    mutating func advance() { framesLeft = max(0, framesLeft - 1) }

    /// Takes whether the network confirmed an exit. Each refutation in a row suspends for twice as many frames.
    mutating func record(isConfirmed: Bool) {
        if isConfirmed {
            unconfirmed = max(0, unconfirmed - 1)
            nextSuspension = max(parameters.suspension.lowerBound, nextSuspension / 2)
        } else {
            (unconfirmed, framesLeft) = (parameters.probationExits, nextSuspension)
            nextSuspension = min(2 * nextSuspension, parameters.suspension.upperBound)
        }
    }
}

/// What exits by scene have earned: they are taken only while what the network said of those that it was asked about supports the target.
///
/// One that it confirms earns 1 − target, one that it refutes costs the target, so that the sum stays at zero where just the target is
/// held. In debt none is taken, and every frame that could exit shows what that would have been: at a target of 0.99, a refuted one is
/// made good by a hundred, and several by several hundred.
struct SceneCredit {
    private(set) var credit: Double
    /// Exits taken since there was doubt, and how many of them there are when the next one is checked; nil for none.
    private var exits = 0
    private var nextCheck: Int?
    private let target: Double
    private let start: Double

    /// Refuted exits that can be owed for at most, and paid for in advance.
    private static let refuted = -4.0...1.0
    /// Checks after a doubt are of the first exit, the third, the ninth, … up to this one; then those that are drawn (`isAudit`) are enough.
    private static let (checkFactor, lastCheck) = (3, 81)

    /// - Parameter confirmations: exits that have to be confirmed before any is taken.
    init(target: Double, confirmations: Int) {
        self.target = target
        start = -(1 - target) * Double(confirmations)
        (credit, nextCheck) = (start, start < 0 ? 1 : nil)
    }

    /// Sums of 1 − target are a little off zero.
    var allowsExits: Bool { credit > -1e-9 }

    /// Whether the network is to check the next exit.
    var isCheckDue: Bool { nextCheck.map { exits + 1 >= $0 } ?? false }

    mutating func recordExit() { exits += 1 }

    /// Takes whether the network confirmed an exit.
    mutating func record(isConfirmed: Bool) {
        let range = Self.refuted.lowerBound * target...Self.refuted.upperBound * target
        let wasCheck = allowsExits && isCheckDue
        credit = (credit + (isConfirmed ? 1 - target : -target)).clamped(to: range)
        if !isConfirmed {
            (exits, nextCheck) = (0, 1)
        } else if wasCheck, let check = nextCheck {
            nextCheck = check < Self.lastCheck ? check * Self.checkFactor : nil
        }
    }

    /// Another input, or another view: what was earned does not hold for it, what is owed does.
    mutating func restart() {
        guard credit > start else { return }
        (credit, exits, nextCheck) = (start, 0, start < 0 ? 1 : nextCheck)
    }
}

/// Which frames are looked at for an exit. Looking costs up to a tenth of a small network: where nothing could exit for a
/// while only two frames in a row are looked at now and then (the second may show the first one's scene), until one could.
public struct LookSchedule: Sendable {
    /// Frames in a row that were looked at in vain.
    private var misses = 0
    private var framesToSkip = 0
    /// Length of the last pause, in frames.
    private var pause = 0
    /// Frames still to be looked at before the next pause.
    private var looksLeft = Self.looksPerPause

    /// Looks in vain after which pauses begin. These three were chosen so that memories which never find an exit cost less than
    /// 3 % of a frame and no scene of ten frames is missed (benchmarks/results/2026-11-21-smtm.md, overhead).
    private static let patience = 16
    private static let looksPerPause = 2
    /// Frames of the first pause, and of the longest; each is twice as long as the one before.
    private static let pauses = 2...8

    public init() {}

    /// Starts a frame. - Returns: whether it is to be looked at.
    public mutating func advance() -> Bool {
        guard framesToSkip > 0 else { return true }
        framesToSkip -= 1
        return false
    }

    /// Takes whether a frame that was looked at could exit.
    public mutating func record(couldExit: Bool) {
        guard !couldExit else { return self = LookSchedule() }
        misses += 1
        looksLeft -= 1
        guard misses >= Self.patience, looksLeft <= 0 else { return }
        pause = min(max(2 * pause, Self.pauses.lowerBound), Self.pauses.upperBound)
        (framesToSkip, looksLeft) = (pause, Self.looksPerPause)
    }
}
