import DeepCache
import TestSupport
import Testing
import Video
import Vision

@testable import Reports

@Suite struct VisualizationTests {
    private func box(_ id: Int, _ score: Float, x: Float) -> Detection {
        Detection(classID: id, label: ["person", "car"][id], score: score, box: Box(x: x, y: 60, width: 60, height: 80))
    }

    /// The image of a frame, read back.
    private func image(
        _ dense: [Detection], _ cached: [Detection], reason: String? = nil, width: Int = 640, height: Int = 480,
        changed: (ChangeMask, Placement)? = nil
    ) throws -> Canvas {
        let visualization = DisagreementVisualization(
            frame: try makeFrame(7, width: width, height: height), agreement: 0.5, reused: 0.25, reason: reason, changed: changed,
            dense: .detections(dense), cached: .detections(cached), score: 0.4)
        return try Canvas(decoded(visualization.png()))
    }

    @Test func boxesHaveTheColorOfTheirSide() throws {
        let canvas = try image([box(0, 0.9, x: 20)], [box(1, 0.8, x: 200)])
        #expect(canvas.width == 640)
        #expect(canvas.height == 480)
        // Without a partner: three pixels thick, on the inside.
        for inside in 0..<3 {
            #expect(canvas[20 + inside, 120] == .sky)
            #expect(canvas[79 - inside, 120] == .sky)
            #expect(canvas[200 + inside, 120] == .orange)
            #expect(canvas[259 - inside, 120] == .orange)
        }
        #expect(canvas[50, 100] != .sky)
        #expect(canvas[23, 120] != .sky)
    }

    @Test func pairsShowBothSides() throws {
        let pair = box(0, 0.9, x: 100)
        let canvas = try image([pair, box(1, 0.6, x: 10)], [pair])
        // The dense box lies around the cached one, which is the same.
        #expect(canvas[99, 120] == .sky)
        #expect(canvas[100, 120] == .orange)
        #expect(canvas[101, 120] != .orange)
    }

    /// Small ones are drawn larger, or labels would hide what they are of.
    @Test(arguments: [(1, 1, 3), (16, 400, 2), (700, 20, 1), (320, 240, 2), (160, 120, 3), (480, 270, 1)])
    func anyFrameCanBeDrawn(width: Int, height: Int, factor: Int) throws {
        let canvas = try image([box(0, 0.9, x: 0)], [], reason: "scene_cut", width: width, height: height)
        #expect(canvas.width == factor * width)
        #expect(canvas.height == factor * height)
    }

    @Test func boxesGrowWithThePicture() throws {
        let canvas = try image([box(0, 0.9, x: 20)], [], reason: "scene_cut", width: 320, height: 240)
        #expect(canvas[40, 240] == .sky)
        #expect(canvas[159, 240] == .sky)
        #expect(canvas[36, 240] != .sky)
    }

    @Test func whatDidNotChangeIsDark() throws {
        let mask = ChangeMask(height: 480, width: 640)
        mask.mark(rows: 0..<100, columns: 0..<160)
        let placement = Placement(
            sourceWidth: 640, sourceHeight: 480, modelWidth: 640, modelHeight: 480, picture: PixelRect(x: 0, y: 0, width: 640, height: 480))
        let partly = try image([], [], changed: (mask, placement))
        let plain = try Canvas(makeFrame(0, width: 640, height: 480))
        #expect(partly[80, 50] == plain[80, 50])
        #expect(partly[200, 50].green < partly[80, 50].green)
        // Of a frame that was computed in full, nothing is dimmed.
        let full = try image([], [], reason: "scene_cut", changed: (mask, placement))
        #expect(full[200, 50] == full[80, 50])
    }

    @Test func classesAreNamedInTheCaption() throws {
        func image(_ label: String) throws -> [UInt8] {
            try DisagreementVisualization(
                frame: try makeFrame(7), agreement: 0, reused: 0.5, reason: nil, changed: nil,
                dense: .classes([Classification(classID: 1, label: "cat", score: 0.9)]),
                cached: .classes([Classification(classID: 2, label: label, score: 0.6)]), score: 0.4
            ).png()
        }
        #expect(try image("dog") != image("fox"))
    }

    @Test func legendsKeepTheirRoom() {
        let legend = [LegendEntry("dense", [.sky]), LegendEntry("cached", [.orange])]
        let beside = Caption(["frame 1"], legend: legend, width: 400, bottom: 300, scale: 1)
        let below = Caption(["a title that leaves no room beside it"], legend: legend, width: 240, bottom: 300, scale: 1)
        #expect(beside.area.height == 15)
        #expect(below.area.height == 27)
        #expect(below.area.y + below.area.height == 300)
    }

    @Test(arguments: [(1.0, 1), (2.1, 2), (7.9, 8), (8.2, 8), (31, 32), (13, 16)])
    func strides(ratio: Double, expected: Int) { #expect(RecomputeHeatmap.powerOfTwo(near: ratio) == expected) }

    @Test func pixelsFollowThePlacement() {
        // 320×240 in 416×416: 416×312, with bands of 52 above and below.
        let placement = Placement(
            sourceWidth: 320, sourceHeight: 240, modelWidth: 416, modelHeight: 416, picture: PixelRect(x: 0, y: 52, width: 416, height: 312)
        )
        let pixels = ModelPixelMap(placement, of: Canvas(width: 640, height: 480))
        #expect(pixels[0, 0]! == (0, 52))
        #expect(pixels[639, 479]! == (415, 363))
        // A crop of the middle: the model sees columns 80 to 239 of 320.
        let crop = Placement(
            sourceWidth: 320, sourceHeight: 160, modelWidth: 160, modelHeight: 160,
            picture: PixelRect(x: -80, y: 0, width: 320, height: 160))
        let cropped = ModelPixelMap(crop, of: Canvas(width: 320, height: 160))
        #expect(cropped[79, 5] == nil)
        #expect(cropped[240, 5] == nil)
        #expect(cropped[80, 5]! == (0, 5))
        #expect(cropped[239, 5]! == (159, 5))
    }

    @Test func arrowsPointWhereThingsGo() throws {
        var options = VideoOptions()
        options.exportMotionVectors = true
        let reader = try VideoReader(Files.clip("moving.mp4"), options: options)
        var arrows = 0
        while let frame = try reader.next() {
            let vectors = frame.motionVectors
            let field = MotionField(vectors, cell: 16).arrows
            #expect(field.count <= vectors.count)
            #expect(field.isEmpty == vectors.isEmpty)
            arrows += field.count
            // Every arrow begins in the frame, but for what the codec pads at the edges.
            #expect(field.allSatisfy { (-16...Double(frame.width + 16)).contains($0.at.x) })
            #expect(field.allSatisfy { (-16...Double(frame.height + 16)).contains($0.at.y) })
        }
        #expect(arrows > 100)
    }
}
