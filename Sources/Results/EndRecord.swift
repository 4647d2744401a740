import DeepVid

/// The last record of an input, also when it failed or was interrupted.
public struct EndRecord: Record {
    public typealias Reason = RunSummary.Reason

    public static let type = "end"
    public var source: String
    public var reason: Reason
    /// Frames of this input that were looked at. Each has a record, unless `written` says otherwise.
    public var frames = 0
    /// Frames of the input that were gone through, with those that `--every` and `--fps` left out.
    public var decoded = 0
    /// Of these, the ones that were not decoded in their turn; nil where all were.
    public var notDecoded: Int?
    /// Packets that were skipped because they could not be decoded.
    public var corruptPackets = 0
    /// Frames of a live input that were dropped because inference was behind.
    public var dropped = 0
    /// Frames of a live input that were left out because a loss on the way had damaged them; nil without any.
    public var damaged: Int?
    /// Frame records per second of wall time.
    public var fps = 0.0
    public var wallS = 0.0
    /// Means over the frame records; nil without any.
    public var timingMs: Timing?
    /// What `--decode active` came to; nil without.
    public var decode: Decode?
    /// What `--cache` came to; nil with `--cache off`.
    public var cache: Reuse?
    /// Frames that were answered at each capacity; nil where none are chosen among.
    public var capacities: [VariantFrames]?
    /// What each of several models came to, under its name; nil where there is one.
    public var models: ByModel<ModelEndRecord>?
    /// Of `frames`, those that have a record and those that have none (`--only-changes` and `--events` only).
    public var written: Int?
    public var suppressed: Int?
    /// What was seen, the most frequent first (detectors and classifiers only; nil without frames).
    public var seen: [SeenClass]?
    /// How many objects got a `track_id` (`--track` only).
    public var tracks: Int?
    /// `--zones` only.
    public var zones: [ZoneCount]?
    public var lines: [LineCount]?
    /// What each second model came to (`--then` only).
    public var then: [Then]?
    /// What knowing objects again came to (`--reid` only).
    public var reid: Reid?
    /// Of live input: milliseconds from the receipt of a frame until its record was written; nil without frames.
    public var latencyMs: RunSummary.Latency?
    /// Of live input: how often it broke off.
    public var outages: Int?
    /// What `--memory` came to; nil without.
    public var exits: Exits?
    /// What routing came to; nil without `--bundle`.
    public var routes: Routes?
    /// Largest resident size of the process so far, in MB (10⁶ bytes).
    public var peakMemoryMB = 0.0
    /// Why the input ended early, for reason `failed`.
    public var error: Failure?

    enum CodingKeys: String, CodingKey {
        case source, reason, frames, decoded, notDecoded = "not_decoded", corruptPackets = "corrupt_packets", dropped, damaged, fps
        case wallS = "wall_s", timingMs = "timing_ms", decode, cache, capacities, models, written, suppressed, seen, tracks, zones, lines,
            then,
            reid
        case latencyMs = "latency_ms", outages, exits, routes
        case peakMemoryMB = "peak_memory_mb", error
    }

    public struct Decode: Codable, Sendable, Equatable {
        /// Groups of pictures, those of them that were decoded in full, and of these the ones that were drawn at random.
        public var groups: Int
        public var decodedGroups: Int
        public var drawnGroups: Int
        /// Of the frames, those that were decoded in their turn.
        public var share: Double
        /// Why groups were decoded.
        public var reasons: [GroupCount]
        /// Deviation of packet sizes from which a group is decoded; nil where everything is, for the target was not held.
        public var limit: Double?
        /// Nil where there was nothing to find.
        public var objects: Recall?
        public var events: Recall?

        enum CodingKeys: String, CodingKey {
            case groups, decodedGroups = "decoded_groups", drawnGroups = "drawn_groups", share, reasons, limit, objects, events
        }
    }

    public struct GroupCount: Codable, Sendable, Equatable {
        public var reason: String
        public var groups: Int
    }

    /// What was found of all that there is, as estimated by the groups that were drawn.
    public struct Recall: Codable, Sendable, Equatable {
        /// 0…1, and its 95 % interval.
        public var recall: Double
        public var interval: [Double]
    }

    public struct Reuse: Codable, Sendable, Equatable {
        public var policy: String
        /// Mean over the frame records of the share of multiply-accumulates that were not computed.
        public var reused: Double
        /// With dense inference; nil for policies that do not audit.
        public var agreement: AgreementRecord?

        public init(policy: String, reused: Double, agreement: AgreementRecord? = nil) {
            (self.policy, self.reused, self.agreement) = (policy, reused, agreement)
        }
    }

