import Testing
import Vision

@testable import CacheNet

@Suite struct AnswerCheckTests {
    private let labels = Labels(names: ["red", "green", "blue"])
    private let placement = Placement(
        sourceWidth: 64, sourceHeight: 48, modelWidth: 16, modelHeight: 16, picture: PixelRect(x: 0, y: 0, width: 16, height: 16))

    private static func sha256(_ k: Int) -> String { String(repeating: "\(k)", count: 64) }

    private static func manifest(_ head: HeadKind) -> BundleManifest {
        BundleManifest(
            name: "b", card: ModelCard(head: head, input: InputCard(width: 16, height: 16, resize: .stretch)), submodels: 3, threshold: 1,
            overlap: 0.3, files: (1...3).map { BundleFile(name: BundleFile.submodel($0), sha256: sha256($0), size: 1) })
    }

    private func check(
        _ result: HeadResult, submodel: Int = 1, sha256: String? = nil, angle: Double = 1, milliseconds: Double = 1,
        head: HeadKind = .classification
    ) throws(EdgeError) -> EdgeAnswer {
        try EdgeAnswer(
            result: result, selection: Selection(submodel: submodel, angle: angle), submodelSHA256: sha256 ?? Self.sha256(1),
            modelMilliseconds: milliseconds
        ).checked(Self.manifest(head), labels, placement)
    }

    private func expectLie(_ location: SourceLocation = #_sourceLocation, _ check: () throws(EdgeError) -> EdgeAnswer) {
        let error = #expect(throws: EdgeError.self, sourceLocation: location) { try check() }
        #expect(error?.code == .invalidAnswer, sourceLocation: location)
    }

    private func classes(_ scores: (Int, Float)...) -> HeadResult {
        .classes(scores.map { Classification(classID: $0, label: "x", score: $1) })
    }

    private func boxes(_ x: Float, _ y: Float, _ width: Float, _ height: Float) -> HeadResult {
        .detections([Detection(classID: 0, label: "x", score: 0.5, box: Box(x: x, y: y, width: width, height: height))])
    }

    @Test func namesAreTheDevices() throws {
        #expect(try check(classes((1, 0.5))).result == .classes([Classification(classID: 1, label: "green", score: 0.5)]))
        let inside = Box(x: 0, y: 0, width: 64, height: 48)
        let answer = try check(boxes(0, 0, 64, 48), head: .yolox)
        #expect(answer.result == .detections([Detection(classID: 0, label: "red", score: 0.5, box: inside)]))
    }

    @Test func selectionsAreThoseOfTheBundle() throws {
        for k in 1...3 { #expect(try check(classes(), submodel: k, sha256: Self.sha256(k)).selection.submodel == k) }
        for k in [0, 4, -1, .max, .min] { expectLie { () throws(EdgeError) in try check(classes(), submodel: k) } }
        for hash in ["", Self.sha256(2), String(Self.sha256(1).dropLast())] {
            expectLie { () throws(EdgeError) in try check(classes(), sha256: hash) }
        }
    }

    /// From 0 to below a full turn, which is 0.
    @Test func angles() throws {
        for angle in [0, -0.0, .pi, (2 * .pi).nextDown] { #expect(try check(classes(), angle: angle).selection.angle == angle) }
        for angle in [2 * .pi, 0.0.nextDown, .nan, .infinity, -.infinity] {
            expectLie { () throws(EdgeError) in try check(classes(), angle: angle) }
        }
    }

    @Test func times() throws {
        for time in [0, 1e9.nextDown] { #expect(try check(classes(), milliseconds: time).modelMilliseconds == time) }
        for time in [1e9, -1, .nan, .infinity] { expectLie { () throws(EdgeError) in try check(classes(), milliseconds: time) } }
    }

    @Test func classesAndScores() throws {
        for good in [classes(), classes((0, 1)), classes((2, 0)), classes((0, 0.5), (1, 0.5), (2, 0.25))] { _ = try check(good) }
        for (id, score): (Int, Float) in [
            (3, 0.5), (-1, 0.5), (.min, 0.5), (0, Float(1).nextUp), (0, Float(0).nextDown), (0, .nan), (0, .infinity),
        ] {
            expectLie { () throws(EdgeError) in try check(classes((id, score))) }
        }
        expectLie { () throws(EdgeError) in try check(classes((0, 0.25), (1, 0.5))) }
        let one = Classification(classID: 0, label: "", score: 0)
        _ = try check(.classes(Array(repeating: one, count: 10_000)))
        expectLie { () throws(EdgeError) in try check(.classes(Array(repeating: one, count: 10_001))) }
    }

    @Test func otherHeads() {
        expectLie { () throws(EdgeError) in try check(.embedding([1])) }
        expectLie { () throws(EdgeError) in try check(.embedding([1]), head: .embedding) }
        expectLie { () throws(EdgeError) in try check(.detections([])) }
        expectLie { () throws(EdgeError) in try check(classes((0, 1)), head: .yolox) }
    }

    /// Inside the frame and not empty; a pixel of room at the right and at the bottom, where rounding may lead.
    @Test func boxesAreInsideTheFrame() throws {
        for (x, y, w, h): (Float, Float, Float, Float) in [(0, 0, 64, 48), (0, 0, 65, 49), (63, 47, 1, 1), (10, 10, 0.001, 0.001)] {
            _ = try check(boxes(x, y, w, h), head: .yolox)
        }
        for (x, y, w, h): (Float, Float, Float, Float) in [
            (Float(0).nextDown, 0, 9, 9), (0, -1, 9, 9), (0, 0, Float(65).nextUp, 9), (0, 0, 9, Float(49).nextUp), (0, 40, 9, 20),
            (0, 0, 0, 5), (0, 0, 5, 0), (0, 0, -1, 5), (.nan, 0, 1, 1), (0, 0, .infinity, 1), (0, 0, .nan, 1), (70, 0, 1, 1),
        ] {
            expectLie { () throws(EdgeError) in try check(boxes(x, y, w, h), head: .yolox) }
        }
    }
}

@Suite struct BackOffTests {
    @Test func waitsLongerFromTimeToTime() {
        var backOff = BackOff()
        var now = ContinuousClock.now
        #expect(backOff.isOver(now))
        for wait in [0.25, 0.5, 1, 2, 4, 8, 16, 30, 30, 30] {
            backOff.recordFailure(now)
            #expect(!backOff.isOver(now + .seconds(wait) - .milliseconds(1)))
            now += .seconds(wait)
            #expect(backOff.isOver(now))
        }
    }

    @Test func waitsAsLongAsTheEdgeSaysWithinReason() {
        let now = ContinuousClock.now
        var backOff = BackOff()
        backOff.recordFailure(now, retryAfter: .seconds(5))
        #expect(!backOff.isOver(now + .seconds(4)))
        #expect(backOff.isOver(now + .seconds(5)))
        backOff = BackOff()
        backOff.recordFailure(now, retryAfter: .seconds(1_000_000))
        #expect(backOff.isOver(now + BackOff.longest))
        backOff = BackOff()
        backOff.recordFailure(now, retryAfter: .seconds(-5))
        #expect(!backOff.isOver(now))
        #expect(backOff.isOver(now + BackOff.shortest))
    }
}
