import DeepVid
import Results
import Tracking
import Vision

/// What stands at an object's box.
package enum LabelStyle: String, Sendable, CaseIterable {
    /// Class, track and score.
    case full
    /// The track's number; of objects that are not followed, the class.
    case id
    case none
}

/// Draws a record over its frame: boxes with labels, classes, zones, time, reuse. Sizes depend on the size of the image.
struct RecordOverlay {
    /// Pixels of the canvas per pixel of the displayed frame.
    let scale: Point
    var shapes = ZoneLayout()
    /// What zones and lines came to so far; nil leaves them without numbers.
    var counts: ShapeCounts?
    var showsReuse = false
    var labels = LabelStyle.full
    /// Whether objects are followed: then those that have no track yet have no color either.
    var isTracked = false
    /// More boxes could not be told apart, and take long to label.
    static let mostObjects = 300

    /// - Parameters:
    ///   - isHeld: whether the record is an earlier frame's, so that its boxes are drawn faintly.
    ///   - title: for the lower left corner; none if empty.
    ///   - colors: of tracks, so far; those of the record's are added.
    func draw(
        _ record: FrameRecord, isHeld: Bool, title: String, colors: inout TrackColors, on canvas: inout some DrawingSurface
    ) {
        for zone in shapes.zones { draw(zone, isClosed: true, counts?.text(ofZone: zone.name), on: &canvas) }
        for line in shapes.lines { draw(line, isClosed: false, counts?.text(ofLine: line.name), on: &canvas) }
        let line = TextLine(title, scale: canvas.textScale).fitted(to: canvas.width)
        let corner = PixelRect(
            x: 0, y: canvas.height - line.labelSize.height, width: line.labelSize.width, height: line.labelSize.height)
        if let objects = record.objects {
            draw(objects, isHeld: isHeld, avoiding: title.isEmpty ? [] : [corner], colors: &colors, on: &canvas)
        }
        if let classes = record.classes { draw(classes, isHeld: isHeld, on: &canvas) }
        if showsReuse, let cache = record.cache { drawReuse(cache.reused, reason: cache.reason, on: &canvas) }
        if !title.isEmpty { canvas.label(line, x: corner.x, y: corner.y, .black, opacity: 0.6) }
    }

    private func draw(
        _ objects: [DetectedObject], isHeld: Bool, avoiding taken: [PixelRect], colors: inout TrackColors,
        on canvas: inout some DrawingSurface
    ) {
        let thickness = max(1, (min(canvas.width, canvas.height) + 180) / 240)
        colors.assign(objects.prefix(Self.mostObjects).compactMap(\.trackID))
        let boxes = objects.prefix(Self.mostObjects).compactMap { object -> LabeledBox? in
            guard let area = area(of: object.box) else { return nil }
            let color = object.trackID.map { colors[$0] } ?? (isTracked ? Palette.loose : Palette.color(object.classID))
            let strength = Self.strength(object.score), opacity = strength * (isHeld ? 0.5 : 1)
            drawShape(of: object, color, thickness: thickness, opacity: opacity, on: &canvas)
            // Around a turned box the upright one is a thin line, as is any of which the model is not sure.
            let width = object.corners == nil && strength == 1 ? thickness : 1
            return LabeledBox(area: area, label: Self.label(object, labels), color: color, thickness: width, opacity: opacity)
        }
        canvas.draw(boxes, avoiding: taken, edge: max(1, thickness / 2))
    }

    /// Scores from which a box is drawn in full, and at which it is at its faintest.
    private static let (sureScore, faintScore) = (0.5, 0.1)
    private static let faintest = 0.4

    /// How strongly an object is drawn, 0.4…1: what the model is hardly sure of must not look like what it is sure of.
    static func strength(_ score: Double) -> Double {
        guard score < sureScore else { return 1 }
        return max(faintest, faintest + (1 - faintest) * (score - faintScore) / (sureScore - faintScore))
    }

    static func label(_ object: DetectedObject, _ style: LabelStyle) -> String {
        let name = String(object.label.prefix(40))
        switch style {
        case .full: return "\(name)\(object.trackID.map { " #\($0)" } ?? "") \(Format.decimal(object.score, 2))"
        case .id: return object.trackID.map { "\($0)" } ?? name
        case .none: return ""
        }
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
    /// Of a zone's inside: what is in it stays to be seen.
    private static let shapeFill = 0.12

    /// - Parameters:
    ///   - isClosed: whether the last point is joined to the first: a zone, not a line.
    ///   - counts: what stands behind the name.
    private func draw(_ shape: Place, isClosed: Bool, _ counts: String?, on canvas: inout some DrawingSurface) {
        let thickness = Double(max(2, min(canvas.width, canvas.height) / 200))
        if isClosed { canvas.fill(polygon: shape.points.map { $0 * scale }, Self.shapeColor, opacity: Self.shapeFill) }
        for (width, color, opacity) in [(thickness + 2, Color.black, 0.4), (thickness, Self.shapeColor, 0.9)] {
            for side in Self.sides(shape, isClosed: isClosed) {
                canvas.line(from: side.from * scale, to: side.to * scale, color, thickness: width, opacity: opacity)
            }
        }
        let text = [String(shape.name.prefix(40)), counts ?? ""].filter { !$0.isEmpty }.joined(separator: "  ")
        guard !text.isEmpty, let top = shape.points.min(by: { $0.y < $1.y }), abs(top.x) < 1e6, abs(top.y) < 1e6 else { return }
        let line = TextLine(text, scale: canvas.textScale)
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

extension ZoneLayout {
    /// The zones and lines that results were made with, for drawing.
    init(_ begin: BeginRecord?) {
        func places(_ shapes: [ZoneShape]?) -> [Place] {
            (shapes ?? []).map { Place(name: $0.name, points: $0.points.filter { $0.count == 2 }.map { Point($0[0], $0[1]) }) }
        }
        self.init(zones: places(begin?.options.zones), lines: places(begin?.options.lines))
    }
}
