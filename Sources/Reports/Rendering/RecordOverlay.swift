import DeepVid
import Results
import Tracking
import Vision

/// Draws a record over its frame: boxes with labels, classes, zones, time, reuse. Sizes depend on the size of the image.
struct RecordOverlay {
    /// Pixels of the canvas per pixel of the displayed frame.
    let scale: Point
    var shapes = ZoneLayout()
    var showsReuse = false
    /// More boxes could not be told apart, and take long to label.
    static let mostObjects = 300

    /// - Parameters:
    ///   - isHeld: whether the record is an earlier frame's, so that its boxes are drawn faintly.
    ///   - title: for the lower left corner; none if empty.
    func draw(_ record: FrameRecord, isHeld: Bool, title: String, on canvas: inout some DrawingSurface) {
        for zone in shapes.zones { draw(zone, isClosed: true, on: &canvas) }
        for line in shapes.lines { draw(line, isClosed: false, on: &canvas) }
        let line = TextLine(title, scale: canvas.textScale).fitted(to: canvas.width)
        let corner = PixelRect(
            x: 0, y: canvas.height - line.labelSize.height, width: line.labelSize.width, height: line.labelSize.height)
        if let objects = record.objects { draw(objects, isHeld: isHeld, avoiding: title.isEmpty ? [] : [corner], on: &canvas) }
        if let classes = record.classes { draw(classes, isHeld: isHeld, on: &canvas) }
        if showsReuse, let cache = record.cache { drawReuse(cache.reused, reason: cache.reason, on: &canvas) }
        if !title.isEmpty { canvas.label(line, x: corner.x, y: corner.y, .black, opacity: 0.6) }
    }

    func draw(
        _ objects: [DetectedObject], isHeld: Bool = false, avoiding taken: [PixelRect] = [], on canvas: inout some DrawingSurface
    ) {
        let thickness = max(1, (min(canvas.width, canvas.height) + 180) / 240)
        let boxes = objects.prefix(Self.mostObjects).compactMap { object -> LabeledBox? in
            guard let area = area(of: object.box) else { return nil }
            let color = Palette.color(object.trackID ?? object.classID), opacity = isHeld ? 0.5 : 1
            drawShape(of: object, color, thickness: thickness, opacity: opacity, on: &canvas)
            // Around a turned box the upright one is a thin line.
            let width = object.corners == nil ? thickness : 1
            return LabeledBox(area: area, label: Self.label(object), color: color, thickness: width, opacity: opacity)
        }
        canvas.draw(boxes, avoiding: taken, edge: max(1, thickness / 2))
    }

    static func label(_ object: DetectedObject) -> String {
        let track = object.trackID.map { " #\($0)" } ?? ""
        return "\(object.label.prefix(40))\(track) \(Format.decimal(object.score, 2))"
    }

    /// A record's box in pixels of the canvas. Nil if it is not a box, which a file may well contain.
    func area(of box: [Double]) -> PixelRect? {
        guard box.count == 4, box.allSatisfy({ abs($0) < 1e6 }) else { return nil }
        let (left, top) = (Int((box[0] * scale.x).rounded()), Int((box[1] * scale.y).rounded()))
        let (right, bottom) = (Int(((box[0] + box[2]) * scale.x).rounded()), Int(((box[1] + box[3]) * scale.y).rounded()))
        guard right > left, bottom > top else { return nil }
        return PixelRect(x: left, y: top, width: right - left, height: bottom - top)
    }

    private func draw(_ classes: [ClassScore], isHeld: Bool, on canvas: inout some DrawingSurface) {
        var y = 0
        for score in classes.prefix(5) {
            let line = TextLine("\(Format.decimal(score.score, 2)) \(score.label.prefix(80))", scale: canvas.textScale)
                .fitted(to: canvas.width)
            canvas.label(line, x: 0, y: y, .black, text: y == 0 ? Palette.color(0) : .white, opacity: isHeld ? 0.4 : 0.6)
            y += line.labelSize.height
        }
    }

