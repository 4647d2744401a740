import Pictures
import Results
import Video

/// Draws a record over its frame: boxes with labels, classes, zones, time, reuse. Sizes go by the picture's.
struct FramePainter {
    /// Of the canvas by that of the displayed frame.
    let scaleX: Double
    let scaleY: Double
    var shapes: [NamedShape] = []
    var showsReuse = false
    /// More would not be told apart, and take long to label.
    static let mostObjects = 300

    /// - Parameters:
    ///   - isHeld: whether the record is an earlier frame's, so that its boxes are drawn faintly.
    ///   - title: for the lower left corner; none if empty.
    func paint(_ record: FrameRecord?, isHeld: Bool, title: String, on canvas: inout some DrawingSurface) {
        for shape in shapes { draw(shape, on: &canvas) }
        let scale = canvas.textScale
        let corner = title.isEmpty ? nil : plateArea(title, scale, canvas)
        if let record {
            if let objects = record.objects { draw(objects, isHeld: isHeld, avoiding: [corner].compactMap(\.self), on: &canvas) }
            if let classes = record.classes { draw(classes, isHeld: isHeld, on: &canvas) }
            if showsReuse, let cache = record.cache { ReuseBar(cache: cache).draw(on: &canvas) }
        }
        if let corner {
            canvas.plate(TextLine(title, scale: scale).fitted(to: canvas.width), x: corner.x, y: corner.y, .black, opacity: 0.6)
        }
    }

    private func plateArea(_ title: String, _ scale: Int, _ canvas: some DrawingSurface) -> PixelRectangle {
        let size = type(of: canvas).plateSize(TextLine(title, scale: scale).fitted(to: canvas.width))
        return PixelRectangle(x: 0, y: canvas.height - size.height, width: size.width, height: size.height)
    }

    // MARK: - Boxes

    private func draw(_ objects: [DetectedObject], isHeld: Bool, avoiding taken: [PixelRectangle], on canvas: inout some DrawingSurface) {
        let thickness = max(1, (min(canvas.width, canvas.height) + 180) / 240)
        let boxes = objects.prefix(Self.mostObjects).compactMap { object -> LabelledBox? in
            guard let area = area(of: object.box) else { return nil }
            return LabelledBox(
                area, label: Self.label(object), colour: Palette.colour(of: object), thickness: thickness, opacity: isHeld ? 0.5 : 1)
        }
        canvas.draw(boxes, avoiding: taken, edge: max(1, thickness / 2))
    }

    static func label(_ object: DetectedObject) -> String {
        let track = object.trackID.map { " #\($0)" } ?? ""
        return "\(object.label.prefix(40))\(track) \(decimal(object.score, 2))"
    }

    /// A record's box in pixels of the canvas. Nil for what is no box.
    private func area(of box: [Double]) -> PixelRectangle? {
        guard box.count == 4, box.allSatisfy({ abs($0) < 1e6 }) else { return nil }
        let (left, top) = (Int((box[0] * scaleX).rounded()), Int((box[1] * scaleY).rounded()))
        let (right, bottom) = (Int(((box[0] + box[2]) * scaleX).rounded()), Int(((box[1] + box[3]) * scaleY).rounded()))
        guard right > left, bottom > top else { return nil }
        return PixelRectangle(x: left, y: top, width: right - left, height: bottom - top)
    }

    // MARK: - Classes

    private func draw(_ classes: [ClassScore], isHeld: Bool, on canvas: inout some DrawingSurface) {
        var y = 0
        for score in classes.prefix(5) {
            let line = TextLine("\(decimal(score.score, 2)) \(score.label.prefix(80))", scale: canvas.textScale).fitted(to: canvas.width)
            canvas.plate(line, x: 0, y: y, .black, text: y == 0 ? Palette.colour(0) : .white, opacity: isHeld ? 0.4 : 0.6)
            y += type(of: canvas).plateSize(line).height
        }
    }

    // MARK: - Zones

    private static let shapeColour = Colour(120, 255, 214)

    private func draw(_ shape: NamedShape, on canvas: inout some DrawingSurface) {
        let thickness = Double(max(1, min(canvas.width, canvas.height) / 300))
        for (width, colour, opacity) in [(thickness + 2, Colour.black, 0.4), (thickness, Self.shapeColour, 0.9)] {
            for side in shape.sides {
                canvas.line(
                    from: (side.from.x * scaleX, side.from.y * scaleY), to: (side.to.x * scaleX, side.to.y * scaleY), colour,
                    thickness: width, opacity: opacity)
            }
        }
        guard !shape.name.isEmpty, let top = shape.points.min(by: { $0.y < $1.y }), abs(top.x) < 1e6, abs(top.y) < 1e6 else { return }
        let line = TextLine(String(shape.name.prefix(40)), scale: canvas.textScale)
        let size = type(of: canvas).plateSize(line)
        let x = max(0, min(Int(top.x * scaleX) - size.width / 2, canvas.width - size.width))
        let y = max(0, min(Int(top.y * scaleY), canvas.height - size.height))
        canvas.plate(line, x: x, y: y, .black, text: Self.shapeColour, opacity: 0.6)
    }
}
