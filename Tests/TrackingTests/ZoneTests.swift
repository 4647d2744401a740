import Foundation
import TestSupport
import Testing
import Vision

@testable import Tracking

@Suite struct ZoneTests {
    /// Against the winding number, by angles, at random points around random polygons, also concave ones.
    @Test func containsByBruteForce() {
        var random = Dice(7)
        for _ in 0..<200 {
            // A star around a point does not cross itself.
            let corners = Int.random(in: 3...9, using: &random)
            let points = (0..<corners).map { corner in
                let (angle, reach) = (2 * Double.pi * Double(corner) / Double(corners), Double.random(in: 5...50, using: &random))
                return Point(50 + reach * cos(angle), 50 + reach * sin(angle))
            }
            #expect(Polygon(points).flaw == nil)
            for _ in 0..<100 {
                let point = Point(Double.random(in: 0...100, using: &random), Double.random(in: 0...100, using: &random))
                guard Polygon(points).distanceToEdge(point) > 0.02 else { continue }
                let turns = Polygon(points).edges.reduce(0.0) { sum, edge in
                    let (a, b) = (edge.from - point, edge.to - point)
                    return sum + atan2(a.x * b.y - a.y * b.x, a.x * b.x + a.y * b.y)
                }
                #expect(Polygon(points).contains(point) == (abs(turns) > Double.pi))
            }
        }
    }

    @Test func distanceByBruteForce() {
        var random = Dice(8)
        func point() -> Point { Point(Double.random(in: 0...100, using: &random), Double.random(in: 0...100, using: &random)) }
        for _ in 0..<100 {
            let (segment, place) = (Segment(from: point(), to: point()), point())
            let nearest = (0...2000).map { step in
                let rest = segment.from + (segment.to - segment.from) * (Double(step) / 2000) - place
                return (rest * rest).sum().squareRoot()
            }.min()!
            #expect(abs(segment.distance(to: place) - nearest) < 0.1)
        }
    }

