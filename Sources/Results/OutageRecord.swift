/// A break of a live input. Written twice: when the break is noticed, and when pictures come again.
public struct OutageRecord: Record {
    public enum State: String, Codable, Sendable, Equatable {
        /// There are no pictures any more.
        case open
        /// They come again.
        case closed
    }

    public static let type = "outage"
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

    enum CodingKeys: String, CodingKey {
        case source, state, time, ptsS = "pts_s", reason, message, attempts, durationS = "duration_s", video
    }
}
