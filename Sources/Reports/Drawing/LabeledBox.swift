import Vision

struct LabeledBox: Sendable {
    var area: PixelRect
    var label: String
    var color: Color
    var thickness = 2
    /// Of the box and its label, 0…1.
    var opacity = 1.0
}

extension DrawingSurface {
    /// Draws boxes, then their labels where they hide each other least. Labels of the first boxes are placed first.
    ///
    /// - Parameters:
    ///   - taken: places that labels should not cover, such as a caption.
    ///   - edge: thickness of a dark line around each box, which makes it visible on any background.
    mutating func draw(_ boxes: [LabeledBox], avoiding taken: [PixelRect] = [], edge: Int = 0) {
        for box in boxes {
            if edge > 0 { outline(box.area.widened(by: edge), .black, thickness: edge, opacity: 0.5 * box.opacity) }
            outline(box.area, box.color, thickness: box.thickness, opacity: box.opacity)
        }
        var taken = taken
        for box in boxes where !box.label.isEmpty {
            let line = TextLine(box.label, scale: textScale).fitted(to: width)
            let place = self.place(for: line.labelSize, at: box.area, taken)
            taken.append(place)
            label(line, x: place.x, y: place.y, box.color, opacity: 0.85 * box.opacity)
        }
    }

    /// Above, below, inside or beside the box: the first place that hides no label yet, else the one that hides least.
    private func place(for size: (width: Int, height: Int), at box: PixelRect, _ taken: [PixelRect]) -> PixelRect {
        let (right, bottom) = (box.x + box.width, box.y + box.height)
        let candidates = [
            (box.x, box.y - size.height), (box.x, bottom), (right - size.width, box.y - size.height), (right - size.width, bottom),
            (box.x, box.y), (box.x, bottom - size.height), (right, box.y), (box.x - size.width, box.y), (right, bottom - size.height),
            (box.x - size.width, bottom - size.height), (box.x, box.y - 2 * size.height), (box.x, bottom + size.height),
        ].map { x, y in
            PixelRect(
                x: max(0, min(x, width - size.width)), y: max(0, min(y, height - size.height)),
                width: size.width, height: size.height)
        }
        func hidden(_ place: PixelRect) -> Int { taken.reduce(0) { $0 + $1.overlap(place) } }
        return candidates.first { hidden($0) == 0 } ?? candidates.min { hidden($0) < hidden($1) }!
    }
}

extension PixelRect {
    /// The nearest whole pixels.
    init(_ box: Box) {
        let (left, top) = (Int(box.x.rounded()), Int(box.y.rounded()))
        self.init(
            x: left, y: top, width: Int((box.x + box.width).rounded()) - left, height: Int((box.y + box.height).rounded()) - top)
    }

    func widened(by margin: Int) -> PixelRect {
        PixelRect(x: x - margin, y: y - margin, width: width + 2 * margin, height: height + 2 * margin)
    }

    /// Number of pixels that lie in both.
    func overlap(_ other: PixelRect) -> Int {
        let across = min(x + width, other.x + other.width) - max(x, other.x)
        let down = min(y + height, other.y + other.height) - max(y, other.y)
        return max(0, across) * max(0, down)
    }
}
