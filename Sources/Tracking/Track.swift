/// One object as it goes from frame to frame.
public struct Track: Codable, Sendable, Equatable {
    /// From 1, in the order in which tracks are confirmed; 0 until then.
    public internal(set) var id: Int
    /// Never changes: only boxes of this class continue the track.
    public let classID: Int
    /// Whether the last frame did not show it.
    public internal(set) var isLost = false
    /// When it was first and last seen, in seconds.
    public let startTime: Double
    public private(set) var lastTime: Double

    var filter: BoxFilter
    private let startFrame: Int
    private var lastFrame: Int

    init(_ sighting: Sighting, id: Int, frame: Int, time: Double) {
        (self.id, classID, filter) = (id, sighting.classID, BoxFilter(sighting.box))
        (startTime, lastTime, startFrame, lastFrame) = (time, time, frame, frame)
    }

    var isConfirmed: Bool { id > 0 }

    /// Frames from the first sighting to the last.
    var age: Int { lastFrame - startFrame }

    mutating func see(_ sighting: Sighting, frame: Int, time: Double) {
        filter.correct(sighting.box)
        (isLost, lastFrame, lastTime) = (false, frame, time)
    }
}

/// A box that a detector gave.
public struct Sighting: Sendable, Equatable {
    public var classID: Int
    /// 0…1.
    public var score: Double
    public var box: Rectangle

    public init(classID: Int, score: Double, box: Rectangle) {
        (self.classID, self.score, self.box) = (classID, score, box)
    }
}
