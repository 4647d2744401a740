import Vision

/// One object as it goes from frame to frame.
public struct Track: Codable, Sendable, Equatable {
    /// From 1, in the order in which tracks are confirmed; 0 until then.
    public internal(set) var id: Int
    /// Never changes: only boxes of this class continue the track.
    public let classID: Int
    /// Whether the last frame did not show it.
    public internal(set) var isLost = false
    /// When it was first seen, in seconds; of an object that was remembered and had never moved, when it was seen again.
    public private(set) var startTime: Double
    /// When it was last seen.
    public private(set) var lastTime: Double
    /// When a box that was sure last showed it.
    private(set) var sureTime: Double
    /// Where it was first seen, and whether it has left that place since.
    private var rest: Rest

    var filter: BoxFilter
    /// What it looks like, where objects are known again by that and it has been looked at.
    private(set) var appearance: Appearance?
    /// Whether it was out of sight or behind another, and has not been looked at since.
    var isInDoubt = false

    init(classID: Int, _ bounds: Bounds, at time: Double) {
        (id, self.classID, filter) = (0, classID, BoxFilter(bounds))
        (startTime, lastTime, sureTime, rest) = (time, time, time, Rest(bounds, since: time))
    }

    var isConfirmed: Bool { id > 0 }

    /// Whether an object has moved so far.
    public enum Motion: Sendable {
        /// Not yet, and it has not been seen for long.
        case undecided
        /// It has left the place where it was first seen, at any time.
        case moved
        /// It has been where it was first seen for `Rest.staticSeconds`, and never anywhere else: a thing, as a rule.
        case `static`
    }

    public var motion: Motion { hasMoved ? .moved : restSeconds >= Rest.staticSeconds ? .static : .undecided }

    var hasMoved: Bool { rest.hasMoved }

    /// For how long it has been in the same place.
    var restSeconds: Double { lastTime - rest.since }

    /// Where it rests.
    var place: Bounds { rest.place }

    /// - Parameter proves: whether a box as sure as this may show that the object has moved.
    mutating func extend(to bounds: Bounds, isSure: Bool, proves: Bool, at time: Double) {
        filter.correct(bounds)
        (isLost, lastTime) = (false, time)
        if isSure { sureTime = time }
        rest.see(filter.bounds, box: bounds, proves: proves, at: time)
    }

    /// - Parameter vector: of length 1.
    mutating func see(_ vector: [Float], at time: Double) {
        if appearance == nil { appearance = Appearance(vector, at: time) } else { appearance!.see(vector, at: time) }
    }

    /// Seen again in the place that was remembered.
    mutating func revive(_ bounds: Bounds, at time: Double) {
        if !hasMoved { startTime = time }
        filter = BoxFilter(bounds)
        (isLost, lastTime, sureTime) = (false, time, time)
    }
}

/// Where an object is at rest, and since when.
struct Rest: Codable, Sendable, Equatable {
    private(set) var place: Bounds
    private(set) var since: Double
    private(set) var hasMoved = false
    /// Since when it has been somewhere else, if only by a little.
    private var awaySince: Double?

    init(_ bounds: Bounds, since time: Double) { (place, since) = (bounds, time) }

    /// The object is here now.
    ///
    /// Weak boxes keep a track alive and draw its filter along, but are as likely of something beside it: they show that it is in its
    /// place, and never that it has left. A sure box there also outweighs where weak ones have drawn the filter.
    /// - Parameters:
    ///   - bounds: as the filter has it.
    ///   - box: as it was detected.
    ///   - proves: whether the box is sure enough to show that the object has left. One is: it has to be far off, and the filter, which no
    ///     single box moves far, as well; what is off by less has to be so for `awaySeconds`, at two such boxes at least.
    mutating func see(_ bounds: Bounds, box: Bounds, proves: Bool, at time: Double) {
        let overlap = max(bounds.intersectionOverUnion(place), box.intersectionOverUnion(place))
        guard overlap < Self.stayOverlap else { return awaySince = nil }
        guard proves else { return }
        let away = awaySince ?? time
        awaySince = away
        // What passes in front of it cuts its box for a moment; but nothing at rest is seen beside its own place.
        guard overlap < Self.leaveOverlap || time - away >= Self.awaySeconds else { return }
        (place, since, hasMoved, awaySince) = (bounds, time, true, nil)
    }

    /// IoU with its place from which an object is there, and below which it has left at once.
    static let stayOverlap = 0.6
    static let leaveOverlap = 0.2
    /// For how long it has to be elsewhere, where its boxes still overlap its place.
    static let awaySeconds = 1.0
    /// For how long an object that never moved has to be seen until it is static.
    static let staticSeconds = 10.0
}
