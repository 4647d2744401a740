import Testing

@testable import Vision

/// Rectangles around regions of a map.
@Suite struct TextHeadTests {
    @Test func theLeastRectangleLiesOnASideOfTheHull() throws {
        // A square that stands on its corner, and a point inside.
        let box = try #require(RotatedBox(leastAround: [SIMD2(0, 2), SIMD2(2, 0), SIMD2(4, 2), SIMD2(2, 4), SIMD2(2, 2)]))
        #expect(abs(box.centerX - 2) < 1e-5)
        #expect(abs(box.centerY - 2) < 1e-5)
        #expect(abs(box.width - 2.8284) < 1e-3)
        #expect(abs(box.height - 2.8284) < 1e-3)
        #expect(abs(box.angle - .pi / 4) < 1e-5)
    }

    @Test func linesAndPointsAreRectanglesWithoutArea() throws {
        #expect(RotatedBox(leastAround: []) == nil)
        #expect(try #require(RotatedBox(leastAround: [SIMD2(3, 4)])).width == 0)
        let line = try #require(RotatedBox(leastAround: [SIMD2(0, 0), SIMD2(1, 0), SIMD2(5, 0)]))
        #expect(max(line.width, line.height) == 5)
        #expect(min(line.width, line.height) == 0)
    }

    @Test func regionsTouchAtCorners() {
        let map = output("m", [1, 1, 4, 6]) { values in for place in [0, 7, 10, 16, 20] { values[place] = 0.9 } }
        guard let rows = OutputRows(map.tensor) else { return }
        #expect(Regions(rows, least: 0.3).edges.map(\.count).sorted() == [1, 2, 2])
    }

    @Test func aLineOfTextGrowsByItsAreaOverItsOutline() throws {
        let head = try card(.text).makeScoredHead(labels: Labels(names: ["text"]), modelWidth: 64, modelHeight: 32)
        let map = output("m", [1, 1, 32, 64]) { values in
            for y in 10...16 { for x in 20...40 { values[y * 64 + x] = 0.8 } }
        }
        let found = try #require(try head.decode([map], placement: identity(64, 32)).detections.first)
        // Sides 20 and 6, grown on each side by 1.5 · 120 / 52.
        let growth: Float = 1.5 * 120 / 52
        #expect(abs(found.score - 0.8) < 1e-5)
        #expect(found.box.isClose(20 - growth, 10 - growth, 20 + 2 * growth, 6 + 2 * growth, within: 1e-3))
    }

    @Test func faintAndSmallRegionsAreNoText() throws {
        let head = try card(.text).makeScoredHead(labels: Labels(names: ["text"]), modelWidth: 64, modelHeight: 32)
        let map = output("m", [1, 1, 32, 64]) { values in
            for y in 10...16 { for x in 20...40 { values[y * 64 + x] = 0.5 } }
            for y in 20...22 { for x in 2...3 { values[y * 64 + x] = 0.9 } }
        }
        #expect(try head.decode([map], placement: identity(64, 32)).detections.isEmpty)
    }
}
