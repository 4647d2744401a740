import TestSupport
import Testing
import Tracking
import Vision

@testable import Reports
@testable import Results

@Suite struct RecordOverlayTests {
    private let overlay = RecordOverlay(scale: Point(0.5, 2))

    private func drawn(_ line: String, isHeld: Bool = false, title: String = "", _ overlay: RecordOverlay? = nil) throws -> Canvas {
        var canvas = Canvas(width: 200, height: 160)
        let overlay = overlay ?? RecordOverlay(scale: Point(1, 1))
        var colors = TrackColors()
        overlay.draw(try #require(try frameRecords([line]).first), isHeld: isHeld, title: title, colors: &colors, on: &canvas)
        return canvas
    }

    private func isBlank(_ canvas: Canvas) -> Bool { canvas.pixels.allSatisfy { $0 == 0 } }

    @Test func boxesAreScaled() {
        #expect(overlay.area(of: [10, 20, 30, 40]) == PixelRect(x: 5, y: 40, width: 15, height: 80))
    }

    @Test(arguments: [[], [1, 2, 3], [0, 0, 0, 0], [1e308, 0, 1, 1], [.nan, 0, 1, 1], [0, 0, -4, 5]])
    func whatIsNoBoxIsNotDrawn(box: [Double]) { #expect(overlay.area(of: box) == nil) }

    @Test func labelsNameTheTrack() {
        let car = DetectedObject(label: "car", classID: 2, score: 0.456, box: [0, 0, 1, 1], trackID: nil)
        let tracked = DetectedObject(label: "car", classID: 2, score: 0.5, box: [0, 0, 1, 1], trackID: 12)
        #expect(LabelStyle.allCases.map { RecordOverlay.label(car, $0) } == ["car 0.46", "car", ""])
        #expect(LabelStyle.allCases.map { RecordOverlay.label(tracked, $0) } == ["car #12 0.50", "12", ""])
    }

    /// A label that is not asked for leaves what is behind it to be seen.
    @Test func boxesWithoutLabels() throws {
        var overlay = RecordOverlay(scale: Point(1, 1))
        overlay.labels = .none
        let line = frameLine(0, [Seen(box: [50, 50, 60, 60])])
        let (full, none) = (try drawn(line), try drawn(line, overlay))
        func count(_ canvas: Canvas) -> Int { (0..<45).reduce(0) { sum, y in sum + (0..<200).count { canvas[$0, y] != .black } } }
        #expect(count(full) > 100)
        #expect(count(none) == 0)
        #expect(none[50, 80] == Palette.color(2))
    }

    @Test func doubtfulObjectsAreFaint() throws {
        let (sure, doubtful) = (
            try drawn(frameLine(0, [Seen(score: 0.9, box: [50, 50, 60, 60])])),
            try drawn(frameLine(0, [Seen(score: 0.11, box: [50, 50, 60, 60])]))
        )
        #expect(doubtful[50, 80].red < sure[50, 80].red / 2)
        #expect(RecordOverlay.strength(0.5) == 1)
        #expect(RecordOverlay.strength(0) == 0.4)
        #expect(RecordOverlay.strength(0.3) > RecordOverlay.strength(0.2))
    }

    @Test func noTwoTracksOfAFrameShareAColor() {
        var colors = TrackColors()
        // Numbers that ask for the same color.
        let tracks = (0..<Palette.colors.count).map { 3 + $0 * Palette.colors.count }
        colors.assign([tracks[0]])
        let first = colors[tracks[0]]
        colors.assign(tracks)
        #expect(Set(tracks.map { colors[$0] }).count == tracks.count)
        #expect(colors[tracks[0]] == first)
        #expect(first == Palette.color(3))
        // One that comes when another has gone gets that one's color.
        colors.assign(Array(tracks.dropFirst()))
        colors.assign(Array(tracks.dropFirst()) + [9999])
        #expect(colors[9999] == first)
    }

    @Test func zonesHaveNumbers() throws {
        let options = #","zones":[{"name":"kerb","points":[[0,0],[9,0],[9,9]]}],"lines":[{"name":"gate","points":[[0,0],[9,9]]}]"#
        let input = try reportInput([beginLine(options: options), frameLine(0)])
        var counts = try #require(ShapeCounts(input.begin))
        #expect(ShapeCounts(nil) == nil)
        #expect(counts.text(ofZone: "kerb") == "0 in, 0 came")
        let events =
            #","events":[{"event":"enter","zone":"kerb","track_id":1,"label":"car","class_id":2},{"event":"cross","line":"gate","track_id":1,"label":"car","class_id":2,"direction":"left_to_right"}]"#
        for record in try frameRecords([
            frameLine(0, [Seen(track: 1, more: #","zones":["kerb"]"#)], more: events),
            frameLine(1, [Seen(track: 1, more: #","zones":[]"#)]),
        ]) {
            counts.add(record)
            if record.frame == 0 { #expect(counts.text(ofZone: "kerb") == "1 in, 1 came") }
        }
        #expect(counts.text(ofZone: "kerb") == "0 in, 1 came")
        #expect(counts.text(ofLine: "gate") == ">1 <0")
        #expect(counts.text(ofZone: "another") == nil)
    }

    @Test func boxesHaveTheColorOfTheirClassOrTrack() throws {
        let byClass = try drawn(frameLine(0, [Seen(box: [50, 50, 60, 60])]))
        let byTrack = try drawn(frameLine(0, [Seen(box: [50, 50, 60, 60], track: 4)]))
        #expect(byClass[50, 80] == Palette.color(2))
        #expect(byTrack[50, 80] == Palette.color(4))
        #expect(byClass[80, 80] == .black)
    }

    @Test func objectsWithoutATrackHaveNoColorAmongTracks() throws {
        var overlay = RecordOverlay(scale: Point(1, 1))
        overlay.isTracked = true
        #expect(try drawn(frameLine(0, [Seen(box: [50, 50, 60, 60])]), overlay)[50, 80] == Palette.loose)
        #expect(try drawn(frameLine(0, [Seen(box: [50, 50, 60, 60], track: 4)]), overlay)[50, 80] == Palette.color(4))
    }

    @Test func boxesOfAnEarlierFrameAreFaint() throws {
        let own = try drawn(frameLine(0, [Seen(box: [50, 50, 60, 60])]))
        let held = try drawn(frameLine(0, [Seen(box: [50, 50, 60, 60])]), isHeld: true)
        #expect(held[50, 80].red < own[50, 80].red)
        #expect(held[50, 80].red > 0)
    }

    @Test func titlesStandInTheCorner() throws {
        let canvas = try drawn(frameLine(0), title: "0:01.000  frame 7")
        let written = TextLine("0:01.000  frame 7").labelSize
        #expect((0..<written.width).contains { x in (160 - written.height..<160).contains { canvas[x, $0] == .white } })
        #expect(isBlank(try drawn(frameLine(0))))
    }

    @Test func reuseIsABar() throws {
        let showing = RecordOverlay(scale: Point(1, 1), showsReuse: true)
        let (none, half, all) = (
            try drawn(frameLine(0, reused: 0), showing), try drawn(frameLine(0, reused: 0.5), showing),
            try drawn(frameLine(0, reused: 1), showing)
        )
        func green(_ canvas: Canvas) -> Int {
            (0..<160).reduce(0) { sum, y in sum + (0..<200).count { canvas[$0, y] == Color(70, 220, 130) } }
        }
        #expect(green(none) == 0)
        #expect(green(half) == 24 * 7)
        #expect(green(all) == 48 * 7)
        #expect(isBlank(try drawn(frameLine(0, reused: 0.5))))
    }

    @Test func classesAreListed() throws {
        let line =
            #"{"type":"frame","frame":0,"classes":[{"label":"cat","class_id":1,"score":0.9},{"label":"dog","class_id":2,"score":0.1}],"timing_ms":{"decode":0,"infer":0,"total":0}}"#
        let canvas = try drawn(line)
        func colors(_ rows: Range<Int>) -> Set<Color> { Set(rows.flatMap { y in (0..<200).map { canvas[$0, y] } }) }
        let height = TextLine("x").labelSize.height
        // The best in color, the others in white.
        #expect(colors(0..<height).contains(Palette.color(0)))
        #expect(!colors(height..<2 * height).contains(Palette.color(0)))
        #expect(colors(height..<2 * height).contains(.white))
    }

    @Test func zonesAreClosedAndLinesAreNot() {
        let corner = Place(name: "", points: [Point(0, 0), Point(10, 0), Point(10, 10)])
        #expect(RecordOverlay.sides(corner, isClosed: true).count == 3)
        #expect(RecordOverlay.sides(corner, isClosed: false).count == 2)
        for points in [[], [Point(1, 1)]] { #expect(RecordOverlay.sides(Place(name: "", points: points), isClosed: true).isEmpty) }
    }

    @Test func zonesOfTheResults() throws {
        let options =
            #","zones":[{"name":"kerb","points":[[20,30],[150,30],[150,90]]}],"lines":[{"name":"gate","points":[[5,5],[5,150],[7]]}]"#
        let input = try reportInput([beginLine(options: options), frameLine(0)])
        let shapes = ZoneLayout(input.begin)
        #expect(shapes.zones.map(\.name) == ["kerb"])
        #expect(shapes.lines.map(\.name) == ["gate"])
        #expect((shapes.zones + shapes.lines).map(\.points.count) == [3, 2])
        var overlay = RecordOverlay(scale: Point(1, 1))
        overlay.shapes = shapes
        let canvas = try drawn(frameLine(0), overlay)
        #expect(canvas[100, 30].green > 100)
        // The inside is tinted, what is outside is not.
        #expect((1..<60).contains(canvas[130, 60].green))
        #expect(canvas[100, 100] == .black)
    }

    @Test func palettesWrapAround() {
        #expect(Set(Palette.colors).count == Palette.colors.count)
        #expect(Palette.color(Palette.colors.count + 3) == Palette.color(3))
        #expect(Palette.color(-1) == Palette.colors.last)
        #expect(Palette.color(.min) == Palette.color(.min))
    }
}
