import DeepCache
import DeepVid

/// How reuse agrees with dense inference, by frames that were drawn at random.
public struct AgreementRecord: Codable, Sendable, Equatable {
    /// What counts as agreeing, by name.
    public var rule: String
    /// Mean over the drawn frames that had something to agree on, 0…1; nil where none had.
    public var estimate: Double?
    /// 95 % interval of the mean over all frames.
    public var interval: [Double]
    /// `estimate` where both sides count only what is reported.
    public var strict: Double?
    /// Drawn frames, and the objects of both sides in them.
    public var frames: Int
    public var objects: Int
    /// How dense inference agrees with itself where noise of the clip's own strength is added; nil where that was not measured.
    public var floor: FloorRecord?

    public init(
        rule: String, estimate: Double?, interval: [Double], strict: Double? = nil, frames: Int, objects: Int, floor: FloorRecord? = nil
    ) {
        (self.rule, self.estimate, self.interval, self.strict) = (rule, estimate, interval, strict)
        (self.frames, self.objects, self.floor) = (frames, objects, floor)
    }

    /// - Note: before version 3 of the format this was a number, the mean over whatever frames were audited.
    public init(from decoder: any Decoder) throws {
        if let number = try? decoder.singleValueContainer().decode(Double.self) {
            self.init(rule: "boxes", estimate: number, interval: [0, 1], frames: 0, objects: 0)
            return
        }
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            rule: try container.decode(String.self, forKey: .rule), estimate: try container.decodeIfPresent(Double.self, forKey: .estimate),
            interval: try container.decode([Double].self, forKey: .interval),
            strict: try container.decodeIfPresent(Double.self, forKey: .strict), frames: try container.decode(Int.self, forKey: .frames),
            objects: try container.decode(Int.self, forKey: .objects),
            floor: try container.decodeIfPresent(FloorRecord.self, forKey: .floor))
    }

    enum CodingKeys: String, CodingKey { case rule, estimate, interval, strict, frames, objects, floor }

    public init(_ agreement: RunSummary.Agreement) {
        let estimate = agreement.estimate, interval = estimate.interval
        self.init(
            rule: agreement.rule.rawValue, estimate: estimate.mean, interval: [interval.lowerBound, interval.upperBound],
            strict: estimate.strictMean, frames: estimate.frames, objects: estimate.objects, floor: FloorRecord(agreement.floor))
    }

    /// Objects from which on a target may be said to be missed: of a handful, an interval is a guess.
    private static let fewestObjects = 10
    /// Frames from which on it is worth a word that nothing was measured: one in some hundreds is drawn.
    private static let fewestFrames = 500

    /// Whether the whole interval is, of enough objects.
    public func isBelow(_ target: Double) -> Bool { estimate != nil && interval[1] < target && objects >= Self.fewestObjects }

    /// What was measured, for people.
    ///
    /// - Parameter all: frames that there were to draw from.
    public func statement(of all: Int) -> String {
        guard let estimate else {
            return "agreement with full computation was not measured: "
                + (frames > 0
                    ? "the \(frames) \(frames == 1 ? "frame" : "frames") drawn at random had no objects" : "0 frames were drawn in \(all)")
        }
        func short(_ value: Double) -> String { "\((value * 1000).rounded(.down) / 1000)" }
        return "agreement with full computation \(short(estimate)), 95 % interval \(short(interval[0])) to \(short(interval[1])), "
            + "by \(objects) \(objects == 1 ? "object" : "objects") in \(frames) \(frames == 1 ? "frame" : "frames") drawn at random"
    }

    /// The same with what the interval says about the target; nil where it shows that the target is kept, and where nothing was measured of
    /// few frames.
    public func verdict(target: Double, of all: Int) -> String? {
        let text = statement(of: all)
        if estimate == nil, all < Self.fewestFrames { return nil }
        if estimate == nil { return text + ", and whether the target of \(target) is kept is not known" }
        if isBelow(target) { return text + ": below the target of \(target)" }
        return interval[0] < target ? text + ": too few to show whether the target of \(target) is kept" : nil
    }
}

/// How dense inference agrees with itself.
public struct FloorRecord: Codable, Sendable, Equatable {
    /// Mean over the frames that had something to agree on; nil where none had.
    public var estimate: Double?
    /// Frames that were measured.
    public var frames: Int
    /// Mean |noise| that was added, in levels of 8 bits.
    public var noise: Double

    public init(estimate: Double?, frames: Int, noise: Double) { (self.estimate, self.frames, self.noise) = (estimate, frames, noise) }

    public init?(_ floor: NoiseFloor) {
        guard let noise = floor.noise else { return nil }
        self.init(estimate: floor.agreement, frames: floor.frames, noise: noise)
    }
}