    private static let shapeColor = Color(120, 255, 214)

    /// - Parameter isClosed: whether the last point is joined to the first: a zone, not a line.
    private func draw(_ shape: Place, isClosed: Bool, on canvas: inout some DrawingSurface) {
        let thickness = Double(max(1, min(canvas.width, canvas.height) / 300))
        for (width, color, opacity) in [(thickness + 2, Color.black, 0.4), (thickness, Self.shapeColor, 0.9)] {
            for side in Self.sides(shape, isClosed: isClosed) {
                canvas.line(from: side.from * scale, to: side.to * scale, color, thickness: width, opacity: opacity)
            }
        }
        guard !shape.name.isEmpty, let top = shape.points.min(by: { $0.y < $1.y }), abs(top.x) < 1e6, abs(top.y) < 1e6 else { return }
        let line = TextLine(String(shape.name.prefix(40)), scale: canvas.textScale)
        let size = line.labelSize
        let x = max(0, min(Int(top.x * scale.x) - size.width / 2, canvas.width - size.width))
        let y = max(0, min(Int(top.y * scale.y), canvas.height - size.height))
        canvas.label(line, x: x, y: y, .black, text: Self.shapeColor, opacity: 0.6)
    }

    static func sides(_ shape: Place, isClosed: Bool) -> [Segment] {
        let sides = Polygon(shape.points).edges
        return shape.points.count < 2 ? [] : isClosed ? sides : sides.dropLast()
    }

    /// How much of the computation was reused, as a bar in the lower right corner.
    private func drawReuse(_ reused: Double, reason: String?, on canvas: inout some DrawingSurface) {
        let scale = canvas.textScale
        let share = reused.isFinite ? max(0, min(1, reused)) : 0
        let line = TextLine(
            reason.map { "in full: \($0.prefix(24))" } ?? "reuse \(Format.decimal(100 * share, 0)) %", scale: scale)
        let (margin, length) = (2 * scale, 48 * scale)
        // As wide as the widest number, so that the bar does not move from frame to frame.
        let textWidth = max(line.width, TextLine("reuse 100 %", scale: scale).width)
        let (width, height) = (textWidth + length + 4 * margin, line.labelSize.height)
        let (x, y) = (canvas.width - width, canvas.height - height)
        canvas.fill(PixelRect(x: x, y: y, width: width, height: height), .black, opacity: 0.6)
        canvas.write(line, x: x + margin, y: y + margin, .white)
        var bar = PixelRect(x: canvas.width - length - margin, y: y + margin, width: length, height: 7 * scale)
        canvas.fill(bar, .white, opacity: 0.25)
        bar.width = Int(Double(length) * share)
        canvas.fill(bar, Color(70, 220, 130))
    }
}

/// Colors of objects: by class, or by track where there is one, the same from frame to frame.
enum Palette {
    /// Bright, with neighbors far apart, so that the first few classes of a model can be told apart at a glance.
    static let colors: [Color] = [
        Color(255, 196, 0), Color(60, 180, 255), Color(255, 99, 88), Color(70, 220, 130), Color(214, 120, 255), Color(255, 150, 40),
        Color(0, 214, 214), Color(255, 120, 190), Color(180, 220, 50), Color(130, 150, 255), Color(230, 180, 130), Color(240, 240, 240),
    ]

    static func color(_ number: Int) -> Color {
        let remainder = number % colors.count
        return colors[remainder < 0 ? remainder + colors.count : remainder]
    }
}

extension ZoneLayout {
    /// The zones and lines that results were made with, for drawing.
    init(_ begin: BeginRecord?) {
        func places(_ shapes: [ZoneShape]?) -> [Place] {
            (shapes ?? []).map { Place(name: $0.name, points: $0.points.filter { $0.count == 2 }.map { Point($0[0], $0[1]) }) }
        }
        self.init(zones: places(begin?.options.zones), lines: places(begin?.options.lines))
    }
}
