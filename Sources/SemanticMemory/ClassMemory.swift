/// What is remembered of a model's classes at its taps, and how sure an exit has to be: what a memory file holds.
public struct ClassMemory: Sendable {
    public struct KnownClass: Sendable, Hashable, Codable {
        /// Index in the model's output.
        public let classID: Int
        public let label: String

        public init(classID: Int, label: String) { (self.classID, self.label) = (classID, label) }
    }

    /// A place where the network can be left, and what frames look like there.
    struct TapMemory: Sendable {
        let name: String
        let step: Int
        /// Share of the model's multiply-accumulates up to here.
        let depthShare: Double
        let whitening: Whitening
        var centres: Centres
        /// What scores of classes are multiplied by to be logarithms of probabilities.
        var sharpness: Float
        /// Squared distance per channel below which two frames hardly ever have different answers.
        let nearness: Float
        /// What a class that is not known looks like.
        let background: Background

        var channels: Int { whitening.channels }
    }

    public let modelSHA256: String
    public let modelName: String
    public internal(set) var classes: [KnownClass]
    public internal(set) var hot: HotClasses
    var taps: [TapMemory]
    public internal(set) var limits: ExitLimits
    /// What the limits were set for, on frames kept apart while building, and what came of it there.
    public let targetAgreement: Double
    public internal(set) var heldOut: HeldOut

    /// What exits would have come to on the frames that were kept apart.
    public struct HeldOut: Sendable, Hashable, Codable {
        public var frames = 0
        /// Share of frames that left early.
        public var exits = 0.0
        /// Mean share of multiply-accumulates.
        public var depth = 1.0
        /// Share of frames with the network's answer.
        public var agreement = 1.0
        /// Share of frames that would have left early all the same, and so wrongly, had their class not been known.
        public var strangers = 0.0
        /// Share of frames with the labelled class, of the whole network and with exits; nil without labels.
        public var networkAccuracy: Double?
        public var accuracy: Double?
    }

    public var tapNames: [String] { taps.map(\.name) }
    public var tapChannels: [Int] { taps.map(\.channels) }
    public var tapDepths: [Double] { taps.map(\.depthShare) }
    /// Frames behind each class's centre at the first tap.
    public var classCounts: [Int] { classes.indices.map { taps.first?.centres.counts[$0] ?? 0 } }

    /// Bytes that it takes in memory.
    public var residentBytes: Int {
        taps.reduce(0) {
            $0 + 4 * ($1.channels * (2 * $1.channels + 2) + $1.channels * (classes.count + $1.centres.stride) + 3 * classes.count)
        }
    }

    /// Learns of a class that was not shown while building.
    mutating func append(_ known: KnownClass) -> Int {
        classes.append(known)
        hot.append()
        for l in taps.indices { taps[l].centres.append(nil, count: 0, taps[l].whitening) }
        return classes.count - 1
    }
}

/// How sure an exit has to be.
public struct ExitLimits: Sendable, Hashable, Codable {
    /// Least logarithm of the odds of the best class against all others.
    public var logOdds = 4.0
    /// Mean share of frames that may be answered wrongly by exits, by their own odds: holds `logOdds`.
    public var risk = 0.01
    /// What the nearness of scenes is multiplied by.
    public var reach = 0.25
    /// The paper's threshold of (SA₁ − SA₂) / SA₂.
    public var tau = 0.022

    public init() {}

    static let logOddsRange = 0.5...14.0
    /// Odds that no frame has: where even the strictest limit misses the target, there are no exits by class.
    static let closed = 1e6
    public var hasClassExits: Bool { logOdds < Self.closed }
    static let riskRange = 1e-4...0.1
    static let reachRange = 0.01...1.0
    static let tauRange = 1e-5...10.0

    /// Takes the chance that a new scene was answered wrongly, 0 for one that went to the end: what is asked of odds follows, so
    /// that the mean chance is `risk`.
    ///
    /// A limit that was right where all classes are as likely is too lax where one is expected: then the frames that just
    /// pass it are many.
    mutating func spent(_ chance: Double) {
        guard hasClassExits else { return }
        logOdds = min(max(logOdds + 2 * (chance - risk), Self.logOddsRange.lowerBound), Self.logOddsRange.upperBound)
    }

    /// Takes the answer of an exit that was run to the end all the same: stricter by much when it was wrong, laxer by little
    /// when it was right, so that they balance where the share of right ones is the target.
    mutating func learn(_ evidence: Evidence, agreed: Bool, target: Double) {
        let step = agreed ? target - 1 : target
        func moved(_ value: Double, _ change: Double, _ range: ClosedRange<Double>) -> Double {
            min(max(value + change, range.lowerBound), range.upperBound)
        }
        switch evidence {
        case .classes:
            // At once, for what follows from the risk alone takes frames.
            if !agreed { logOdds = moved(logOdds, 1, Self.logOddsRange) }
            risk = moved(risk, risk * (step > 0 ? -0.4 * step : -step), Self.riskRange.lowerBound...max(1e-4, 2 * (1 - target)))
        case .scene: reach = moved(reach, reach * (step > 0 ? -0.5 * step : -step), Self.reachRange)
        case .similarity: tau = moved(tau, 0.3 * tau * step, Self.tauRange)
        }
    }
}

/// What an exit was decided by.
public enum Evidence: String, Sendable, CaseIterable, Codable {
    /// The tap's vector is much likelier under one class than under all others.
    case classes
    /// The tap's vector is nearly that of a frame whose answer is known.
    case scene
    /// The paper's cumulative cosine similarity.
    case similarity
}