    /// What a second model came to.
    public struct Then: Codable, Sendable, Equatable {
        public var model: String
        /// Objects that it was asked about, one a frame that shows it.
        public var crops = 0
        /// Of these, those with the answer of an earlier frame, with that of crops that look like them, here or at the edge
        /// (`--result-cache` only), and those that the model was run for.
        public var track = 0
        public var cache: Int?
        public var edge: Int?
        public var runs = 0
        /// How answers that were not the model's own agree with what it says of the same crops; nil where none was drawn.
        public var agreement: AgreementRecord?
        /// Seconds of cutting crops and running the model.
        public var workS = 0.0

        enum CodingKeys: String, CodingKey {
            case model, crops, track, cache, edge, runs, agreement, workS = "work_s"
        }
    }

    /// What knowing objects again by what they look like came to.
    public struct Reid: Codable, Sendable, Equatable {
        public var model: String
        /// Crops that it was run for.
        public var runs = 0
        /// How often an object was known again by it, and not by its place.
        public var recognised = 0
        /// Seconds of cutting crops and running the model.
        public var workS = 0.0

        enum CodingKeys: String, CodingKey {
            case model, runs, recognised, workS = "work_s"
        }
    }

    public struct Exits: Codable, Sendable, Equatable {
        /// Share of the frames that left the network early.
        public var share: Double
        /// Mean share of multiply-accumulates up to where frames left; a frame in which nothing changed counts 0.
        public var meanDepth: Double
        /// Share of the audited exits with the whole network's answer; nil when none was audited.
        public var agreement: Double?
        /// 95 % interval of the agreement of all exits; nil when none was audited.
        public var interval: [Double]?
        /// Exits that were run to the end all the same; nil when that was switched off.
        public var audits: Int?
        /// The agreement that exits are held to.
        public var target: Double?

        enum CodingKeys: String, CodingKey {
            case share, meanDepth = "mean_depth", agreement, interval, audits, target
        }

        /// Whether the whole interval is below the target.
        public var isBelowTarget: Bool { interval.map { $0[1] < target ?? 0 } ?? false }

        /// What audits say of the target, for people; nil where nothing was audited, and where they show that it is kept.
        public var verdict: String? {
            guard let agreement, let interval, let audits, let target, interval[0] < target else { return nil }
            func short(_ value: Double) -> String { "\((value * 1000).rounded(.down) / 1000)" }
            let text =
                "exits agree by \(short(agreement)) (\(Int((agreement * Double(audits)).rounded())) of \(audits) audited, "
                + "95 % interval \(short(interval[0])) to \(short(interval[1])))"
            return isBelowTarget
                ? "\(text), below the target of \(target)" : "\(text): that the target of \(target) is kept is likely at best, not shown"
        }
    }

    /// What routing came to.
    public struct Routes: Codable, Sendable, Equatable {
        /// Frames whose answer is that of a submodel that was sure.
        public var hits = 0
        /// `hits` as a share of all frames.
        public var hitRate = 0.0
        /// Frames for which the selected submodel was not resident.
        public var misses = 0
        /// How often another submodel became active, with the first.
        public var switches = 0
        /// Models that were downloaded.
        public var fetched = 0
        /// Frames that the edge answered.
        public var edgeAnswers = 0
        /// Questions that the edge gave no usable answer to, and downloads that failed.
        public var edgeFailures = 0
        /// Work on the device, and waiting for the edge.
        public var deviceS = 0.0
        public var edgeS = 0.0

        enum CodingKeys: String, CodingKey {
            case hits, hitRate = "hit_rate", misses, switches, fetched, edgeAnswers = "edge_answers", edgeFailures = "edge_failures"
            case deviceS = "device_s", edgeS = "edge_s"
        }
    }

    public struct Failure: Codable, Sendable, Equatable, Error {
        /// A stable name for programs, `snake_case`.
        public var code: String
        /// A sentence for people.
        public var message: String
    }
}

/// What a zone came to.
public struct ZoneCount: Codable, Sendable, Equatable {
    public var zone: String
    /// Objects that came in and went out, as often as they did.
    public var entered: Int
    public var left: Int
    /// Those that are in it when the input ends.
    public var inside: Int
    /// Mean of how long those that left were in it; nil when none left.
    public var meanDwellS: Double?

    enum CodingKeys: String, CodingKey {
        case zone, entered, left, inside, meanDwellS = "mean_dwell_s"
    }
}

/// How often a line was crossed, seen looking from its first point to its second.
public struct LineCount: Codable, Sendable, Equatable {
    public var line: String
    public var leftToRight: Int
    public var rightToLeft: Int

    enum CodingKeys: String, CodingKey {
        case line, leftToRight = "left_to_right", rightToLeft = "right_to_left"
    }
}
