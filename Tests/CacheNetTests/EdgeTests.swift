import CacheNet
import Testing
import Vision

@Suite struct BackOffTests {
    @Test func waitsLongerFromTimeToTime() {
        var backOff = BackOff()
        var now = ContinuousClock.now
        #expect(backOff.isOver(now))
        for wait in [0.25, 0.5, 1, 2, 4, 8, 16, 30, 30, 30] {
            backOff.failed(now)
            #expect(!backOff.isOver(now + .seconds(wait) - .milliseconds(1)))
            now += .seconds(wait)
            #expect(backOff.isOver(now))
        }
        backOff.succeeded()
        backOff.failed(now)
        #expect(backOff.isOver(now + BackOff.shortest))
    }

    @Test func heedsTheEdgeWithinReason() {
        let now = ContinuousClock.now
        var backOff = BackOff()
        backOff.failed(now, retryAfter: .seconds(5))
        #expect(!backOff.isOver(now + .seconds(4)) && backOff.isOver(now + .seconds(5)))
        backOff = BackOff()
        backOff.failed(now, retryAfter: .seconds(1_000_000))
        #expect(backOff.isOver(now + BackOff.longest))
        backOff = BackOff()
        backOff.failed(now, retryAfter: .seconds(-5))
        #expect(!backOff.isOver(now) && backOff.isOver(now + BackOff.shortest))
    }
}

@Suite struct AnswerCheckTests {
    private let labels = Labels(names: ["red", "green", "blue"])
    private let placement = Placement(
        sourceWidth: 64, sourceHeight: 48, modelWidth: 16, modelHeight: 16, picture: PixelRect(x: 0, y: 0, width: 16, height: 16))

    private func check(
        _ result: HeadResult, submodel: Int = 1, angle: Double = 1, head: HeadKind = .classification
    ) throws(EdgeError) -> EdgeAnswer {
        let manifest = BundleManifest(
            name: "b", card: ModelCard(head: head, input: InputCard(width: 16, height: 16, resize: .stretch)), submodels: 3, threshold: 1,
            overlap: 0.3, files: [])
        return try EdgeAnswer(result: result, selection: Selection(submodel: submodel, angle: angle), modelMilliseconds: 1)
            .checked(manifest, labels, placement)
    }

    private func classes(_ id: Int, _ score: Float) -> HeadResult { .classes([Classification(classID: id, label: "x", score: score)]) }

    private func box(_ box: Box) -> HeadResult { .detections([Detection(classID: 0, label: "x", score: 0.5, box: box)]) }

    @Test func namesAreTheDevices() throws {
        #expect(try check(classes(1, 0.5)).result == .classes([Classification(classID: 1, label: "green", score: 0.5)]))
        let inside = Box(x: 0, y: 0, width: 64, height: 48)
        #expect(try check(box(inside), head: .yolox).result == .detections([Detection(classID: 0, label: "red", score: 0.5, box: inside)]))
    }

    @Test func liesAreFoundOut() {
        func isLie(_ result: HeadResult, submodel: Int = 1, angle: Double = 1, head: HeadKind = .classification) {
            let error = #expect(throws: EdgeError.self) { try check(result, submodel: submodel, angle: angle, head: head) }
            #expect(error?.code == .invalidAnswer)
        }
        let good = classes(0, 1)
        for k in [0, 4, -1, .max] { isLie(good, submodel: k) }
        for angle in [-0.1, 2 * .pi, .nan, .infinity] { isLie(good, angle: angle) }
        for (id, score): (Int, Float) in [(3, 0.5), (-1, 0.5), (.min, 0.5), (0, 1.5), (0, -0.5), (0, .nan), (0, .infinity)] {
            isLie(classes(id, score))
        }
        isLie(.embedding([1]))
        isLie(.detections([]))
        isLie(good, head: .yolox)
        isLie(.classes(Array(repeating: Classification(classID: 0, label: "", score: 0), count: 2000)))
        for (x, y, w, h): (Float, Float, Float, Float) in [
            (-5, 0, 9, 9), (0, 0, 70, 9), (0, 40, 9, 20), (0, 0, -1, 5), (.nan, 0, 1, 1), (0, 0, .infinity, 1), (0, 0, .nan, 1),
        ] { isLie(box(Box(x: x, y: y, width: w, height: h)), head: .yolox) }
    }
}
