import DeepVid

/// A line of a batch's manifest: a clip got into another state. Of the lines about an output, the latest holds.
public struct ClipRecord: Record {
    public enum State: String, Codable, Sendable, Equatable {
        case running
        /// The output is complete.
        case done
        /// The output is complete as far as the input goes; its `end` says why it goes no further.
        case failed
        /// Stopped by a signal; `--resume` goes on.
        case interrupted
    }

    public static let type = "clip"
    public var schema = schemaVersion
    /// When, in seconds since 1970 (UTC).
    public var unixS: Double
    public var host: String
    public var pid: Int
    /// The input as it is named in its records.
    public var source: String
    /// The file with its records, relative to the batch's folder.
    public var output: String
    public var state: State
    public var input: Input
    /// Of the model file's bytes.
    public var modelSHA256: String
    /// Of everything else that changes the answers: options, card, labels.
    public var optionsSHA256: String
    /// Frame records between checkpoints, at least: they are part of those other things. Nil in manifests of earlier versions.
    public var checkpointInterval: Int?
    /// What came of it; nil while it is running.
    public var result: Result?

    public init(
        unixS: Double, host: String, pid: Int, source: String, output: String, state: State, input: Input, modelSHA256: String,
        optionsSHA256: String
    ) {
        (self.unixS, self.host, self.pid, self.source, self.output, self.state) = (unixS, host, pid, source, output, state)
        (self.input, self.modelSHA256, self.optionsSHA256) = (input, modelSHA256, optionsSHA256)
    }

    enum CodingKeys: String, CodingKey {
        case schema, unixS = "unix_s", host, pid, source, output, state, input, modelSHA256 = "model_sha256"
        case optionsSHA256 = "options_sha256", checkpointInterval = "checkpoint_interval", result
    }

    /// What tells one input from another.
    public struct Input: Codable, Sendable, Equatable {
        public var sizeBytes: Int
        /// Time of the last change, in seconds since 1970.
        public var mtimeS: Double
        /// Of the size and the file's first and last MiB; nil when it could not be read.
        public var sha256: String?

        public init(sizeBytes: Int, mtimeS: Double, sha256: String?) {
            (self.sizeBytes, self.mtimeS, self.sha256) = (sizeBytes, mtimeS, sha256)
        }

        enum CodingKeys: String, CodingKey {
            case sizeBytes = "size_bytes", mtimeS = "mtime_s", sha256
        }
    }

    public struct Result: Codable, Sendable, Equatable {
        /// As in `end`.
        public var frames = 0
        public var decoded = 0
        public var corruptPackets = 0
        public var wallS = 0.0
        public var fps = 0.0
        /// Seconds of video that the records cover; nil without time stamps.
        public var videoS: Double?
        public var reused: Double?
        public var seen: [SeenClass]?
        /// Frame records that an earlier process had made, when the clip was resumed.
        public var resumedFrames: Int?
        public var error: EndRecord.Failure?

        /// Nothing came of it.
        public init(error: EndRecord.Failure) { self.error = error }

        public init(_ end: EndRecord) {
            (frames, decoded, corruptPackets, wallS, fps) = (end.frames, end.decoded, end.corruptPackets, end.wallS, end.fps)
            (reused, seen, error) = (end.cache?.reused, end.seen, end.error)
        }

        enum CodingKeys: String, CodingKey {
            case frames, decoded, corruptPackets = "corrupt_packets", wallS = "wall_s", fps, videoS = "video_s", reused, seen
            case resumedFrames = "resumed_frames", error
        }
    }
}
