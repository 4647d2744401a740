import CacheNet
import Concurrency
import DeepCache
import Glibc
import Models
import Tracking
import Video

/// What an input came to. Constant in size, however long the input.
public struct RunSummary: Sendable {
    /// The raw values stand in records.
    public enum Reason: String, Codable, Sendable, CaseIterable {
        /// Everything that was asked for is out.
        case finished
        /// The input broke on the way; `error` says how.
        case failed
        /// The run was stopped.
        case interrupted
    }

    /// The input, without a URL's secrets.
    public let source: String
    /// How the run ended.
    public var reason = Reason.finished
    /// Frames that were looked at.
    public var frames = 0
    /// How many of them passed the output stages.
    public var written = 0
    /// What reading came to; nil when the input could not be opened.
    public var reading: FrameQueue.Summary?
    /// What `--decode active` came to; nil without.
    public var decode: DecodeSummary?
    /// From the opening of the input to its end.
    public var wallSeconds = 0.0
    /// Means over the frames.
    public var timing = FrameResult.Timing()
    /// Nil without reuse. Of several models, that of the one whose objects are followed.
    public var reuse: Reuse?
    /// Frames that each variant answered; empty of a model that has none.
    public var variants: [(name: String, frames: Int)] = []
    /// Of the other models, in their order; empty where there is one model.
    public var others: [OtherModel] = []
    /// Where frames left the network; nil without semantic memory.
    public var exits: ExitCounts?
    /// Which models of a bundle answered; nil without a bundle.
    public var routes: RouteCounts?
    /// What was seen, the most frequent first; nil of models that give neither objects nor classes.
    public var seen: [SeenClass]?
    /// Objects that got an id; nil without tracking.
    public var tracks: Int?
    /// What happened in each zone, by name; nil without zones.
    public var zones: [(name: String, count: ZoneWatch.ZoneCount)]?
    /// How often each line was crossed, by name; nil without zones.
    public var lines: [(name: String, count: ZoneWatch.LineCount)]?
    /// What each second model came to; nil without.
    public var then: [Then]?
    /// What knowing objects again came to; nil where they are known by their place alone.
    public var reid: Reid?
    /// Milliseconds from the receipt of a live frame to its result; nil of other inputs.
    public var latency: Latency?
    /// How often a live input broke off; nil of other inputs.
    public var outages: Int?
    /// The largest resident size that this process has had, in MB of 10⁶ bytes.
    public var peakMegabytes = 0.0
    /// Why the input ended early, for reason `failed`.
    public var error: DeepVidError?

    /// What a second model came to.
    public struct Then: Sendable {
        /// The model's.
        public var name: String
        /// What its answers are compared by.
        public var rule: Agreement.Rule
        /// How often it was asked, and what came of it.
        public var counts: ThenCounts
    }

    /// What knowing objects again by what they look like came to.
    public struct Reid: Sendable {
        /// The model's.
        public var name: String
        /// How often objects were compared, and known again.
        public var counts: ReidCounts
    }

    /// How computation was reused.
    public struct Reuse: Sendable {
        /// As it was asked for.
        public var policy: ReuseOptions.Policy
        /// Mean share of the multiply-accumulates that were not computed, 0…1.
        public var share: Double
        /// Of policies that audit, below a target of 1; else nil.
        public var agreement: Agreement?

        /// Takes what another analyzer of the same model drew.
        mutating func add(_ more: Agreement?) {
            agreement = .sum(agreement, more)
        }
    }

    /// What one of several models came to.
    public struct OtherModel: Sendable {
        /// As its answers are called.
        public let name: String
        /// Nil without reuse.
        public var reuse: Reuse?
        /// Frames that each variant answered; empty of a model that has none.
        public var variants: [(name: String, frames: Int)] = []
        /// What it saw, the most frequent first; nil of models that give neither objects nor classes.
        public var seen: [SeenClass]?
    }

    /// What randomly drawn frames say of how reuse agrees with dense inference.
    public struct Agreement: Sendable, Equatable {
        /// What counts as agreeing. The raw values stand in records.
        public enum Rule: String, Codable, Sendable {
            /// F1 of boxes.
            case boxes
            /// F1 of boxes with those that a tracker goes on with.
            case tracks
            /// Numbers of objects by class.
            case presence
            /// The same best class.
            case classes
            /// The cosine of two vectors.
            case embedding
            /// The share of the places.
            case maps
        }