    @Test func theBorderBelongsToTheZone() {
        let square = Polygon([Point(0, 0), Point(10, 0), Point(10, 10), Point(0, 10)])
        for point in [Point(0, 0), Point(10, 10), Point(5, 10), Point(10, 5), Point(5, 10.005)] { #expect(square.contains(point)) }
        for point in [Point(-0.1, 5), Point(5, 10.1)] { #expect(!square.contains(point)) }
    }

    /// What a zone asks of those who come in it asks of what shows that they move; where another zone asks less, that.
    @Test func whoIsTooUnsureForAZone() {
        func zone(_ name: String, to x: Double, least: Double) -> Place {
            var place = Place(name: name, points: [Point(0, 0), Point(x, 0), Point(x, 100), Point(0, 100)])
            place.minScore = least
            return place
        }
        let layout = ZoneLayout(zones: [zone("strict", to: 100, least: 0.6), zone("lax", to: 50, least: 0)])
        func isDoubtful(_ x: Float, _ score: Float) -> Bool {
            layout.isDoubtful(Box(x: x, y: 10, width: 10, height: 20), label: "person", score: score)
        }
        #expect(isDoubtful(70, 0.5))
        #expect(!isDoubtful(70, 0.6))
        #expect(!isDoubtful(20, 0.5))
        #expect(!isDoubtful(150, 0.5))
    }

    @Test func flaws() {
        func flaw(_ points: Point...) -> String { Polygon(points).flaw ?? "none" }
        #expect(flaw(Point(0, 0), Point(1, 0), Point(1, 1)) == "none")
        #expect(flaw(Point(0, 0), Point(1, 1), Point(1, 0), Point(0, 1)).contains("begin at points 1 and 3 meet"))
        #expect(flaw(Point(0, 0), Point(1, 0), Point(1, 0), Point(0, 1)).contains("point 2 is the same as the next one"))
        #expect(flaw(Point(0, 0), Point(1, 0), Point(1, 1), Point(0, 0)).contains("point 4 is the same as the next one"))
        // All on one line: it doubles back.
        #expect(flaw(Point(0, 0), Point(1, 0), Point(2, 0)) != "none")
        // A spike, and a corner that touches another edge.
        #expect(flaw(Point(0, 0), Point(4, 0), Point(2, 0), Point(2, 3)) != "none")
        #expect(flaw(Point(0, 0), Point(4, 0), Point(4, 4), Point(2, 0), Point(0, 4)) != "none")
    }

    private static let square = [Point(100, 100), Point(200, 100), Point(200, 200), Point(100, 200)]

    /// A box of height 100, margin 5, whose anchor is at this point.
    private func box(_ x: Double, _ y: Double) -> Box { Box(x: Float(x - 20), y: Float(y - 100), width: 40, height: 100) }

    @Test func entersDwellsLeaves() {
        var zone = Place(name: "a", points: Self.square)
        (zone.classes, zone.dwellSeconds) = (["person"], [1, 2])
        let layout = ZoneLayout(zones: [zone])
        var watch = ZoneWatch(zones: 1, lines: 0)
        func see(_ x: Double, at time: Double, label: String = "person") -> [ZoneWatch.Event] {
            watch.see(1, label: label, score: 0.9, box: box(x, 150), motion: .moved, at: time, layout)
        }
        #expect(see(90, at: 0).isEmpty)
        #expect(see(101, at: 1) == [.entered(zone: 0)])
        #expect(watch.zones(of: 1) == [0])
        // A little outside is not gone.
        #expect(see(96, at: 1.5).isEmpty)
        #expect(watch.zones(of: 1) == [0])
        #expect(see(101, at: 2) == [.dwelt(zone: 0, seconds: 1)])
        #expect(see(150, at: 2.5).isEmpty)
        #expect(see(205.5, at: 3.5) == [.dwelt(zone: 0, seconds: 2.5), .left(zone: 0, seconds: 2.5)])
        #expect(watch.zones(of: 1).isEmpty)
        #expect(watch.zoneCounts[0].inside == 0)
        #expect(watch.zoneCounts[0].meanSeconds == 2.5)
        #expect(watch.see(2, label: "car", score: 0.9, box: box(150, 150), motion: .moved, at: 4, layout).isEmpty)
        // Gone while inside: it leaves when it was last seen.
        #expect(see(150, at: 5) == [.entered(zone: 0)])
        _ = see(150, at: 5.5)
        #expect(watch.end(1) == [.left(zone: 0, seconds: 0.5)])
        #expect(watch.end(1).isEmpty)
        #expect(watch.zoneCounts[0].entered == 2)
        #expect(watch.zoneCounts[0].left == 2)
    }

    @Test func crossesInItsDirectionAndOnlyTheLine() {
        // Looking from (0, 100) to (200, 100), what is above is on the left.
        var line = Place(name: "l", points: [Point(0, 100), Point(200, 100)])
        line.anchor = .center
        let layout = ZoneLayout(lines: [line])
        var watch = ZoneWatch(zones: 0, lines: 1)
        func see(_ x: Double, _ y: Double) -> [ZoneWatch.Event] {
            watch.see(
                1, label: "", score: 0.9, box: Box(x: Float(x - 10), y: Float(y - 50), width: 20, height: 100), motion: .moved, at: 0,
                layout)
        }
        #expect(see(50, 80).isEmpty)
        // On the line and a little beyond, to and fro: nothing yet.
        for y in [99.0, 102, 98, 104, 96] { #expect(see(50, y).isEmpty) }
        #expect(see(50, 106) == [.crossed(line: 0, .leftToRight)])
        for y in [104.0, 97, 103] { #expect(see(50, y).isEmpty) }
        #expect(see(50, 90) == [.crossed(line: 0, .rightToLeft)])
        // Around its end.
        for (x, y) in [(150.0, 80.0), (250, 80), (250, 120), (150, 120)] { #expect(see(x, y).isEmpty) }
        #expect(watch.lineCounts[0].leftToRight == 1)
        #expect(watch.lineCounts[0].rightToLeft == 1)
    }

    // MARK: What counts in a zone

    private func sight(
        _ watch: inout ZoneWatch, _ layout: ZoneLayout, _ x: Double, _ time: Double, score: Float = 0.9, height: Double = 100,
        _ motion: Track.Motion = .moved
    ) -> [ZoneWatch.Event] {
        let box = Box(x: Float(x - 20), y: Float(150 - height), width: 40, height: Float(height))
        return watch.see(1, label: "person", score: score, box: box, motion: motion, at: time, layout)
    }

    /// Whoever is too small or too doubtful does not come in; who is in may become so, and leaves like any other.
    @Test func whoIsTooSmallOrTooDoubtfulDoesNotEnter() {
        var zone = Place(name: "a", points: Self.square)
        (zone.minSize, zone.minScore) = (50, 0.6)
        let layout = ZoneLayout(zones: [zone])
        var watch = ZoneWatch(zones: 1, lines: 0)
        #expect(sight(&watch, layout, 150, 0, score: 0.5).isEmpty)
        #expect(sight(&watch, layout, 150, 1, height: 49).isEmpty)
        #expect(sight(&watch, layout, 150, 2, score: 0.6, height: 50) == [.entered(zone: 0)])
        #expect(sight(&watch, layout, 150, 3, score: 0.2, height: 30).isEmpty)
        #expect(watch.zones(of: 1) == [0])
        #expect(sight(&watch, layout, 250, 4, score: 0.2, height: 30) == [.left(zone: 0, seconds: 2)])
    }

    @Test func whoIsTooDoubtfulDoesNotCross() {
        var line = Place(name: "l", points: [Point(100, 0), Point(100, 300)])
        line.minScore = 0.6
        let layout = ZoneLayout(lines: [line])
        var watch = ZoneWatch(zones: 0, lines: 1)
        #expect(sight(&watch, layout, 50, 0).isEmpty)
        #expect(sight(&watch, layout, 150, 1, score: 0.5).isEmpty)
        #expect(sight(&watch, layout, 50, 2) == [.crossed(line: 0, .leftToRight)])
    }

    /// A thing that never moves is told of at no time; one that moves in the end, from the beginning.
    @Test func whatHasNotMovedIsNotTold() {
        var zone = Place(name: "a", points: Self.square)
        zone.dwellSeconds = [2]
        let layout = ZoneLayout(zones: [zone])
        var watch = ZoneWatch(zones: 1, lines: 0)
        #expect(sight(&watch, layout, 150, 0, .undecided).isEmpty)
        #expect(sight(&watch, layout, 150, 3, .undecided).isEmpty)
        #expect(watch.zones(of: 1) == [0])
        #expect(watch.zoneCounts[0].entered == 0)
        // It stood for some time before it was seen to move.
        #expect(sight(&watch, layout, 160, 4) == [.entered(zone: 0), .dwelt(zone: 0, seconds: 3)])
        #expect(watch.zoneCounts[0].inside == 1)
        #expect(watch.end(1) == [.left(zone: 0, seconds: 4)])

        #expect(sight(&watch, layout, 150, 10, .undecided).isEmpty)
        #expect(sight(&watch, layout, 150, 60, .static).isEmpty)
        #expect(watch.end(1).isEmpty)
        #expect(watch.zoneCounts[0].entered == 1)
        #expect(watch.zoneCounts[0].left == 1)
    }

    /// A car that stood there since the beginning and drives off did not dwell: it was a thing then.
    @Test func whatWasStaticDidNotDwell() {
        var zone = Place(name: "a", points: Self.square)
        zone.dwellSeconds = [2]
        let layout = ZoneLayout(zones: [zone])
        var watch = ZoneWatch(zones: 1, lines: 0)
        for (time, motion) in [(0.0, Track.Motion.undecided), (3, .undecided), (60, .static)] {
            #expect(sight(&watch, layout, 150, time, motion).isEmpty)
        }
        #expect(sight(&watch, layout, 250, 61) == [.entered(zone: 0), .left(zone: 0, seconds: 61)])
    }

    /// Something on the border of a zone comes and goes for ever, in its way, and is no more to remember than anything else.
    @Test func whatIsStaticOnABorderIsNotRemembered() throws {
        let layout = ZoneLayout(zones: [Place(name: "a", points: Self.square)])
        var watch = ZoneWatch(zones: 1, lines: 0), sizes: Set<Int> = []
        for time in 0..<1000 {
            #expect(sight(&watch, layout, time % 2 == 0 ? 150 : 90, Double(time), time < 10 ? .undecided : .static).isEmpty)
            if time >= 100, time % 2 == 0 { sizes.insert(try JSONEncoder().encode(watch).count) }
        }
        #expect(sizes.allSatisfy { $0 < 500 })
        #expect(sight(&watch, layout, 150, 1000) == [.entered(zone: 0)])
    }

    @Test func masksAreWhereNothingCounts() {
        var mask = Place(name: "tree", points: Self.square)
        mask.classes = ["person"]
        let layout = ZoneLayout(masks: [mask])
        #expect(layout.isMasked(box(150, 150), label: "person"))
        #expect(!layout.isMasked(box(150, 150), label: "car"))
        #expect(!layout.isMasked(box(150, 210), label: "person"))
        #expect(!ZoneLayout().isMasked(box(150, 150), label: "person"))
    }

    @Test func random() {
        var random = Dice(9)
        let layout = ZoneLayout(
            zones: [
                Place(name: "a", points: Self.square),
                Place(name: "b", points: [Point(150, 150), Point(300, 150), Point(150, 300)]),
            ],
            lines: [Place(name: "l", points: [Point(0, 180), Point(300, 170)])])
        var watch = ZoneWatch(zones: 2, lines: 1)
        var inside: Set<[Int]> = []
        for step in 0..<5000 {
            let id = Int.random(in: 1...4, using: &random)
            let isEnd = Int.random(in: 0..<10, using: &random) == 0
            let place = Point(Double.random(in: 50...250, using: &random), Double.random(in: 50...250, using: &random))
            let events =
                isEnd
                ? watch.end(id)
                : watch.see(id, label: "", score: 0.9, box: box(place.x, place.y), motion: .moved, at: Double(step), layout)
            for event in events {
                switch event {
                case .entered(let zone): #expect(inside.insert([id, zone]).inserted)
                case .left(let zone, let seconds):
                    #expect(inside.remove([id, zone]) != nil)
                    #expect(seconds >= 0)
                default: break
                }
            }
            #expect(watch.zones(of: id) == (0..<2).filter { inside.contains([id, $0]) })
        }
        for zone in 0..<2 { #expect(watch.zoneCounts[zone].inside == inside.count { $0[1] == zone }) }
    }
}
