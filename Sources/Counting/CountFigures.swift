/// What was counted of one kind: nil where that cannot be said of these records.
public struct CountFigures: Sendable, Equatable {
    /// Objects that were followed, each once, at the hour of the first frame that shows it.
    public var objects: Int?
    /// Of inputs whose objects are not followed: frames that show one, and boxes in them. Both grow with the frame rate.
    public var frames: Int?
    public var boxes: Int?
    /// How often somebody came into the zone.
    public var entries: Int?
    /// How often the line was crossed, seen looking from its first point to its second.
    public var leftToRight: Int?
    public var rightToLeft: Int?

    public init() {}

    /// Names as in tables and JSON, in the order of columns.
    public static var columns: [(name: String, value: KeyPath<CountFigures, Int?> & Sendable)] {
        [
            ("objects", \.objects), ("frames", \.frames), ("boxes", \.boxes), ("entries", \.entries), ("left_to_right", \.leftToRight),
            ("right_to_left", \.rightToLeft),
        ]
    }

    /// Nothing of what any of these has.
    static func none(like all: some Sequence<CountFigures>) -> CountFigures {
        all.reduce(into: CountFigures()) { none, figures in
            if figures.objects != nil { none.objects = 0 }
            if figures.frames != nil { none.frames = 0 }
            if figures.boxes != nil { none.boxes = 0 }
            if figures.entries != nil { none.entries = 0 }
            if figures.leftToRight != nil { (none.leftToRight, none.rightToLeft) = (0, 0) }
        }
    }

    static func += (a: inout CountFigures, b: CountFigures) {
        func sum(_ a: Int?, _ b: Int?) -> Int? { a.map { $0 + (b ?? 0) } ?? b }
        (a.objects, a.frames, a.boxes) = (sum(a.objects, b.objects), sum(a.frames, b.frames), sum(a.boxes, b.boxes))
        a.entries = sum(a.entries, b.entries)
        (a.leftToRight, a.rightToLeft) = (sum(a.leftToRight, b.leftToRight), sum(a.rightToLeft, b.rightToLeft))
    }
}
