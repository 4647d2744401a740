import Testing
import Vision

@testable import Tracking

@Suite struct BoxFilterTests {
    /// Against the published 8 × 8 filter in numpy, but with the width in its state, over boxes that were lost for two frames. Elsewhere its
    /// covariance was 0. All but the width are as with the published state.
    @Test func isThePublishedFilter() {
        let boxes: [[Double]?] = [
            [100.0, 50.0, 40.0, 90.0], [102.041, 47.444, 40.418, 89.432], [102.547, 47.784, 37.98, 90.268],
            [105.135, 49.323, 40.226, 90.647], [108.719, 43.332, 38.945, 91.109], [112.482, 41.761, 40.958, 91.8],
            [115.024, 41.546, 40.545, 91.995], nil, nil, [123.817, 34.541, 41.935, 93.73], [126.756, 33.002, 39.114, 94.208],
            [130.883, 30.58, 40.092, 95.67], [130.172, 29.021, 39.04, 93.831],
        ]
        var filter = BoxFilter(Bounds(boxes[0]!))
        for box in boxes.dropFirst() {
            filter.predict(units: 1, keepsSize: box == nil)
            if let box { filter.correct(Bounds(box)) }
        }
        expect(filter.position, [150.85491486275953, 76.32845545768188, 39.3500515219294, 94.41928398481883])
        expect(filter.velocity, [2.503274049905077, -1.5326318559356138, -0.14198730351990058, 0.2191866181541369])
        expect(filter.positionVariance, 15.116606777104131)
        expect(filter.covariance, 1.8097265058446057)
        expect(filter.velocityVariance, 3.4362412878112556)
    }

    /// However an interval is divided, it comes to the same; in particular, 0.2 s are six published steps.
    @Test(arguments: [[1.0, 1, 1, 1, 1, 1], [6], [0.5, 2.5, 3], [0, 5.9, 0.1]]) func timeCanBeDivided(_ parts: [Double]) {
        var filter = BoxFilter(Bounds(100, 50, 40, 90))
        filter.predict(units: 1, keepsSize: false)
        filter.correct(Bounds(103, 49, 41, 91))
        var stepped = filter
        for _ in 0..<6 { stepped.predict(units: 1, keepsSize: true) }
        for part in parts { filter.predict(units: part, keepsSize: true) }
        expect(filter.position, stepped.position)
        expect(filter.velocity, stepped.velocity)
        expect(filter.positionVariance, stepped.positionVariance)
        expect(filter.covariance, stepped.covariance)
        expect(filter.velocityVariance, stepped.velocityVariance)
    }

    /// Limits of overlap are as published for a box that is looked for a thirtieth of a second later, and give way after that.
    @Test func slackGrowsWithTheWait() {
        var filter = BoxFilter(Bounds(100, 50, 40, 90))
        filter.predict(units: 1, keepsSize: false)
        #expect(filter.slack == 0)
        filter.predict(units: 5, keepsSize: false)
        #expect(filter.slack > 0.2 * 90)
        filter.predict(units: 60, keepsSize: false)
        #expect(filter.slack == 0.5 * 90)
    }

    /// By the longer side, whichever it is.
    @Test func slackIsThatOfABoxOnItsSide() {
        var (high, wide) = (BoxFilter(Bounds(0, 0, 40, 90)), BoxFilter(Bounds(0, 0, 90, 40)))
        high.predict(units: 6, keepsSize: false)
        wide.predict(units: 6, keepsSize: false)
        #expect(high.slack == wide.slack)
    }

    /// Boxes without extent, and any after them, are finite.
    @Test func takesBoxesWithoutExtent() {
        var filter = BoxFilter(Bounds(10, 20, 0, 0))
        for box in [Bounds(10, 20, 0, 0), Bounds(12, 20, 0, 3), Bounds(14, 20, 8, 0), Bounds(16, 20, 8, 16)] {
            filter.predict(units: 6, keepsSize: false)
            filter.correct(box)
            let values = [filter.position.sum(), filter.velocity.sum(), filter.positionVariance, filter.velocityVariance, filter.slack]
            #expect(values.filter { !$0.isFinite }.isEmpty)
        }
    }

    @Test func keepsABoxThatRests() {
        let box = Bounds(10, 20, 30, 60)
        var filter = BoxFilter(box)
        for _ in 0..<100 {
            filter.predict(units: 1, keepsSize: false)
            filter.correct(box)
        }
        #expect(abs(filter.bounds.x - 10) < 1e-9)
        #expect(abs(filter.bounds.width - 30) < 1e-9)
    }

    /// In double precision as `Box` has it in single precision.
    @Test func overlapIsThatOfContinuousBoxes() {
        let a = Bounds(0, 0, 10, 10)
        #expect(a.intersectionOverUnion(a) == 1)
        #expect(a.intersectionOverUnion(Bounds(5, 0, 10, 10)) == 50.0 / 150)
        #expect(a.intersectionOverUnion(Bounds(10, 0, 10, 10)) == 0)
        #expect(a.intersectionOverUnion(Bounds(2, 2, 0, 5)) == 0)
        #expect(a.intersectionOverUnion(Bounds(-.infinity, 0, .infinity, 10)) == 0)
        #expect(Box(x: 1, y: 2, width: 3, height: 4).bounds == Bounds(1, 2, 3, 4))
    }

    private func expect(_ found: Double, _ wanted: Double, sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(abs(found - wanted) <= 1e-9 * abs(wanted) + 1e-15, sourceLocation: sourceLocation)
    }

    private func expect(_ found: SIMD4<Double>, _ wanted: SIMD4<Double>, sourceLocation: SourceLocation = #_sourceLocation) {
        for lane in 0..<4 { expect(found[lane], wanted[lane], sourceLocation: sourceLocation) }
    }
}
