/// A break of a live input. Written twice: when the break is noticed, and when pictures come again.
public struct GapRecord: Record {
    public var type = "gap"
    public var source: String
    public var state: State
    /// When this was written: RFC 3339, UTC.
    public var time: String
    /// The last frame's presentation time before the break; nil if none came yet.
    public var ptsS: Double?
    /// A stable name for programs: `ended`, or a code of `end.error`.
    public var reason: String
    /// A sentence for people.
    public var message: String
    /// How often the input was tried again (state `closed`).
    public var attempts: Int?
    /// Seconds without pictures: from the receipt of the last one, or the first attempt (state `closed`).
    public var durationS: Double?
    /// What came back, which may be of another size or codec (state `closed`).
    public var video: BeginRecord.Video?

    public enum State: String, Codable, Sendable, Equatable {
        /// There are no pictures any more.
        case open
        /// They come again.
        case closed
    }

    public init(
        source: String, state: State, time: String, ptsS: Double?, reason: String, message: String, attempts: Int? = nil,
        durationS: Double? = nil, video: BeginRecord.Video? = nil
    ) {
        (self.source, self.state, self.time, self.ptsS) = (source, state, time, ptsS)
        (self.reason, self.message, self.attempts, self.durationS, self.video) = (reason, message, attempts, durationS, video)
    }

    enum CodingKeys: String, CodingKey {
        case type, source, state, time, reason, message, attempts, video
        case ptsS = "pts_s"
        case durationS = "duration_s"
    }

    public func write(to json: inout JSONText) {
        json.object { json in
            json.member("type", type)
            json.member("source", source)
            json.member("state", state.rawValue)
            json.member("time", time)
            if let ptsS { json.member("pts_s", ptsS, decimals: 6) }
            json.member("reason", reason)
            json.member("message", message)
            if let attempts { json.member("attempts", attempts) }
            if let durationS { json.member("duration_s", durationS, decimals: 3) }
            if let video { json.object("video", video.write) }
        }
    }
}
