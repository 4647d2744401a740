/// A line of a batch's manifest: a clip got into another state. Of the lines about an output, the latest holds.
public struct ClipRecord: Record {
    public var type = "clip"
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
    /// What came of it; nil while it is running.
    public var result: Result?

    public enum State: String, Codable, Sendable, Equatable {
        case running
        /// The output is complete.
        case done
        /// The output is complete as far as the input goes; its `end` says why it goes no further.
        case failed
        /// Stopped by a signal; `--resume` goes on.
        case interrupted
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
            case sizeBytes = "size_bytes"
            case mtimeS = "mtime_s"
            case sha256
        }
    }

    public struct Result: Codable, Sendable, Equatable {
        /// As in `end`.
        public var frames: Int
        public var decoded: Int
        public var damaged: Int
        public var wallS: Double
        public var fps: Double
        /// Seconds of video that the records cover; nil without time stamps.
        public var videoS: Double?
        public var reused: Double?
        /// Frame records that an earlier process had made, when the clip was resumed.
        public var resumedFrames: Int?
        public var error: EndRecord.Failure?

        public init(
            frames: Int, decoded: Int, damaged: Int, wallS: Double, fps: Double, videoS: Double?, reused: Double?, resumedFrames: Int?,
            error: EndRecord.Failure?
        ) {
            (self.frames, self.decoded, self.damaged, self.wallS, self.fps) = (frames, decoded, damaged, wallS, fps)
            (self.videoS, self.reused, self.resumedFrames, self.error) = (videoS, reused, resumedFrames, error)
        }

        enum CodingKeys: String, CodingKey {
            case frames, decoded, damaged, fps, reused, error
            case wallS = "wall_s"
            case videoS = "video_s"
            case resumedFrames = "resumed_frames"
        }
    }

    public init(
        unixS: Double, host: String, pid: Int, source: String, output: String, state: State, input: Input, modelSHA256: String,
        optionsSHA256: String, result: Result? = nil
    ) {
        (self.unixS, self.host, self.pid, self.source, self.output, self.state) = (unixS, host, pid, source, output, state)
        (self.input, self.modelSHA256, self.optionsSHA256, self.result) = (input, modelSHA256, optionsSHA256, result)
    }

    enum CodingKeys: String, CodingKey {
        case type, schema, host, pid, source, output, state, input, result
        case unixS = "unix_s"
        case modelSHA256 = "model_sha256"
        case optionsSHA256 = "options_sha256"
    }

    public func write(to json: inout JSONText) {
        json.object { json in
            json.member("type", type)
            json.member("schema", schema)
            json.member("unix_s", unixS, decimals: 3)
            json.member("host", host)
            json.member("pid", pid)
            json.member("source", source)
            json.member("output", output)
            json.member("state", state.rawValue)
            json.object("input") { json in
                json.member("size_bytes", input.sizeBytes)
                json.member("mtime_s", input.mtimeS, decimals: 6)
                if let sha256 = input.sha256 { json.member("sha256", sha256) }
            }
            json.member("model_sha256", modelSHA256)
            json.member("options_sha256", optionsSHA256)
            if let result { json.object("result", result.write) }
        }
    }
}

extension ClipRecord.Result {
    func write(to json: inout JSONText) {
        json.member("frames", frames)
        json.member("decoded", decoded)
        json.member("damaged", damaged)
        json.member("wall_s", wallS, decimals: 3)
        json.member("fps", fps, decimals: 2)
        if let videoS { json.member("video_s", videoS, decimals: 3) }
        if let reused { json.member("reused", reused, decimals: 4) }
        if let resumedFrames { json.member("resumed_frames", resumedFrames) }
        if let error {
            json.object("error") { json in
                json.member("code", error.code)
                json.member("message", error.message)
            }
        }
    }
}
