/// The last record of an input, also when it failed or was interrupted.
public struct EndRecord: Record {
    public var type = "end"
    public var source: String
    public var reason: Reason
    /// Frame records written for this input.
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

    public struct Failure: Codable, Sendable, Equatable, Error {
        /// A stable name for programs, `snake_case`.
        public var code: String
        /// A sentence for people.
        public var message: String
        public init(code: String, message: String) { (self.code, self.message) = (code, message) }
    }

    public init(
        source: String, reason: Reason, frames: Int, decoded: Int, damaged: Int, dropped: Int, fps: Double,
        wallS: Double, timingMs: Timing?, peakMemoryMB: Double, error: Failure? = nil
    ) {
        (self.source, self.reason, self.frames, self.decoded) = (source, reason, frames, decoded)
        (self.damaged, self.dropped, self.fps, self.wallS) = (damaged, dropped, fps, wallS)
        (self.timingMs, self.peakMemoryMB, self.error) = (timingMs, peakMemoryMB, error)
    }

    enum CodingKeys: String, CodingKey {
        case type, source, reason, frames, decoded, damaged, dropped, fps, error
        case wallS = "wall_s"
        case timingMs = "timing_ms"
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
