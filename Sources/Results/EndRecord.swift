/// The last record of an input, also when it failed or was interrupted.
public struct EndRecord: Record {
    public var type = "end"
    public var source: String
    public var reason: Reason
    /// Frames of this input that were looked at. Each has a record, unless `written` says otherwise.
    public var frames: Int
    /// Frames decoded, with those that `--every` and `--fps` left out.
    public var decoded: Int
    /// Packets that were skipped because they could not be decoded.
    public var damaged: Int
    /// Frames of a live input that were dropped because inference was behind.
    public var dropped: Int
    /// Frame records per second of wall time.
    public var fps: Double
    public var wallS: Double
    /// Means over the frame records; nil without any.
    public var timingMs: Timing?
    /// What `--cache` came to; nil with `--cache off`.
    public var cache: Reuse?
    /// Of `frames`, those that have a record and those that have none (`--only-changes` and `--events` only).
    public var written: Int?
    public var suppressed: Int?
    /// How many objects got a `track_id` (`--track` only).
    public var tracks: Int?
    /// `--zones` only.
    public var zones: [ZoneCount]?
    public var lines: [LineCount]?
    /// Of live input: milliseconds from the receipt of a frame until its record was written; nil without frames.
    public var latencyMs: Latency?
    /// Of live input: how often it broke off.
    public var gaps: Int?
    /// What `--memory` came to; nil without.
    public var exits: Exits?
    /// What routing came to; nil without `--bundle`.
    public var routes: Routes?
    /// Largest resident size of the process so far, in MB (10⁶ bytes).
    public var peakMemoryMB: Double
    /// Why the input ended early, for reason `failed`.
    public var error: Failure?

    public enum Reason: String, Codable, Sendable, Equatable {
        /// Everything that was asked for is out.
        case finished
        /// The input broke on the way; `error` says how.
        case failed
        /// SIGINT or SIGTERM.
        case interrupted
    }

    public struct Reuse: Codable, Sendable, Equatable {
        public var policy: String
        /// Mean over the frame records of the share of multiply-accumulates that were not computed.
        public var reused: Double
        /// Mean agreement with dense inference over the audited frames; nil when none was audited.
        public var agreement: Double?
        /// Audited frames.
        public var audits: Int?
        public init(policy: String, reused: Double, agreement: Double? = nil, audits: Int? = nil) {
            (self.policy, self.reused, self.agreement, self.audits) = (policy, reused, agreement, audits)
        }
    }

    public struct Latency: Codable, Sendable, Equatable {
        /// Half of the frames took no longer.
        public var p50: Double
        /// 99 of 100 took no longer.
        public var p99: Double
        public var max: Double
        public init(p50: Double, p99: Double, max: Double) { (self.p50, self.p99, self.max) = (p50, p99, max) }
    }

    public struct Exits: Codable, Sendable, Equatable {
        /// Share of the frames that left the network early.
        public var share: Double
        /// Mean share of multiply-accumulates up to where frames left; a frame in which nothing changed counts 0.
        public var meanDepth: Double
        /// Share of the audited exits with the whole network's answer; nil when none was audited.
        public var agreement: Double?
        /// Exits that were run to the end all the same; nil when that was switched off.
        public var audits: Int?

        public init(share: Double, meanDepth: Double, agreement: Double? = nil, audits: Int? = nil) {
            (self.share, self.meanDepth, self.agreement, self.audits) = (share, meanDepth, agreement, audits)
        }

        enum CodingKeys: String, CodingKey {
            case share, agreement, audits
            case meanDepth = "mean_depth"
        }
    }

    public struct Failure: Codable, Sendable, Equatable, Error {
        /// A stable name for programs, `snake_case`.
        public var code: String
        /// A sentence for people.
        public var message: String
        public init(code: String, message: String) { (self.code, self.message) = (code, message) }
    }

    public init(
        source: String, reason: Reason, frames: Int, decoded: Int, damaged: Int, dropped: Int, fps: Double,
        wallS: Double, timingMs: Timing?, cache: Reuse? = nil, exits: Exits? = nil, peakMemoryMB: Double, error: Failure? = nil
    ) {
        (self.source, self.reason, self.frames, self.decoded) = (source, reason, frames, decoded)
        (self.damaged, self.dropped, self.fps, self.wallS) = (damaged, dropped, fps, wallS)
        self.exits = exits
        (self.timingMs, self.cache, self.peakMemoryMB, self.error) = (timingMs, cache, peakMemoryMB, error)
    }

    enum CodingKeys: String, CodingKey {
        case type, source, reason, frames, decoded, damaged, dropped, fps, cache, error
        case written, suppressed, tracks, zones, lines, gaps, exits, routes
        case wallS = "wall_s"
        case timingMs = "timing_ms"
        case latencyMs = "latency_ms"
        case peakMemoryMB = "peak_memory_mb"
    }

    public func write(to json: inout JSONText) {
        json.object { json in
            json.member("type", type)
            json.member("source", source)
            json.member("reason", reason.rawValue)
            json.member("frames", frames)
            json.member("decoded", decoded)
            json.member("damaged", damaged)
            json.member("dropped", dropped)
            json.member("fps", fps, decimals: 2)
            json.member("wall_s", wallS, decimals: 3)
            if let timingMs { json.object("timing_ms", timingMs.write) }
            if let cache {
                json.object("cache") { json in
                    json.member("policy", cache.policy)
                    json.member("reused", cache.reused, decimals: 4)
                    if let agreement = cache.agreement { json.member("agreement", agreement, decimals: 4) }
                    if let audits = cache.audits { json.member("audits", audits) }
                }
            }
            if let written { json.member("written", written) }
            if let suppressed { json.member("suppressed", suppressed) }
            if let tracks { json.member("tracks", tracks) }
            if let zones { json.array("zones") { json in zones.forEach { $0.write(to: &json) } } }
            if let lines { json.array("lines") { json in lines.forEach { $0.write(to: &json) } } }
            if let latencyMs {
                json.object("latency_ms") { json in
                    json.member("p50", latencyMs.p50, decimals: 1)
                    json.member("p99", latencyMs.p99, decimals: 1)
                    json.member("max", latencyMs.max, decimals: 1)
                }
            }
            if let gaps { json.member("gaps", gaps) }
            if let exits {
                json.object("exits") { json in
                    json.member("share", exits.share, decimals: 4)
                    json.member("mean_depth", exits.meanDepth, decimals: 4)
                    if let agreement = exits.agreement { json.member("agreement", agreement, decimals: 4) }
                    if let audits = exits.audits { json.member("audits", audits) }
                }
            }
            if let routes { json.object("routes", routes.write) }
            json.member("peak_memory_mb", peakMemoryMB, decimals: 1)
            if let error {
                json.object("error") { json in
                    json.member("code", error.code)
                    json.member("message", error.message)
                }
            }
        }
    }
}