        /// What counts as agreeing.
        public var rule: Rule
        /// The mean over the frames drawn, with an interval.
        public var estimate: AgreementEstimate
        /// How well dense inference agrees with itself on the same frames with other noise.
        public var floor: NoiseFloor

        public init(_ rule: Rule, _ estimate: AgreementEstimate, _ floor: NoiseFloor) {
            (self.rule, self.estimate, self.floor) = (rule, estimate, floor)
        }

        /// Of two analyzers of the same model; nil drew nothing.
        static func sum(_ a: Agreement?, _ b: Agreement?) -> Agreement? {
            guard let a, let b else { return a ?? b }
            return a + b
        }

        /// Of the frames of both, which one rule holds for.
        public static func + (a: Agreement, b: Agreement) -> Agreement { Agreement(a.rule, a.estimate + b.estimate, a.floor + b.floor) }
    }

    /// Milliseconds.
    public struct Latency: Codable, Sendable, Equatable {
        /// Half of the frames took no longer.
        public var p50: Double
        /// 99 of 100 took no longer.
        public var p99: Double
        /// The longest of all.
        public var max: Double
    }

    public init(source: String) { self.source = source }

    /// Frames per second of wall time.
    public var framesPerSecond: Double { wallSeconds > 0 ? Double(frames) / wallSeconds : 0 }
}

/// Sums over an input's frames, for its summary.
struct Tally: Codable, Sendable {
    private var watch = Stopwatch()
    /// Wall time of the runs before this one, where an interrupted one was resumed.
    private var earlierSeconds = 0.0
    private(set) var frames = 0
    private var times = [Double](repeating: 0, count: 5)
    private var hasMatched = false
    private var policy: ReuseOptions.Policy?
    private var reused = 0.0
    /// Of the models besides the first.
    private var others: [Other] = []

    private struct Other: Codable {
        let name: String
        var policy: ReuseOptions.Policy?
        var reused = 0.0
    }

    mutating func add(_ result: FrameResult) {
        frames += 1
        let timing = result.timing
        for (index, time) in [timing.decode, timing.preprocess, timing.match ?? 0, timing.infer, timing.postprocess].enumerated() {
            times[index] += time
        }
        if timing.match != nil { hasMatched = true }
        if others.isEmpty { others = result.others.map { Other(name: $0.name) } }
        for (index, other) in result.others.enumerated() {
            guard let reuse = other.reuse else { continue }
            others[index].policy = reuse.policy
            others[index].reused += reuse.share
        }
        guard let reuse = result.reuse else { return }
        policy = reuse.policy
        reused += reuse.share
    }

    /// Nil without reuse.
    var meanReuse: Double? { policy == nil || frames == 0 ? nil : reused / Double(frames) }

    enum CodingKeys: String, CodingKey {
        case earlierSeconds, frames, times, hasMatched, policy, reused, others
    }

    /// These sums, to go on from in another process.
    var paused: Tally {
        var copy = self
        copy.earlierSeconds += watch.seconds
        copy.watch = Stopwatch()
        return copy
    }

    func fill(_ summary: inout RunSummary) {
        summary.frames = frames
        summary.wallSeconds = earlierSeconds + watch.seconds
        summary.peakMegabytes = Self.peakMegabytes
        if let policy { summary.reuse = RunSummary.Reuse(policy: policy, share: meanReuse ?? 0) }
        summary.others = others.map { other in
            let reuse = other.policy.map { RunSummary.Reuse(policy: $0, share: other.reused / Double(max(1, frames))) }
            return RunSummary.OtherModel(name: other.name, reuse: reuse)
        }
        guard frames > 0 else { return }
        let means = times.map { $0 / Double(frames) }
        summary.timing = FrameResult.Timing(
            decode: means[0], preprocess: means[1], match: hasMatched ? means[2] : nil, infer: means[3], postprocess: means[4])
    }

    private static var peakMegabytes: Double {
        var usage = rusage()
        getrusage(RUSAGE_SELF.rawValue, &usage)
        // Linux counts in units of 1,024 bytes.
        return Double(usage.ru_maxrss) * 1024 / 1e6
    }
}
