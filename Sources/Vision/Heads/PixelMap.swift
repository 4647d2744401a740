/// What a model says of each place of a frame, as a grid that covers the frame and nothing else.
public struct PixelMap<Value: Sendable & Hashable>: Sendable, Hashable {
    public let columns, rows: Int
    /// Row by row from the top left.
    public let values: [Value]

    public init(columns: Int, rows: Int, values: [Value]) {
        precondition(values.count == columns * rows)
        (self.columns, self.rows, self.values) = (columns, rows, values)
    }

    /// The part of an output of `height` × `width` places that the frame fills; the rest is what surrounds it in the model's input.
    ///
    /// - Parameter value: at a place of the output, counted row by row.
    init(height: Int, width: Int, placement: Placement, _ value: (Int) -> Value) {
        let visible = placement.visible
        func part(_ from: Int, _ to: Int, _ cells: Int, _ pixels: Int) -> Range<Int> {
            let first = min(from * cells / pixels, max(cells - 1, 0))
            return first..<min(max(first + 1, (to * cells + pixels - 1) / pixels), cells)
        }
        let across = part(visible.x, visible.maxX, width, placement.modelWidth)
        let down = part(visible.y, visible.maxY, height, placement.modelHeight)
        self.init(
            columns: across.count, rows: down.count, values: down.flatMap { y in across.map { x in value(y * width + x) } })
    }
}

/// Which class each place of a frame is of.
public struct SemanticMap: Sendable, Hashable {
    /// A class that is somewhere in the frame.
    public struct Segment: Sendable, Hashable {
        public let classID: Int
        public let label: String
        /// Of the frame's places, 0…1.
        public let share: Double

        public init(classID: Int, label: String, share: Double) { (self.classID, self.label, self.share) = (classID, label, share) }
    }

    /// By falling share.
    public var segments: [Segment]
    /// Class ids; `nothing` where the model's values are undefined.
    public let classes: PixelMap<UInt16>

    public static let nothing = UInt16.max

    init(_ classes: PixelMap<UInt16>, _ labels: Labels) {
        var counts = [UInt16: Int]()
        for id in classes.values where id != Self.nothing { counts[id, default: 0] += 1 }
        self.classes = classes
        segments = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { id, count in
            Segment(classID: Int(id), label: labels[Int(id)], share: Double(count) / Double(classes.values.count))
        }
    }
}

/// How far away each place of a frame is, in the model's own unit, or the inverse of it: as the model has it.
public struct DepthMap: Sendable, Hashable {
    /// Undefined values are 0.
    public let depths: PixelMap<Float>
    public let least, median, greatest: Float

    init(_ depths: PixelMap<Float>) {
        let sorted = depths.values.sorted()
        self.depths = depths
        (least, median, greatest) = (sorted.first ?? 0, sorted.isEmpty ? 0 : sorted[sorted.count / 2], sorted.last ?? 0)
    }
}
