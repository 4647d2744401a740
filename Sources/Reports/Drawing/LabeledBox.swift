import Video

/// A box with a label, to be drawn over a picture.
public struct LabelledBox: Sendable {
    public var area: PixelRectangle
    public var label: String
    public var colour: Colour
    public var thickness: Int
    /// Of the box and its label, 0…1.
    public var opacity: Double

    public init(_ area: PixelRectangle, label: String, colour: Colour, thickness: Int = 2, opacity: Double = 1) {
        (self.area, self.label, self.colour, self.thickness, self.opacity) = (area, label, colour, thickness, opacity)
    }
}

extension DrawingSurface {
    /// Draws boxes, then their labels where they hide each other least. The first are served first.
    ///
    /// - Parameters:
    ///   - scale: of the labels' text; nil goes by the picture's size.
    ///   - taken: places that labels should keep off, such as a caption.
    ///   - edge: thickness of a dark line around each box, so that it reads on any background.
    public mutating func draw(_ boxes: [LabelledBox], scale: Int? = nil, avoiding taken: [PixelRectangle] = [], edge: Int = 0) {
        for box in boxes {
            if edge > 0 { outline(box.area.widened(by: edge), .black, thickness: edge, opacity: 0.5 * box.opacity) }
            outline(box.area, box.colour, thickness: box.thickness, opacity: box.opacity)
        }
        var taken = taken
        for box in boxes where !box.label.isEmpty {
            let line = TextLine(box.label, scale: scale ?? textScale).fitted(to: width)
            let place = self.place(for: Self.plateSize(line), at: box.area, taken)
            taken.append(place)
            plate(line, x: place.x, y: place.y, box.colour, opacity: 0.85 * box.opacity)
        }
    }

    /// Above the box, else inside it, below it, or beside it: the first place that is free, or the freest.
    private func place(for size: (width: Int, height: Int), at box: PixelRectangle, _ taken: [PixelRectangle]) -> PixelRectangle {
        let (right, bottom) = (box.x + box.width, box.y + box.height)
        let candidates = [
            (box.x, box.y - size.height), (box.x, bottom), (right - size.width, box.y - size.height), (right - size.width, bottom),
            (box.x, box.y), (box.x, bottom - size.height), (right, box.y), (box.x - size.width, box.y), (right, bottom - size.height),
            (box.x - size.width, bottom - size.height), (box.x, box.y - 2 * size.height), (box.x, bottom + size.height),
        ].map { x, y in
            PixelRectangle(
                x: Swift.max(0, Swift.min(x, width - size.width)), y: Swift.max(0, Swift.min(y, height - size.height)),
                width: size.width, height: size.height)
        }
        func hidden(_ place: PixelRectangle) -> Int { taken.reduce(0) { $0 + $1.overlap(place) } }
        return candidates.first { hidden($0) == 0 } ?? candidates.min { hidden($0) < hidden($1) }!
    }
}

extension PixelRectangle {
    public func widened(by margin: Int) -> PixelRectangle {
        PixelRectangle(x: x - margin, y: y - margin, width: width + 2 * margin, height: height + 2 * margin)
    }

    /// Pixels that both cover.
    func overlap(_ other: PixelRectangle) -> Int {
        let across = Swift.min(x + width, other.x + other.width) - Swift.max(x, other.x)
        let down = Swift.min(y + height, other.y + other.height) - Swift.max(y, other.y)
        return Swift.max(0, across) * Swift.max(0, down)
    }
}
