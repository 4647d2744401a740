/// What ByteTrack can be told; the published values where nothing else is said.
public struct TrackerParameters: Codable, Sendable, Equatable {
    /// Boxes from this score on are looked for first (`track_thresh`).
    public var highScore: Double
    /// Weaker ones, above this score, may still continue a track that no other box continues.
    public var lowScore: Double
    /// Score from which a box may begin a track (`det_thresh`).
    public var newScore: Double
    /// For how long a track may be out of sight, in seconds: `track_buffer`, 30 frames of video at 30 frames a second.
    public var bufferSeconds: Double

    public init(highScore: Double = 0.5, lowScore: Double = 0.1, newScore: Double = 0.6, bufferSeconds: Double = 1) {
        (self.highScore, self.lowScore, self.newScore, self.bufferSeconds) = (highScore, lowScore, newScore, bufferSeconds)
    }

    /// Costs from which boxes do not belong to a track: 1 − IoU × score (`match_thresh`), of weak boxes 1 − IoU, and again
    /// 1 − IoU × score for tracks that were seen once.
    static let (strongLimit, weakLimit, unconfirmedLimit) = (0.8, 0.5, 0.7)
    /// IoU above which two tracks are of one object.
    static let duplicateOverlap = 0.85
}
